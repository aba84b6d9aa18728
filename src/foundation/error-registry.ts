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

  'LICENSING.BAD_EXPRESSION': row(400, EXIT.badInput, 'A text is no SPDX license expression', 'The message names the word; the ids are those of the SPDX license list.'),

  'BYTES.DAMAGED': row(422, EXIT.badInput, 'Bytes are not what their format says', 'The message names the place; make the file again, or compare it as plain bytes.'),
  'BYTES.IO': row(500, EXIT.world, 'A file could not be read from disk', 'Look at its permissions and at the disk; a file must not change while it is read.'),
  'BYTES.LIMIT': row(413, EXIT.badInput, 'Reading a file would take more than is allowed', 'The message names the limit; raise it if the file is honest.'),
  'BYTES.TRUNCATED': row(422, EXIT.badInput, 'A file ends before what it states is over', 'Fetch or make it again.'),
  'BYTES.UNSUPPORTED': row(422, EXIT.badInput, 'A format has a feature that is not read', 'The message names the feature; make the file without it, or compare it as plain bytes.'),

  'SIGNING.BAD_ENVELOPE': row(400, EXIT.badInput, 'An envelope is malformed', 'The message says which part; get it again from who signed it.'),
  'SIGNING.BAD_JSON': row(400, EXIT.badInput, 'A signed document is not JSON that every reader reads the same way', 'The message says why; get it again from who signed it.'),
  'SIGNING.BAD_KEY': row(400, EXIT.badInput, 'A key is no ed25519 key', 'Give an ed25519 public key in PEM (`BEGIN PUBLIC KEY`).'),
  'SIGNING.BAD_NOTE': row(400, EXIT.badInput, 'A signed note is malformed', 'The message says why; get it again from the log that signed it.'),
  'SIGNING.BAD_ROOT': row(400, EXIT.badInput, 'A root.json is malformed', 'The message names the place; get it again from who issued it.'),
  'SIGNING.KEYS_EXPOSED': row(500, EXIT.world, 'Private keys may be read by others', 'Give the directory `keys` of the home to this account alone (0700, files 0600); if it was open for long, rotate the keys.'),
  'SIGNING.KEYS_UNREADABLE': row(500, EXIT.world, 'Private keys cannot be read or written', 'Look at the directory `keys` of the home, or restore it from a backup.'),
  'SIGNING.KNOWN_KEY': row(409, EXIT.badInput, 'A key is in the root already', 'Remove it first to bind it anew.'),
  'SIGNING.NOT_ITS_ROLE': row(422, EXIT.badInput, 'A key is asked to sign what is not its role to say', 'Ask the role that the message does not name; see docs on roles in src/signing/domains.ts.'),
  'SIGNING.NOT_SIGNED': row(422, EXIT.no, 'Too few trusted keys have signed', 'Do not use it; see who signed, and whether your root.json is of the right operator and new enough.'),
  'SIGNING.ROOT_CHAIN': row(422, EXIT.no, 'A root.json does not follow the one before', 'Hand in every version between; where two differ, ask the operator which is right before trusting either.'),
  'SIGNING.SIGNER_UNREACHABLE': row(503, EXIT.world, 'The signer of this home does not answer', 'The message shows the end of its log, `keys/signer.log` in the home; try again.'),
  'SIGNING.UNKNOWN_KEY': row(404, EXIT.badInput, 'A key is not one that can be taken out of the root', 'See the keys of the root; own keys are rotated, not removed.'),

  'CATALOG.INVALID': row(400, EXIT.badInput, 'Recipes, boards, templates or a configuration break rules', 'Each finding names file, line, rule and what to write instead.'),
  'CATALOG.NOT_FOUND': row(404, EXIT.badInput, 'There is no catalog, recipe or board of that name', 'Look at `list boards` and `list recipes`.'),

  'STORE.BAD_RANGE': row(416, EXIT.badInput, 'A range lies outside the blob', 'Ask for bytes that are there; the message gives the size.'),
  'STORE.BUSY': row(503, EXIT.world, 'Another gc of the store is under way', 'Wait for it to end and try again.'),
  'STORE.DAMAGED': row(500, EXIT.world, 'An object in the store is damaged', 'It was moved to quarantine; fetch or build it again, and look at the disk.'),
  'STORE.DIGEST_MISMATCH': row(422, EXIT.world, 'Bytes have another digest than expected', 'Nothing was kept; find out who changed the bytes, or correct the expected digest.'),
  'STORE.DISK_FULL': row(507, EXIT.world, 'No space is left where the store lies', 'Free space, or run `gc`.'),
  'STORE.FORMAT': row(500, EXIT.world, 'The store has a format that this version does not know', 'Use the version of Provenroot that made it, or another home.'),
  'STORE.INCOMPLETE': row(409, EXIT.world, 'Something names an object that is not in the store', 'Put the object first; after damage, build it again.'),
  'STORE.IO': row(500, EXIT.world, 'The disk of the store failed', 'Look at the system log and the permissions of the store directory.'),
  'STORE.MISSING': row(404, EXIT.world, 'An object is not in the store', 'Fetch or build it again.'),

  'RECORDS.ALREADY_THERE': row(409, EXIT.badInput, 'A name is taken', 'Choose another name.'),
  'RECORDS.AMBIGUOUS_BUILD': row(409, EXIT.badInput, 'A reference fits more than one build', 'Give the id of one of the builds that the message lists.'),
  'RECORDS.BAD_QUARANTINE': row(422, EXIT.badInput, 'A quarantine is not as one must be', 'Say scope, reason, link and who opens it; let it expire within 180 days, and be reviewed by another.'),
  'RECORDS.BAD_REFERENCE': row(400, EXIT.badInput, 'Text is no reference to a build', 'Give a build id, a configuration or board name, `NAME~N`, or the sha256 of an image.'),
  'RECORDS.BAD_RELEASE': row(400, EXIT.badInput, 'A product or a version is no plain word', 'Up to 100 letters, digits, dots, plus signs, dashes and underscores; a letter or digit first.'),
  'RECORDS.DATABASE_UNREACHABLE': row(503, EXIT.world, 'The database does not answer', 'Check `DATABASE_URL`, or unset it to use the database of this home.'),
  'RECORDS.EMPTY_VARIATION': row(422, EXIT.badInput, 'A variation run varies nothing', 'Name at least one condition, or a profile that has some.'),
  'RECORDS.HOME_UNREACHABLE': row(500, EXIT.world, 'The account that runs Postgres cannot enter the home', 'Set `PROVENROOT_HOME` to a directory that every user may enter, or `DATABASE_URL` to a server of your own.'),
  'RECORDS.MIGRATION_CHANGED': row(500, EXIT.world, 'An applied migration is not what it was', 'Use the version of Provenroot that made the database, or restore the migration file.'),
  'RECORDS.MIGRATION_FAILED': row(500, EXIT.world, 'A migration did not go through', 'The message holds the database\'s own words; nothing of that migration was kept.'),
  'RECORDS.NO_ACCOUNT': row(500, EXIT.world, 'There is no account that Postgres can run as', 'As root, `useradd --system provenroot-db`; or set `DATABASE_URL` to a server of your own.'),
  'RECORDS.NO_BINARIES': row(500, EXIT.world, 'The Postgres binaries are missing', 'Run `npm ci` again on linux/amd64, or set `DATABASE_URL` to a server of your own.'),
  'RECORDS.SERVER_START': row(500, EXIT.world, 'The Postgres of this home does not start', 'The message shows the end of its log, `postgres/server.log` in the home.'),
  'RECORDS.STALE': row(409, EXIT.no, 'The state has moved on since it was read', 'Read it again and decide anew.'),
  'RECORDS.UNKNOWN': row(404, EXIT.badInput, 'Nothing of that name or id is on record', 'List what there is: `provenroot list`.'),

  'QUEUE.LOST': row(500, EXIT.world, 'The worker of a task was not heard of any more', 'See whether the worker runs and has memory; start the build again.'),
  'QUEUE.UNKNOWN_TASK': row(500, EXIT.world, 'A worker was handed a task that it does not know', 'Run server and workers of one version.'),

  'TRANSPARENCY.BAD_CHECKPOINT': row(400, EXIT.badInput, 'A checkpoint is malformed', 'Get it again from the log.'),
  'TRANSPARENCY.BAD_ENTRY': row(400, EXIT.badInput, 'A log entry is malformed', 'The message says why; get it again from the log.'),
  'TRANSPARENCY.BAD_PATH': row(404, EXIT.badInput, 'An address is not one of a tile', 'Write it as C2SP tlog-tiles does: `tile/0/x001/234.p/17`.'),
  'TRANSPARENCY.BAD_PROOF': row(400, EXIT.badInput, 'A proof of inclusion is malformed', 'Get it again from the log: `log proof`.'),
  'TRANSPARENCY.DAMAGED': row(500, EXIT.world, 'The log contradicts itself', 'Run `log fsck`; nothing more is signed before it is understood.'),
  'TRANSPARENCY.NOT_INCLUDED': row(422, EXIT.no, 'A proof does not show that an entry is in the log', 'Do not use what it came with; get both again from the log.'),
  'TRANSPARENCY.NOT_LOGGED': row(404, EXIT.no, 'The log has no such entry under a checkpoint', 'See what is logged: `log proof DIGEST`.'),

  'PLAN.UNKNOWN_TARGET': row(404, EXIT.badInput, 'There is no board or configuration of that name', 'The hint lists those that there are.'),
  'PLAN.UNRESOLVED': row(422, EXIT.badInput, 'A configuration cannot be built as it is', 'Each finding names the place and what to do.'),

  'SOURCES.BAD_POOL_PATH': row(400, EXIT.badInput, 'A path is not one of a Debian archive', 'Correct it: it starts with `pool/` and has no `..` in it.'),
  'SOURCES.DISK': row(500, EXIT.world, 'A download cannot be kept on disk', 'Free space, or give the home another place.'),
  'SOURCES.NO_ORIGIN': row(400, EXIT.badInput, 'A source names no place to fetch it from', 'Add a URL to the recipe, or give a mirror.'),
  'SOURCES.OFFLINE': row(503, EXIT.world, 'A source is not in the store, and fetching is switched off', 'Run `sources fetch` once with a network.'),
  'SOURCES.POOL_FILE_GONE': row(502, EXIT.world, 'No Debian mirror has a file that the lock names any more', 'Run `sandbox update`, or give a mirror that still has it (`PROVENROOT_DEBIAN_MIRROR`).'),
  'SOURCES.UNREACHABLE': row(502, EXIT.world, 'No origin of a source could be reached', 'The message lists every origin with its reason; check the network, or give a mirror.'),
  'SOURCES.WRONG_HASH': row(502, EXIT.no, 'An origin serves other bytes than the recipe states', 'Find out which is right before changing either; nothing was kept.'),
  'SOURCES.WRONG_SIZE': row(502, EXIT.no, 'An origin serves a file of another length than the recipe states', 'Find out which is right before changing either; nothing was kept.'),

  'IMAGE.BAD_HEADER': row(400, EXIT.badInput, 'An archive is malformed', 'The message names the entry and its byte; make the archive again with an ordinary tool.'),
  'IMAGE.BAD_LINK': row(400, EXIT.badInput, 'A link in an archive leads nowhere or out of the tree', 'Drop the link, or put the file that it names before it.'),
  'IMAGE.BAD_PATH': row(400, EXIT.badInput, 'A path in an archive is absolute, climbs with `..` or is no path', 'Make the archive with relative paths.'),
  'IMAGE.DEVICE_REFUSED': row(400, EXIT.badInput, 'An archive holds a device where none is allowed', 'Declare devices in the table of the recipe instead of making them.'),
  'IMAGE.DUPLICATE': row(400, EXIT.badInput, 'An archive holds one path twice', 'Make the archive again; which of the two is meant cannot be known.'),
  'IMAGE.LIMIT': row(413, EXIT.badInput, 'An archive is larger than what is read of one', 'The message names the limit; raise it if the archive is honest.'),
  'IMAGE.THROUGH_LINK': row(400, EXIT.badInput, 'An entry of an archive lies below something that is no directory', 'Make the archive again without writing through links.'),
  'IMAGE.TOO_LARGE': row(422, EXIT.badInput, 'What was chosen does not fit into the image', 'The message gives the needed size; choose it or leave the size out.'),
  'IMAGE.TRUNCATED': row(400, EXIT.badInput, 'An archive ends too early', 'Fetch or make it again.'),
  'IMAGE.UNSUPPORTED': row(422, EXIT.badInput, 'A format cannot say what is asked of it', 'The message names the path and what cannot be said; choose another image format or drop it.'),

  'SANDBOX.APT_FAILED': row(502, EXIT.world, 'apt could not say which packages the sandbox needs', 'The message shows what apt said; give another archive with --mirror.'),
  'SANDBOX.BAD_DEFINITION': row(422, EXIT.badInput, 'The definition of the sandbox is missing or malformed', 'The message names what is wrong in sandbox/definition.json.'),
  'SANDBOX.BAD_HOME': row(422, EXIT.badInput, 'The path of the home directory cannot be part of a mount', 'Set PROVENROOT_HOME to a path without comma, colon and backslash.'),
  'SANDBOX.BAD_LOCK': row(422, EXIT.badInput, 'The sandbox lock is missing or malformed', 'Make it again: provenroot sandbox update --write.'),
  'SANDBOX.BAD_OUTPUT': row(422, EXIT.no, 'A step left something below /out that cannot be collected', 'The message names the path; put outputs into directories below /out.'),
  'SANDBOX.BAD_PACKAGE': row(422, EXIT.world, 'A package of the sandbox cannot be unpacked', 'The message names the package; resolve the lock again with `sandbox update`.'),
  'SANDBOX.ENGINE_FAILED': row(502, EXIT.world, 'The Docker Engine refused or broke off', 'The message shows what it said; see its log, and `provenroot doctor`.'),
  'SANDBOX.ENGINE_UNREACHABLE': row(503, EXIT.world, 'The Docker Engine cannot be reached', 'Start it (`systemctl start docker`, or `dockerd` as root), or join the group `docker`; `provenroot setup` installs one.'),
  'SANDBOX.IMAGE_DIFFERS': row(409, EXIT.world, 'The sandbox is not the one that the lock names', 'Remove the image from the engine and run again; if it differs again, `sandbox update` and report it.'),
  'SANDBOX.NO_INSTRUMENT': row(500, EXIT.world, 'What varied runs are seen through could not be made', 'The message shows what the compiler said; nothing of any build depends on it.'),
  'SANDBOX.TOOL_MISSING': row(503, EXIT.world, 'A tool that unpacks packages is missing', 'Install it; the message names it.'),
  'SANDBOX.TOO_MANY_INPUTS': row(422, EXIT.badInput, 'A step needs more trees than one mount can take', 'Split the recipe, or choose a shorter home directory.'),
  'SANDBOX.UNSUPPORTED_HOST': row(501, EXIT.world, 'This machine cannot run steps', 'Steps run on linux/amd64 hosts.'),

  'EMULATOR.BAD_PATH': row(422, EXIT.badInput, 'A path cannot be handed to QEMU', 'Choose a path without a comma.'),
  'EMULATOR.COMMAND_FAILED': row(200, EXIT.no, 'A command in the booted machine failed', 'Read what it printed; boot without --check to look around.'),
  'EMULATOR.MISSING': row(503, EXIT.world, 'QEMU cannot be started', 'Run `provenroot setup`, or install qemu-system-x86.'),
  'EMULATOR.NOT_BOOTABLE': row(422, EXIT.badInput, 'A build cannot be booted here', 'Choose a board with a `qemu` section and an image that it boots.'),
  'EMULATOR.NO_ANSWER': row(200, EXIT.no, 'The booted machine did not answer in time', 'The message shows its last lines; boot without --check to look around.'),

  'BUILD.DEFINITION_CHANGED': row(409, EXIT.undecided, 'The engine that should run a build is not the one that planned it', 'Start the build again; it is planned anew.'),
  'BUILD.INPUT_CONFLICT': row(409, EXIT.no, 'Two needs of a step put different things on one path', 'Let one of the two recipes not install that path.'),
  'BUILD.INTERRUPTED': row(503, EXIT.world, 'A build was left unfinished because its worker goes down', 'It goes on where it was when a worker begins again, or with `build` of the same target.'),
  'BUILD.ROOT_CONFLICT': row(409, EXIT.no, 'Two packages put different things on one path of the root', 'Drop one of the packages, or declare in one recipe that it overrides the other.'),

  'EVIDENCE.BAD_POLICY': row(400, EXIT.badInput, 'A quorum policy is malformed', 'The message names the field; see the policy that `policy` of the API shows.'),
  'EVIDENCE.BAD_STATEMENT': row(400, EXIT.badInput, 'A statement is malformed', 'The message names the field; get the statement again from whoever made it.'),
  'EVIDENCE.CONTRADICTION': row(422, EXIT.no, 'A statement says something that its own digests deny', 'It counts for nothing; ask whoever signed it how that came about.'),
  'EVIDENCE.DEFINITION_MISMATCH': row(422, EXIT.no, 'A statement contradicts itself about what was built', 'Do not trust it; get it again from whoever made it.'),
  'EVIDENCE.INPUT_MISSING': row(409, EXIT.undecided, 'Something that a rebuild needs was not retained', 'Fetch it again (`sources fetch`), or take an evidence archive that was written with its inputs.'),
  'EVIDENCE.MUTABLE_REFERENCE': row(422, EXIT.no, 'A statement names something that is not pinned by its content', 'Only references with a digest count; have the build made again by a version that pins it.'),
  'EVIDENCE.NOT_CANONICAL': row(400, EXIT.badInput, 'A statement is not in canonical form', 'It was changed on its way or made by something else; get the original.'),
  'EVIDENCE.TOO_LARGE': row(413, EXIT.badInput, 'A statement is larger than 8 MiB', 'Build less at once; statements of that size are neither made nor read.'),
  'EVIDENCE.UNKNOWN_PARAMETER': row(422, EXIT.undecided, 'A statement has a parameter that this version does not know', 'Use the release of Provenroot that made it.'),
  'EVIDENCE.WRONG_OPERATOR': row(422, EXIT.no, 'A rebuild names another operator than the one its key belongs to', 'It counts for nothing; ask whoever signed it, or correct the root.'),
  'EVIDENCE.WRONG_TYPE': row(422, EXIT.undecided, 'A statement is of another kind than expected', 'Give a provenance that Provenroot made.'),

  'VARIATION.EMPTY': row(422, EXIT.badInput, 'Nothing is chosen that could be varied', 'Name a profile (quick, standard, full) or conditions; an empty set would show nothing.'),
  'VARIATION.UNKNOWN': row(422, EXIT.badInput, 'There is no such condition to vary', 'Take one from `docs/host-contract.md`.'),
  'VARIATION.UNKNOWN_PROFILE': row(422, EXIT.badInput, 'There is no such profile', 'Profiles are quick, standard and full.'),

  'ACTIONS.CANCELLED': row(409, EXIT.no, 'What was asked for was cancelled before it ended', 'Ask for it again.'),
  'ACTIONS.CANNOT_INSTALL': row(503, EXIT.world, 'A part of the system is missing and cannot be installed from here', 'The message names the exact command; run it, then again.'),
  'ACTIONS.CANNOT_WRITE': row(500, EXIT.world, 'A file that was asked for cannot be written', 'Choose another place, or look at its permissions.'),
  'ACTIONS.NEED_NOT_BUILT': row(409, EXIT.undecided, 'A step cannot be entered before what it needs is built', 'Run `build` of the same target first; it may fail at this very step.'),
  'ACTIONS.NOT_ATTESTED': row(409, EXIT.undecided, 'A build has no signed provenance yet', 'Sign it first: `provenroot attest BUILD`.'),
  'ACTIONS.NOT_REPEATED': row(500, EXIT.world, 'A step could not be run again in a process of its own', 'The message shows what the process said.'),
  'ACTIONS.NOT_SUCCEEDED': row(409, EXIT.undecided, 'A build has not succeeded', 'Name a build that has; see `provenroot list`.'),
  'ACTIONS.UNKNOWN_STEP': row(404, EXIT.badInput, 'A plan has no such step, or it runs in no container', 'Look at `plan` of the same target.'),

  'API.BAD_CURSOR': row(400, EXIT.badInput, 'A cursor is not one that this list gave', 'Take `endCursor` of the page before, unchanged, with the same list.'),
  'API.BAD_ID': row(400, EXIT.badInput, 'An id is malformed or of another type', 'Give an id as this API gave it.'),
  'API.BAD_PAGE': row(400, EXIT.badInput, 'A page size or an offset is out of range', 'Give a value within the range that the schema states.'),
  'API.BAD_REQUEST': row(400, EXIT.badInput, 'A request is malformed', 'The message says what is expected.'),
  'API.BAD_UPLOAD': row(400, EXIT.badInput, 'An uploaded file is malformed', 'Give relative paths and base64 content.'),
  'API.BODY_TOO_LARGE': row(413, EXIT.badInput, 'A request is larger than this address takes', 'Ask for less at once; uploads and batch look-ups go to `/graphql/bulk`.'),
  'API.CANNOT_LISTEN': row(500, EXIT.world, 'The address of the server can not be taken', 'End what holds the port, or choose another (`--port`).'),
  'API.FOREIGN_HOST': row(421, EXIT.badInput, 'A request names a host that this server does not answer for', 'Use the address that `serve` prints, or allow the host in its options.'),
  'API.FOREIGN_ORIGIN': row(403, EXIT.badInput, 'A page of another origin asks', 'Allow the origin in the options of `serve` if you trust it.'),
  'API.INVALID_DOCUMENT': row(400, EXIT.badInput, 'A GraphQL document does not fit the schema', 'The message names the place; the schema is `schema.graphql`.'),
  'API.METHOD_NOT_ALLOWED': row(405, EXIT.badInput, 'The address does not take this method', 'The header `Allow` lists those that it takes.'),
  'API.NOT_ACCEPTABLE': row(406, EXIT.badInput, 'A client takes none of the forms that there are', 'The message lists the media types; `?format=` chooses one without the header.'),
  'API.NOT_BULK': row(400, EXIT.badInput, 'Only uploads and batch look-ups may be asked for at `/graphql/bulk`', 'Send it to `/graphql`.'),
  'API.NOT_FOUND': row(404, EXIT.badInput, 'There is nothing at this address', 'See `/openapi.json` for all addresses.'),
  'API.NOT_JSON': row(415, EXIT.badInput, 'A request does not say that it is JSON', 'Send `Content-Type: application/json`.'),
  'API.SLOW_CONSUMER': row(429, EXIT.world, 'A subscriber reads slower than it is sent', 'Connect again and go on from the last sequence number or cursor.'),
  'API.TIME_LIMIT': row(503, EXIT.world, 'A request took too long', 'Ask for less at once, or try again.'),
  'API.TOO_COSTLY': row(400, EXIT.badInput, 'A GraphQL document asks for too much', 'Ask for smaller pages; each object counts, multiplied by the page sizes around it.'),
  'API.TOO_DEEP': row(400, EXIT.badInput, 'A GraphQL document is nested too deep', 'Ask in two steps.'),
  'API.TOO_MANY_ALIASES': row(400, EXIT.badInput, 'A GraphQL document has too many aliases', 'Ask in two steps.'),
  'API.TOO_MANY_DIRECTIVES': row(400, EXIT.badInput, 'A GraphQL document has too many directives', 'Leave out what is not needed.'),
  'API.TOO_MANY_SUBSCRIPTIONS': row(429, EXIT.badInput, 'A connection has too many subscriptions', 'End one first.'),
  'API.TOO_MANY_TOKENS': row(400, EXIT.badInput, 'A GraphQL document is too long', 'Ask in two steps.'),

  'CLI.UNREADABLE': row(400, EXIT.badInput, 'A file that was named cannot be read', 'Look at its path and permissions.'),
  'CLI.USAGE': row(400, EXIT.badInput, 'A command line says nothing that there is', 'Look at `--help` of the command.'),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
