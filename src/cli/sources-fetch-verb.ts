import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { fetchSources, type FetchedFile } from '../actions/fetch-sources.ts';
import type { Target } from '../actions/prepare-plan.ts';
import { targetOf } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { harmless, sizeText, type Terminal } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Afterwards `build --offline` finds all it needs in the store. */
export function sourcesFetchVerb({ targets, json }: Parameters<Verbs['sourcesFetch']>[0], { terminal, withWorkshop, openFetcher }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const wanted: Target[] = [];
    for (const word of targets) wanted.push(await targetOf(word, workshop));
    const fetcher = await openFetcher(workshop, { offline: false });
    const report = await fetchSources(wanted, fetcher, (file) => noteFile(file, terminal), workshop);
    if (json) printShape(terminal, 'sources-fetch', report);
    else {
      for (const kind of ['target', 'sandbox'] as const) terminal.data(`${kind === 'target' ? `sources of ${report.targets.join(', ')}` : 'packages of the sandbox'}: ${countsText(report.files.filter((file) => file.for === kind))}\n`);
      terminal.data(report.complete ? 'a build needs no network now: ./provenroot build --offline\n' : 'a build still needs a network\n');
    }
    return report.complete ? EXIT.done : EXIT.world;
  });
}

function noteFile({ file, sizeBytes, state, origin, error }: FetchedFile, terminal: Terminal): void {
  if (state === 'fetched') terminal.note(`fetched ${harmless(file)} (${sizeText(sizeBytes)})${origin === null ? '' : ` from ${harmless(origin)}`}\n`);
  if (state === 'failed') terminal.note(`failed: ${harmless(error ?? file)}\n`);
}

function countsText(files: readonly FetchedFile[]): string {
  const count = (state: FetchedFile['state']): number => files.filter((file) => file.state === state).length;
  return `${count('fetched')} fetched, ${count('present')} there already, ${count('failed')} failed`;
}
