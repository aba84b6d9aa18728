import type { ParsedStatement } from '../evidence/parse-statement.ts';
import { Failure } from '../foundation/failure.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import { fetchForPlans } from './fetch-sources.ts';
import { planOfStatement } from './plan-of-statement.ts';
import type { Workshop } from './workshop.ts';

/**
 * All that a rebuild of the statement takes, in the store from now on: a build that found the sandbox in the engine never
 * had its packages here. Throws EVIDENCE.INPUT_MISSING with every one that cannot be had any more.
 */
export async function retainInputs(statement: ParsedStatement, openFetcher: () => Promise<SourceFetcher>, workshop: Workshop): Promise<void> {
  const { definition } = statement;
  if (definition.sandbox !== workshop.lock.rootTree) {
    throw new Failure('EVIDENCE.INPUT_MISSING', `the sandbox of the statement is ${definition.sandbox}, this version has the packages of ${workshop.lock.rootTree}`, { hint: 'Use the release of Provenroot that made the build.' });
  }
  const wanted = [...definition.inputs.filter(({ role }) => role === 'source').map(({ digest }) => digest), ...workshop.lock.packages.map(({ sha256 }) => sha256)];
  if ((await Promise.all(wanted.map((digest) => workshop.store.hasBlob(digest)))).every(Boolean)) return;
  const { files } = await fetchForPlans([await planOfStatement(statement, workshop)], await openFetcher(), () => undefined, workshop);
  const failed = files.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return;
  throw new Failure('EVIDENCE.INPUT_MISSING', `${failed.length} inputs cannot be had: ${failed.slice(0, 3).map(({ file, error }) => `${file}: ${error}`).join('; ')}`, { details: { missing: failed.map(({ file }) => file) } });
}
