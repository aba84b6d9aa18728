import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type Docker from 'dockerode';

import { errorCodeOf } from '../foundation/failure.ts';
import { lifeOf, thisWriter } from '../store/writer.ts';
import { statusOf, told } from './docker-engine.ts';

/** Labels of everything that a runner makes in the engine. */
export const HOME_LABEL = 'provenroot.home';
export const OWNER_LABEL = 'provenroot.owner';

/** In each directory below `linksDirectory`: the name of the process that made it. */
export const OWNER_FILE = 'owner';

export function ownLabels(home: string): Record<string, string> {
  return { [HOME_LABEL]: home, [OWNER_LABEL]: thisWriter().name };
}

/**
 * Removes what dead processes of this home left: containers with their volumes, volumes alone, directories with links
 * to inputs. What a living process owns is not touched. Safe to call from several processes at once.
 */
export async function removeLeftovers(engine: Docker, home: string): Promise<void> {
  await told('removing leftovers', async () => {
    const filters = JSON.stringify({ label: [`${HOME_LABEL}=${home}`] });
    for (const { Id, Labels } of await engine.listContainers({ all: true, filters })) {
      if (isDead(Labels[OWNER_LABEL])) await unlessGone(() => engine.getContainer(Id).remove({ force: true, v: true }));
    }
    const { Volumes } = await engine.listVolumes({ filters });
    for (const { Name, Labels } of Volumes ?? []) {
      if (isDead(Labels?.[OWNER_LABEL])) await unlessGone(() => engine.getVolume(Name).remove());
    }
  });
  await removeDeadDirectories(linksDirectory(home));
}

export function linksDirectory(home: string): string {
  return join(home, 'links');
}

/** The engine runs on this machine, so whoever started before the machine did is dead too. */
function isDead(owner: string | undefined): boolean {
  return owner === undefined || lifeOf(owner) === 'dead' || owner.split('.')[0] !== thisWriter().boot;
}

/** Two commands may clean at once: the second finds nothing, or the engine busy with the first's removal (409). */
export async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (statusOf(error) !== 404 && statusOf(error) !== 409) throw error;
  }
}

async function removeDeadDirectories(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    const owner = await ownerOf(directory, name);
    if (owner !== undefined && isDead(owner)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** A directory that is only being made says in its own name whose it is; an empty short one may get its content any moment. */
async function ownerOf(directory: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, name, OWNER_FILE), 'utf8');
  } catch {
    return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : undefined;
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
