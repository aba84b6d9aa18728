import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type Docker from 'dockerode';

import { Failure, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import type { LocalStore } from '../store/store.ts';
import { thisWriter } from '../store/writer.ts';
import { messageOf } from './docker-engine.ts';
import { linksDirectory, OWNER_FILE, ownLabels } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';
import { OTHER_PLACE } from './variation.ts';

/** The options of a mount fit into one page of the kernel (4096 bytes, `lowerdir=` and the ending NUL included). */
const OPTION_BYTES = 4080;

const EMPTY_DIRECTORIES = ['e', 'f'];

export interface InputVolumes {
  mounts: Docker.MountSettings[];
  remove(): Promise<void>;
}

/**
 * One volume a mount point: the checked-out trees laid over each other by the kernel, nothing copied. An overlay
 * without an upper directory takes no writes. The volumes are anonymous: made and removed with the container.
 */
export async function makeInputVolumes(command: SandboxCommand, store: LocalStore, home: string): Promise<InputVolumes> {
  const { surroundings } = command;
  const top = await makeDirectory(linksDirectory(home), command.epochSeconds, surroundings?.place);
  const remove = (): Promise<void> => rm(top, { recursive: true, force: true });
  try {
    const directory = surroundings?.varied.has('store-path') === true ? await otherDirectory(top) : top;
    const mounts: Docker.MountSettings[] = [];
    for (const { at, trees } of command.mounts) {
      const standing = await Promise.all(trees.map((tree) => store.checkout(tree, command.epochSeconds)));
      const checkouts = surroundings?.varied.has('cache') === true ? await copies(standing, directory, at) : standing;
      mounts.push(overlayVolume(at, await lowerDirectories(directory, at, checkouts), ownLabels(home)));
    }
    return { mounts, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Of a short name, and never seen without the file that says whose it is: renamed when it has one. */
async function makeDirectory(parent: string, epochSeconds: number, place?: string): Promise<string> {
  if (/[,:\\]/.test(parent)) {
    throw new Failure('SANDBOX.BAD_HOME', `the home directory ${parent} has a comma, colon or backslash in it, which mounts cannot take`, { place: parent });
  }
  const draft = join(parent, `${thisWriter().name}.${uniqueName()}`);
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, OWNER_FILE), thisWriter().name);
  for (const name of EMPTY_DIRECTORIES) {
    await mkdir(join(draft, name));
    await utimes(join(draft, name), epochSeconds, epochSeconds);
  }
  // Renaming onto an empty directory replaces it.
  const directory = place === undefined ? await mkdtemp(join(parent, 'l')) : join(parent, place);
  await rename(draft, directory);
  return directory;
}

/** A longer path to the same inputs. */
async function otherDirectory(top: string): Promise<string> {
  const directory = join(top, OTHER_PLACE);
  await mkdir(directory);
  for (const name of EMPTY_DIRECTORIES) await rename(join(top, name), join(directory, name));
  return directory;
}

/** Hard links and times as they are, inodes new: what a store has that has only just checked its trees out. */
async function copies(checkouts: readonly string[], directory: string, at: string): Promise<string[]> {
  return Promise.all(checkouts.map(async (checkout, i) => {
    const copy = join(directory, `c${at.slice(1, 3)}${i}`);
    await promisify(execFile)('cp', ['--archive', '--reflink=auto', checkout, copy]).catch((cause: unknown) => {
      throw new Fault('SANDBOX.CANNOT_COPY', `inputs for ${at} could not be copied: ${messageOf(cause)}`, { place: at, cause });
    });
    return copy;
  }));
}

/** Short links, because full paths of many trees would not fit; an overlay needs at least two directories. */
async function lowerDirectories(directory: string, at: string, checkouts: readonly string[]): Promise<string> {
  const links: string[] = [];
  for (const [i, checkout] of checkouts.entries()) {
    const link = join(directory, `${at.slice(1, 3)}${i}`);
    await symlink(checkout, link);
    links.push(link);
  }
  const empty = EMPTY_DIRECTORIES.slice(0, Math.max(0, 2 - links.length)).map((name) => join(directory, name));
  const lower = [...links, ...empty].join(':');
  if (Buffer.byteLength(lower) > OPTION_BYTES - 'lowerdir='.length) {
    throw new Failure('SANDBOX.TOO_MANY_INPUTS', `${at} is made of ${checkouts.length} trees, more than one mount can take here`, { place: at });
  }
  return lower;
}

function overlayVolume(at: string, lower: string, labels: Record<string, string>): Docker.MountSettings {
  const options = { type: 'overlay', device: 'overlay', o: `lowerdir=${lower}` };
  return { Type: 'volume', Source: '', Target: at, VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: options } } };
}
