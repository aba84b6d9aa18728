import { Failure } from '../foundation/failure.ts';
import { displayPath, ROOT_PATH, type DirectoryEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** Data blocks of 128 KiB; another number is another image. */
const BLOCK_BYTES = 131_072;
/** The tool's default; `sqfstar` of 4.5.1 does not take `-Xcompression-level` at all. */
const COMPRESSION_LEVEL = 15;
/** The default is a quarter of the machine. */
const MEMORY = '256M';

/** What a squashfs is made with: part of the step's key and of the record. */
export const SQUASHFS_PARAMETERS = { compressor: 'zstd', compressionLevel: COMPRESSION_LEVEL, blockBytes: BLOCK_BYTES } as const;

/**
 * Words for squashfs-tools' `sqfstar`, which reads the tar from its standard input. It takes nothing of the root from
 * a tar; of the root's options only the mode works (4.5.1 ignores -root-uid and -root-gid there): its owner is who runs
 * the tool, so that runs under fakeroot, and `checkSquashfs` refuses another owner than 0:0.
 */
export function squashfsArguments(root: Tree, imagePath: string): string[] {
  const { mode } = rootEntry(root);
  return [
    '-quiet', '-no-progress', '-exit-on-error', '-mem', MEMORY,
    '-comp', SQUASHFS_PARAMETERS.compressor, '-b', String(BLOCK_BYTES),
    '-root-mode', mode.toString(8).padStart(4, '0'),
    imagePath,
  ];
}

function rootEntry(root: Tree): DirectoryEntry {
  return root.entries.get(ROOT_PATH) as DirectoryEntry;
}

/** Throws IMAGE.UNSUPPORTED for what squashfs, or the tool on the way there, would lose without a word. */
export function checkSquashfs(root: Tree): void {
  const { uid, gid } = rootEntry(root);
  if (uid !== 0 || gid !== 0) refuse(ROOT_PATH, `owner ${uid}:${gid} of the root (only 0:0)`);
  for (const [path, entry] of root.entries) {
    if (entry.kind === 'hard-link') continue;
    checkXattrs(path, entry);
    if ((entry.kind === 'character-device' || entry.kind === 'block-device') && (entry.major > 0xfff || entry.minor > 0xf_ffff)) {
      refuse(path, `device ${entry.major}:${entry.minor} (majors end at 4095, minors at 1048575)`);
    }
  }
}

function checkXattrs(path: PathBytes, entry: Exclude<TreeEntry, { kind: 'hard-link' }>): void {
  const names = Object.keys(entry.xattrs ?? {}).toSorted();
  if (names.length === 0) return;
  if (path === ROOT_PATH) refuse(path, `extended attributes of the root (${names.join(', ')})`);
  const foreign = names.find((name) => !/^(user|trusted|security)\../s.test(name));
  if (foreign !== undefined) refuse(path, `the extended attribute "${foreign}" (only user., trusted. and security.)`);
}

function refuse(path: PathBytes, what: string): never {
  throw new Failure('IMAGE.UNSUPPORTED', `squashfs cannot say /${displayPath(path)}: ${what}`, { place: displayPath(path) });
}
