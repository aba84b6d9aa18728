import { EXIT, type ExitCode } from './exit-codes.ts';

interface ErrorRow {
  /** HTTP status where the error reaches a door. */
  http: number;
  exit: ExitCode;
  summary: string;
  remedy: string;
}

const row = (http: number, exit: ExitCode, summary: string, remedy: string): ErrorRow => ({ http, exit, summary, remedy });

/**
 * Every error code, `ROOM.SUBCODE`, in one place; `docs/errors.md` is generated from it.
 * Keep the blocks in room order and each block sorted.
 */
export const ERRORS = {
  'FOUNDATION.BAD_DIGEST': row(400, EXIT.badInput, 'A digest is malformed', 'Give all 64 lower-case hexadecimal digits.'),
  'FOUNDATION.BUG': row(500, EXIT.bug, 'A broken invariant of Provenroot itself', 'Report it with the command and the output of `doctor`.'),

  'TREE.BAD_ENTRY': row(400, EXIT.badInput, 'A directory entry is not allowed in a tree', 'The message names the entry and the reason; change what produces it.'),
  'TREE.BAD_NODE': row(500, EXIT.world, 'Stored bytes are not a directory node', 'Run `store verify`; the object is damaged.'),
  'TREE.CONFLICT': row(409, EXIT.no, 'Two trees put different things on one path', 'Drop one of the packages, or declare in the recipe that it overrides the other.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
