import type { AttestMeans } from '../actions/attest-finished.ts';
import { documentBuild, type DocumentMeans } from '../actions/document-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { CliDeps } from './cli-deps.ts';

/** The machine is asked for an engine, and set up, only where something has to run. */
export function documentMeans(deps: CliDeps, workshop: Workshop): DocumentMeans {
  return {
    signal: deps.signal,
    openYard: async () => {
      await deps.setUp(['build']);
      return deps.openYard(workshop, { offline: false });
    },
  };
}

export function attestMeans(deps: CliDeps, workshop: Workshop): AttestMeans {
  return { ...documentMeans(deps, workshop), openDesk: () => deps.openDesk(workshop) };
}

/** The build that a word names, with its inventory and license texts on record. */
export async function documented(build: string, deps: CliDeps, workshop: Workshop): Promise<string> {
  const { id } = await workshop.records.resolveBuild(build);
  await documentBuild(id, workshop, documentMeans(deps, workshop));
  return id;
}
