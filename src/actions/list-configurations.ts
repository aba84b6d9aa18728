import type { Workshop } from './workshop.ts';

export interface ListedConfiguration {
  configuration: string;
  board: string;
  /** Number of its newest revision. */
  revision: number;
  /** Digest of that revision's content. */
  digest: string;
}

/** By name. One that has no revision was cut off while it was made, and is none yet. */
export async function listConfigurations({ records }: Workshop): Promise<ListedConfiguration[]> {
  const listed: ListedConfiguration[] = [];
  for (const { id, name, boardName } of await records.configurations.list()) {
    const revision = await records.configurations.revision(id);
    if (revision !== undefined) listed.push({ configuration: name, board: boardName, revision: revision.number, digest: revision.digest });
  }
  return listed;
}
