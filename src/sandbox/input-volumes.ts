import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import type { LocalStore } from '../store/store.ts';
import { thisWriter } from '../store/writer.ts';
import { linksDirectory, OWNER_FILE, ownLabels } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';

/** The options of a mount fit into one page of the kernel (4096 bytes, `lowerdir=` and the ending NUL included). */
const OPTION_BYTES = 4080;

export interface InputVolumes {
  mounts: Docker.MountSettings[];
  remove(): Promise<void>;
}

/**
 * One volume a mount point: the checked-out trees laid over each other by the kernel, nothing copied. An overlay
 * without an upper directory takes no writes. The volumes are anonymous: made and removed with the container.
 */
export async function makeInputVolumes(command: SandboxCommand, store: LocalStore, home: string): Promise<InputVolumes> {
  const directory = await makeDirectory(linksDirectory(home), command.epochSeconds);
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const mounts: Docker.MountSettings[] = [];
    for (const { at, trees } of command.mounts) {
      const checkouts = await Promise.all(trees.map((tree) => store.checkout(tree, command.epochSeconds)));
      mounts.push(overlayVolume(at, await lowerDirectories(directory, at, checkouts), ownLabels(home)));
    }
    return { mounts, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Of a short name, and never seen without the file that says whose it is: renamed when it has one. */
async function makeDirectory(parent: string, epochSeconds: number): Promise<string> {
  if (/[,:\\]/.test(parent)) {
    throw new Failure('SANDBOX.BAD_HOME', `the home directory ${parent} has a comma, colon or backslash in it, which mounts cannot take`, { place: parent });
  }
  const draft = join(parent, `${thisWriter().name}.${uniqueName()}`);
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, OWNER_FILE), thisWriter().name);
  for (const name of ['e', 'f']) {
    await mkdir(join(draft, name));
    await utimes(join(draft, name), epochSeconds, epochSeconds);
  }
  // Renaming onto an empty directory replaces it.
  const directory = await mkdtemp(join(parent, 'l'));
  await rename(draft, directory);
  return directory;
}

/** Short links, because full paths of many trees would not fit; an overlay needs at least two directories. */
async function lowerDirectories(directory: string, at: string, checkouts: readonly string[]): Promise<string> {
  const links: string[] = [];
  for (const [i, checkout] of checkouts.entries()) {
    const link = join(directory, `${at.slice(1, 3)}${i}`);
    await symlink(checkout, link);
    links.push(link);
  }
  const empty = ['e', 'f'].slice(0, Math.max(0, 2 - links.length)).map((name) => join(directory, name));
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
