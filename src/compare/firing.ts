/** Where a rule fires, and why: for people, no control characters. */
export interface Firing { rule: string; where: string; why: string }

export type Found = Omit<Firing, 'rule'>;
