/** What two sides of a comparison have, each its own. */
export interface Both<T> { left: T; right: T }

export type BytePair = Both<Buffer>;
