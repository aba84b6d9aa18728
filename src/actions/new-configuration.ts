import { plainConfiguration } from '../catalog/configuration.ts';
import { createConfiguration } from './save-revision.ts';
import type { ConfigurationChanged } from './change-configuration.ts';
import { newestRevision } from './describe-configuration.ts';
import { resolved } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

/** A configuration that equals its board, until it is changed. */
export async function newConfiguration(name: string, board: string, workshop: Workshop): Promise<ConfigurationChanged> {
  await createConfiguration({ name, board, content: { packages: [], without: [], system: {} }, message: 'as the board' }, workshop);
  const { revision, pinned } = await newestRevision(name, workshop);
  const { packages } = resolved(plainConfiguration(board), pinned, name);
  return {
    configuration: name, board, revision: revision.number, digest: revision.digest, unchanged: false, added: [...packages.keys()], removed: [], changed: [], kernelOptions: [],
    pins: revision.pins.map(({ kind, name: pinnedName, digest }) => ({ kind, name: pinnedName, from: null, to: digest })), findings: [],
  };
}
