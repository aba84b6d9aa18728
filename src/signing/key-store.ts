import { constants } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';

import { errorCodeOf, Failure, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { keyIdOf, parsePrivateKey } from './key.ts';

/** Private keys and the versions of the root, each written once. */
export interface KeyStore {
  /** Ids of the keys that are ours, and which versions of the root there are, ascending. */
  contents(): Promise<{ keyIds: readonly string[]; rootVersions: readonly number[] }>;
  privateKey(keyId: string): Promise<KeyObject>;
  addKey(key: KeyObject): Promise<void>;
  /** A key that no root came to name. */
  dropKey(keyId: string): Promise<void>;
  /** The envelope of a version that there is. */
  root(version: number): Promise<Buffer>;
  /** False where that version is there already: somebody was faster. */
  addRoot(version: number, envelope: Uint8Array): Promise<boolean>;
}

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;

/** `<keyId>.pem` (PKCS#8) and `root-<version>.json` in a directory that nobody else may enter. */
export async function openKeyDirectory(directory: string): Promise<KeyStore> {
  await makePrivate(directory);
  const keyPath = (keyId: string): string => join(directory, `${keyId}.pem`);
  return {
    contents: async () => {
      const names = (await readdir(directory)).toSorted();
      return {
        keyIds: names.flatMap((name) => /^([0-9a-f]{64})\.pem$/.exec(name)?.[1] ?? []),
        rootVersions: names.flatMap((name) => /^root-([1-9][0-9]*)\.json$/.exec(name)?.[1] ?? []).map(Number).toSorted((a, b) => a - b),
      };
    },
    privateKey: async (keyId) => {
      const key = parsePrivateKey(await readPrivate(keyPath(keyId)), keyPath(keyId));
      if (keyIdOf(key) !== keyId) throw new Failure('SIGNING.BAD_KEY', `${keyPath(keyId)} holds another key than its name says`);
      return key;
    },
    addKey: async (key) => { await writeOnce(directory, `${keyIdOf(key)}.pem`, Buffer.from(key.export({ type: 'pkcs8', format: 'pem' }))); },
    dropKey: (keyId) => rm(keyPath(keyId), { force: true }),
    root: (version) => readFile(join(directory, `root-${version}.json`)),
    addRoot: (version, envelope) => writeOnce(directory, `root-${version}.json`, envelope),
  };
}

async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: PRIVATE_DIRECTORY });
  const found = await lstat(directory);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid())) exposed(directory, 'is no directory of this account');
  if ((found.mode & 0o077) !== 0) await chmod(directory, PRIVATE_DIRECTORY);
}

async function readPrivate(path: string): Promise<string> {
  // No link is followed: it could lead to a key that somebody else chose.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((cause: unknown) => {
    throw new Fault('SIGNING.KEYS_UNREADABLE', `${path} cannot be read`, { cause });
  });
  try {
    if (((await file.stat()).mode & 0o077) !== 0) exposed(path, 'may be read by others than this account');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Whole and on disk under its name, or not there at all. Survives kill -9 and power loss; of two writers one gets false. */
async function writeOnce(directory: string, name: string, content: Uint8Array): Promise<boolean> {
  const temporary = join(directory, `${name}.${uniqueName()}`);
  try {
    await writeSynced(temporary, content);
    await link(temporary, join(directory, name));
    await syncDirectory(directory);
    return true;
  } catch (cause) {
    if (errorCodeOf(cause) === 'EEXIST') return false;
    throw new Fault('SIGNING.KEYS_UNREADABLE', `${join(directory, name)} cannot be written`, { cause });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSynced(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', PRIVATE_FILE);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function exposed(path: string, why: string): never {
  throw new Failure('SIGNING.KEYS_EXPOSED', `${path} ${why}`, { place: path });
}
