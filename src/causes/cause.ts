import type { CauseCode } from './cause-codes.ts';

export interface Cause {
  code: CauseCode;
  /** 1: proved, by taking it away from both sides and finding them equal; less: a suspicion. */
  confidence: number;
  /** Share of the differing bytes, 0 to 1. */
  coverage: number;
  /** For people; control characters may stand in it. */
  evidence: readonly string[];
}

/** A section, member or header of a file that differs. */
export interface PartDifference {
  name: string;
  kind: 'added' | 'removed' | 'changed';
  /** Stored bytes; 0 on the side that has none. */
  leftBytes: number;
  rightBytes: number;
}

/** What is known of how one side was made: looked up in its bytes, never guessed. */
export interface KnownFacts {
  /** Absolute directories in which it was built. */
  paths: readonly string[];
  hosts: readonly string[];
  users: readonly string[];
  /** When it was built, in seconds since 1970, both ends included. */
  times: readonly { from: number; to: number }[];
  /** How many jobs ran at once, and how many processors could be seen. */
  jobs?: readonly number[];
}

export const NOTHING_KNOWN: KnownFacts = { paths: [], hosts: [], users: [], times: [] };
