import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import type { LocalStore } from '../store/store.ts';
import { thisWriter } from '../store/writer.ts';
import { told } from './docker-engine.ts';
import { linksDirectory, ownLabels } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';

/** The options of a mount fit into one page of the kernel. */
const OPTION_BYTES = 4000;

export interface InputVolumes {
  mounts: Docker.MountSettings[];
  remove(): Promise<void>;
}

let counter = 0;

/** One read-only volume a mount point: the checked-out trees laid over each other by the kernel, nothing copied. */
export async function makeInputVolumes(command: SandboxCommand, engine: Docker, store: LocalStore, home: string): Promise<InputVolumes> {
  const directory = join(linksDirectory(home), `${thisWriter().name}.${++counter}`);
  await mkdir(join(directory, 'empty'), { recursive: true });
  const names: string[] = [];
  const remove = async (): Promise<void> => {
    for (const name of names) await told('removing an input volume', () => engine.getVolume(name).remove());
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const mounts: Docker.MountSettings[] = [];
    for (const { at, trees } of command.mounts) {
      const directories = await Promise.all(trees.map((tree) => store.checkout(tree, command.epochSeconds)));
      const name = await makeVolume(await lowerDirectories(directory, at, directories), engine, home);
      names.push(name);
      mounts.push({ Type: 'volume', Source: name, Target: at, ReadOnly: true, VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: 'local', Options: {} } } });
    }
    return { mounts, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Short links, because full paths of many trees would not fit; an overlay needs at least two directories. */
async function lowerDirectories(directory: string, at: string, checkouts: readonly string[]): Promise<string> {
  const links: string[] = [];
  for (const [i, checkout] of checkouts.entries()) {
    const link = join(directory, `${at.slice(1)}${i}`);
    await symlink(checkout, link);
    links.push(link);
  }
  const empty = join(directory, 'empty');
  const lower = [...links, ...(links.length < 2 ? [empty, ...(links.length === 0 ? [await second(directory)] : [])] : [])].join(':');
  if (lower.length > OPTION_BYTES) {
    throw new Failure('SANDBOX.TOO_MANY_INPUTS', `${at} is made of ${checkouts.length} trees, more than one mount can take here`, { place: at });
  }
  return lower;
}

async function second(directory: string): Promise<string> {
  const path = join(directory, 'empty2');
  await mkdir(path, { recursive: true });
  return path;
}

async function makeVolume(lowerDirectory: string, engine: Docker, home: string): Promise<string> {
  const name = `provenroot-${uniqueName()}`;
  await told('making an input volume', () => engine.createVolume({
    Name: name, Driver: 'local', Labels: ownLabels(home), DriverOpts: { type: 'overlay', device: 'overlay', o: `lowerdir=${lowerDirectory}` },
  }));
  return name;
}
