import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BlobReader } from '../image/file-content.ts';
import type { SandboxLock } from '../sandbox/lock.ts';
import { isPoolPath } from '../sources/origin.ts';
import { badArchive, SANDBOX_LOCK_PATH, SUMS_PATH } from './legal-index.ts';
import { readFiles, type BlobSink } from './read-files.ts';
import { rowOf, writeArchive } from './write-legal-bundle.ts';

/**
 * The packages that the sandbox is assembled from, at their places below a Debian archive (unpacked, it serves as a mirror),
 * and the lock that names them.
 */
export function writeSandboxArchive(lock: SandboxLock, blobs: BlobReader): AsyncIterable<Uint8Array> {
  const own = { path: SANDBOX_LOCK_PATH, bytes: Buffer.from(`${canonicalJson(lock)}\n`) };
  const packages = new Map(lock.packages.map(({ pool, sha256: digest, sizeBytes }) => [pool, { path: pool, sha256: digest, sizeBytes }]));
  return writeArchive([rowOf(own), ...packages.values()], [own], blobs);
}

/** Hostile bytes: exactly the packages of `lock`, each handed to `onPackage` as it comes. Throws LEGAL.*. */
export async function readSandboxArchive(source: AsyncIterable<Uint8Array>, lock: SandboxLock, onPackage: BlobSink): Promise<void> {
  const packages = new Map(lock.packages.map((one) => [one.pool, one]));
  const isPackage = (path: string): boolean => isPoolPath(path) && packages.has(path);
  const files = await readFiles(source, { isBlob: isPackage, onBlob: onPackage });
  const lockFile = files.get(SANDBOX_LOCK_PATH)?.bytes ?? badArchive(`the archive of the sandbox has no ${SANDBOX_LOCK_PATH}`, SANDBOX_LOCK_PATH);
  if (sha256(lockFile) !== sha256(`${canonicalJson(lock)}\n`)) {
    throw new Failure('LEGAL.OTHER_SANDBOX', 'the second archive is of another sandbox than the bundle names', { place: SANDBOX_LOCK_PATH });
  }
  for (const path of files.keys()) {
    if (!packages.has(path) && path !== SANDBOX_LOCK_PATH && path !== SUMS_PATH) throw new Failure('LEGAL.EXTRA_FILE', `"${path.slice(0, 200)}" is in the archive of the sandbox, and its lock does not name it`, { place: path.slice(0, 300) });
  }
  for (const [path, { sha256: expected }] of packages) {
    const found = files.get(path);
    if (found === undefined) throw new Failure('LEGAL.MISSING_FILE', `the archive of the sandbox has no ${path}`, { place: path });
    if (found.sha256 !== expected) throw new Failure('LEGAL.CHANGED', `${path} has other bytes than the lock says`, { place: path, details: { expected, found: found.sha256 } });
  }
}
