import { InvalidArgumentError } from 'commander';

import type { ExitCode } from '../foundation/exit-codes.ts';

/** Wraps a verb so that its exit code becomes the command's. */
export type Verb = <A extends unknown[]>(run: (...args: A) => Promise<ExitCode>) => (...args: A) => Promise<void>;
export interface Json { json?: boolean }

export const JSON_FLAG = ['--json', 'print one JSON object; shapes in docs/schema'] as const;

export function positive(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError('a whole number from 1 is needed');
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is needed');
  return Number(text);
}

/** Leaves out what is undefined, so that optional fields are absent rather than undefined. */
export function defined<T extends Record<string, unknown>>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** An option that may be given several times. */
export function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
