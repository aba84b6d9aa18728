/** One table for every verb of the command line, now and later. */
export const EXIT = {
  /** Done, or equal. */
  done: 0,
  /** The honest answer is no: build failed, differs, not reproduced, policy violated. */
  no: 1,
  /** Bad input or usage. */
  badInput: 2,
  /** Equal but for explained noise. */
  noise: 3,
  /** The world failed: engine, network, disk. */
  world: 4,
  /** Inputs or definitions do not allow an answer. */
  undecided: 5,
  /** A bug of ours. */
  bug: 70,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
