import { canonicalJson } from '../foundation/canonical-json.ts';
import { errorCodeOf, Failure, Fault, isCoded } from '../foundation/failure.ts';
import { sha256 } from '../foundation/digest.ts';
import { treeFromTar } from '../image/tree-from-tar.ts';
import type { Store } from '../store/store.ts';
import { displayPath, parentOf, pathBytes, ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import type { LockedPackage, SandboxLock } from './lock.ts';
import { debFiles } from './read-deb.ts';

/** Grows when the rules below change; another version gives another root. */
export const ASSEMBLY_VERSION = 2;

/** User and group of every step; owns /build and /out, and nothing else. */
export const BUILD_UID = 1000;

/** Brings a pool file into the store, checked. */
export type PoolFetcher = (file: { pool: string; sha256: LockedPackage['sha256']; sizeBytes: number }) => Promise<void>;

/**
 * Unpacks the locked packages over each other, in the lock's order, without their maintainer scripts, then mends
 * by rule what those scripts would have made. A function of the lock and the assembly version alone.
 */
export async function assembleSandbox(lock: Pick<SandboxLock, 'packages'>, fetch: PoolFetcher, store: Store): Promise<Tree> {
  await fetchAll(lock.packages, fetch);
  const root = new Map<PathBytes, TreeEntry>();
  for (const one of lock.packages) {
    const deb = await store.readBlobBytes(one.sha256);
    const files = await treeFromTar(debFiles(deb, one.name), store, { devices: 'refuse', adjust: (_path, entry) => plainOwner(entry) });
    for (const [path, entry] of files.entries) layOver(root, path, entry, one.name);
  }
  for (const [path, entry] of await fixedEntries(root, store)) root.set(path, entry);
  return makeTree(root);
}

const PARALLEL_FETCHES = 6;

/** What Debian no longer has is named all at once: after a point release it is seldom one package. Anything else ends it. */
async function fetchAll(packages: readonly LockedPackage[], fetch: PoolFetcher): Promise<void> {
  const waiting = [...packages];
  const gone: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      try {
        await fetch({ pool: one.pool, sha256: one.sha256, sizeBytes: one.sizeBytes });
      } catch (error) {
        if (errorCodeOf(error) !== 'SOURCES.POOL_FILE_GONE') {
          waiting.length = 0;
          throw error;
        }
        gone.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_FETCHES }, worker));
  if (gone.length === 1) throw gone[0];
  if (gone.length > 1) throw severalGone(gone);
}

function severalGone(gone: readonly unknown[]): Fault {
  const places = gone.flatMap((error) => isCoded(error) && error.place !== undefined ? [error.place] : []).toSorted();
  const hint = gone.find(isCoded)?.hint;
  return new Fault('SOURCES.POOL_FILE_GONE', `${gone.length} packages of the sandbox are on no Debian mirror any more: ${places.join(', ')}`, {
    ...(hint === undefined ? {} : { hint }), details: { gone: places },
  });
}

/** Owner 0:0 and no setuid or setgid: nothing in the sandbox gains rights. */
function plainOwner(entry: TreeEntry): TreeEntry {
  if (entry.kind === 'hard-link') return entry;
  const { xattrs: _none, ...rest } = entry;
  return { ...rest, mode: entry.mode & 0o1777, uid: 0, gid: 0 };
}

/** Directories that merged-/usr makes links; what a package puts below them lands below /usr. */
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Not needed to build, 100 MiB: documentation and translations. */
const LEFT_OUT = /^usr\/share\/(doc|doc-base|man|info|locale|lintian|bug|reportbug|menu|pixmaps|applications|bash-completion)\//;
/** But under what terms the compiler's own runtime is linked into products stands here. */
const KEPT = /^usr\/share\/doc\/[^/]+\/copyright$/;

function layOver(root: Map<PathBytes, TreeEntry>, given: PathBytes, entry: TreeEntry, owner: string): void {
  const path = mergedUsr(given);
  if (path === ROOT_PATH || (LEFT_OUT.test(`${path}/`) && !KEPT.test(path)) || MERGED.includes(path)) return;
  const standing = root.get(path);
  if (standing?.kind === 'directory' && entry.kind !== 'directory') refuse(path, owner, 'is a directory of another package');
  if (standing !== undefined && standing.kind !== 'directory') {
    if (standing.kind === 'symlink' && entry.kind === 'directory') return;
    if (canonicalJson(standing) !== canonicalJson(entry)) refuse(path, owner, `is a ${standing.kind} of another package`);
  }
  for (let parent = parentOf(path); parent !== ROOT_PATH; parent = parentOf(parent)) {
    if (root.get(parent)?.kind === 'symlink') refuse(path, owner, `lies below the link /${displayPath(parent)}`);
  }
  if (standing?.kind === 'directory' && entry.kind === 'directory') return;
  root.set(path, entry.kind === 'hard-link' ? { kind: 'hard-link', target: mergedUsr(entry.target) } : entry);
}

function mergedUsr(path: PathBytes): PathBytes {
  const slash = path.indexOf('/');
  const first = slash < 0 ? path : path.slice(0, slash);
  return slash > 0 && MERGED.includes(first) ? `usr/${path}` as PathBytes : path;
}

function refuse(path: PathBytes, owner: string, why: string): never {
  throw new Failure('SANDBOX.BAD_PACKAGE', `package ${owner}: /${displayPath(path)} ${why}`, { place: owner });
}

/** Links that postinst scripts make through update-alternatives; kept where the target is there. */
const ALTERNATIVES: readonly (readonly [string, string])[] = [
  ['usr/bin/awk', 'mawk'], ['usr/bin/nawk', 'mawk'], ['usr/bin/which', 'which.debianutils'],
  ['usr/bin/cc', 'gcc'], ['usr/bin/c++', 'g++'], ['usr/bin/c89', 'c89-gcc'], ['usr/bin/c99', 'c99-gcc'],
  ['usr/bin/yacc', 'bison.yacc'], ['usr/bin/automake', 'automake-1.16'], ['usr/bin/aclocal', 'aclocal-1.16'],
  ['usr/bin/fakeroot', 'fakeroot-sysv'], ['usr/bin/faked', 'faked-sysv'],
  ['usr/bin/lzma', 'xz'], ['usr/bin/unlzma', 'unxz'], ['usr/bin/lzcat', 'xzcat'],
];

const PASSWD = `root:x:0:0:root:/root:/bin/sh\nbuild:x:${BUILD_UID}:${BUILD_UID}:build:/build/home:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`;
const GROUP = `root:x:0:\nbuild:x:${BUILD_UID}:\nnogroup:x:65534:\n`;

async function fixedEntries(root: ReadonlyMap<PathBytes, TreeEntry>, store: Store): Promise<[PathBytes, TreeEntry][]> {
  const owned = { uid: 0, gid: 0 };
  const link = (path: string, target: string): [PathBytes, TreeEntry] => [pathBytes(path), { kind: 'symlink', mode: 0o777, ...owned, target: pathBytes(target) }];
  const directory = (path: string, mode: number, uid = 0): [PathBytes, TreeEntry] => [pathBytes(path), { kind: 'directory', mode, uid, gid: uid }];
  const file = async (path: string, text: string): Promise<[PathBytes, TreeEntry]> => {
    const bytes = Buffer.from(text);
    await store.putBlob(bytes);
    return [pathBytes(path), { kind: 'file', mode: 0o644, ...owned, sha256: sha256(bytes), sizeBytes: bytes.byteLength }];
  };
  const paths = [...root.keys()];
  return [
    ...MERGED.filter((name) => paths.some((path) => path.startsWith(`usr/${name}/`))).map((name) => link(name, `usr/${name}`)),
    ...ALTERNATIVES.filter(([path, target]) => !root.has(pathBytes(path)) && root.has(pathBytes(`usr/bin/${target}`))).map(([path, target]) => link(path, target)),
    await file('etc/passwd', PASSWD),
    await file('etc/group', GROUP),
    await file('etc/hosts', '127.0.0.1 localhost\n'),
    directory('src', 0o755), directory('sysroot', 0o755), directory('host', 0o755),
    directory('build', 0o755, BUILD_UID), directory('out', 0o755, BUILD_UID),
    directory('tmp', 0o1777), directory('proc', 0o555), directory('sys', 0o555), directory('dev', 0o755), directory('run', 0o755),
  ];
}
