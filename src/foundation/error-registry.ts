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

  'STORE.BAD_RANGE': row(416, EXIT.badInput, 'A range lies outside the blob', 'Ask for bytes that are there; the message gives the size.'),
  'STORE.BUSY': row(503, EXIT.world, 'Another gc of the store is under way', 'Wait for it to end and try again.'),
  'STORE.DAMAGED': row(500, EXIT.world, 'An object in the store is damaged', 'It was moved to quarantine; fetch or build it again, and look at the disk.'),
  'STORE.DIGEST_MISMATCH': row(422, EXIT.world, 'Bytes have another digest than expected', 'Nothing was kept; find out who changed the bytes, or correct the expected digest.'),
  'STORE.DISK_FULL': row(507, EXIT.world, 'No space is left where the store lies', 'Free space, or run `gc`.'),
  'STORE.FORMAT': row(500, EXIT.world, 'The store has a format that this version does not know', 'Use the version of Provenroot that made it, or another home.'),
  'STORE.INCOMPLETE': row(409, EXIT.world, 'Something names an object that is not in the store', 'Put the object first; after damage, build it again.'),
  'STORE.IO': row(500, EXIT.world, 'The disk of the store failed', 'Look at the system log and the permissions of the store directory.'),
  'STORE.MISSING': row(404, EXIT.world, 'An object is not in the store', 'Fetch or build it again.'),

  'IMAGE.BAD_HEADER': row(400, EXIT.badInput, 'An archive is malformed', 'The message names the entry and its byte; make the archive again with an ordinary tool.'),
  'IMAGE.BAD_LINK': row(400, EXIT.badInput, 'A link in an archive leads nowhere or out of the tree', 'Drop the link, or put the file that it names before it.'),
  'IMAGE.BAD_PATH': row(400, EXIT.badInput, 'A path in an archive is absolute, climbs with `..` or is no path', 'Make the archive with relative paths.'),
  'IMAGE.BAD_ROW': row(400, EXIT.badInput, 'A row of a users, permissions or devices table cannot be applied', 'The message names the row and the reason; change it in the recipe.'),
  'IMAGE.DEVICE_REFUSED': row(400, EXIT.badInput, 'An archive holds a device where none is allowed', 'Declare devices in the table of the recipe instead of making them.'),
  'IMAGE.DUPLICATE': row(400, EXIT.badInput, 'An archive holds one path twice', 'Make the archive again; which of the two is meant cannot be known.'),
  'IMAGE.LIMIT': row(413, EXIT.badInput, 'An archive is larger than what is read of one', 'The message names the limit; raise it if the archive is honest.'),
  'IMAGE.THROUGH_LINK': row(400, EXIT.badInput, 'An entry of an archive lies below something that is no directory', 'Make the archive again without writing through links.'),
  'IMAGE.TOO_LARGE': row(422, EXIT.badInput, 'What was chosen does not fit into the image', 'The message gives the needed size; choose it or leave the size out.'),
  'IMAGE.TRUNCATED': row(400, EXIT.badInput, 'An archive ends too early', 'Fetch or make it again.'),
  'IMAGE.UNSUPPORTED': row(422, EXIT.badInput, 'A format cannot say what is asked of it', 'The message names the path and what cannot be said; choose another image format or drop it.'),

  'EMULATOR.BAD_PATH': row(422, EXIT.badInput, 'A path cannot be handed to QEMU', 'Choose a path without a comma.'),
  'EMULATOR.COMMAND_FAILED': row(200, EXIT.no, 'A command in the booted machine failed', 'Read what it printed; boot without --check to look around.'),
  'EMULATOR.MISSING': row(503, EXIT.world, 'QEMU cannot be started', 'Run `provenroot setup`, or install qemu-system-x86.'),
  'EMULATOR.NO_ANSWER': row(200, EXIT.no, 'The booted machine did not answer in time', 'The message shows its last lines; boot without --check to look around.'),

  'BUILD.INPUT_CONFLICT': row(409, EXIT.no, 'Two needs of a step put different things on one path', 'Let one of the two recipes not install that path.'),
  'BUILD.ROOT_CONFLICT': row(409, EXIT.no, 'Two packages put different things on one path of the root', 'Drop one of the packages, or declare in one recipe that it overrides the other.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
