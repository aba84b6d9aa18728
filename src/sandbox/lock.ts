import { readFile } from 'node:fs/promises';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { compareText } from '../foundation/order.ts';

/** One package as Debian's archive serves it. */
export interface LockedPackage {
  name: string;
  version: string;
  architecture: string;
  sha256: Sha256;
  sizeBytes: number;
  /** Path below the archive's root: `pool/main/…`. */
  pool: string;
}

/** `sandbox/lock.json`: enough to make the same root, bit for bit. */
export interface SandboxLock {
  format: 1;
  suite: string;
  component: string;
  architecture: string;
  /** The rules that the packages are put together by. */
  assembly: number;
  /** The signed InRelease that apt answered from: where the choice came from. */
  release: { date: string; inRelease: Sha256 };
  /** Digest of the root's tree: the sandbox's identity. */
  rootTree: Sha256;
  /** sha256 of the tree as the one layer of an image: what the engine must show to have loaded. */
  layer: Sha256;
  /** In the order they are laid over each other. */
  packages: readonly LockedPackage[];
}

/** Throws SANDBOX.BAD_LOCK where the file is missing or malformed. */
export async function readLock(path: string): Promise<SandboxLock> {
  try {
    return parseLock(await readFile(path, 'utf8'), path);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT') throw cause;
    throw new Failure('SANDBOX.BAD_LOCK', `${path}: there is no such file`, { place: path, cause });
  }
}

/** `place` names the file for messages. Throws SANDBOX.BAD_LOCK. */
export function parseLock(text: string, place: string): SandboxLock {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Failure('SANDBOX.BAD_LOCK', `${place}: ${why}`, { place, cause });
  };
  const lock = parsed(text, refuse);
  if (typeof lock !== 'object' || lock === null || lock.format !== 1) refuse('format is not 1');
  for (const [key, value] of [['rootTree', lock.rootTree], ['layer', lock.layer], ['release.inRelease', lock.release?.inRelease]] as const) {
    if (!isDigest(value)) refuse(`${key} is no sha256`);
  }
  if (!Number.isInteger(lock.assembly)) refuse('assembly is no number');
  if (![lock.suite, lock.component, lock.architecture].every(isText)) refuse('suite, component or architecture is missing');
  if (!Array.isArray(lock.packages) || lock.packages.length === 0) refuse('there are no packages');
  for (const one of lock.packages) if (!isPackage(one)) refuse(`the package ${JSON.stringify(one?.name)} lacks a field or has a bad one`);
  return lock;
}

function parsed(text: string, refuse: (why: string, cause?: unknown) => never): SandboxLock {
  try {
    return JSON.parse(text) as SandboxLock;
  } catch (cause) {
    return refuse('it is not JSON', cause);
  }
}

function isPackage(one: LockedPackage | null): boolean {
  return one !== null && isDigest(one.sha256) && Number.isSafeInteger(one.sizeBytes) && one.sizeBytes > 0
    && [one.name, one.version, one.architecture, one.pool].every(isText);
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isDigest = (value: unknown): boolean => typeof value === 'string' && isSha256(value);

export type LockChange =
  | { kind: 'added'; name: string; version: string }
  | { kind: 'removed'; name: string; version: string }
  | { kind: 'changed'; name: string; from: string; to: string };

/** What a new lock changes, by package name; the same version under other bytes counts as changed. */
export function compareLocks(from: Pick<SandboxLock, 'packages'> | undefined, to: Pick<SandboxLock, 'packages'>): LockChange[] {
  const old = new Map((from?.packages ?? []).map((one) => [one.name, one]));
  const next = new Map(to.packages.map((one) => [one.name, one]));
  const changes: LockChange[] = [];
  for (const [name, one] of next) {
    const before = old.get(name);
    if (before === undefined) changes.push({ kind: 'added', name, version: one.version });
    else if (before.sha256 !== one.sha256) changes.push({ kind: 'changed', name, from: before.version, to: one.version });
  }
  for (const [name, { version }] of old) if (!next.has(name)) changes.push({ kind: 'removed', name, version });
  return changes.toSorted((a, b) => compareText(a.name, b.name));
}
