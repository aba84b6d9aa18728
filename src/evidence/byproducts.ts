import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { sortedBy } from '../foundation/order.ts';
import type { BuildFacts, ExecutionFacts, FetchFacts, StepFacts } from './build-facts.ts';
import { SANDBOX_PACKAGES, tableBlobs } from './dependencies.ts';
import type { Descriptor } from './statement-schema.ts';

/** Names of the lists that every statement of ours has beside it. */
export const BYPRODUCTS = { steps: 'steps.json', logs: 'logs.json', files: 'files.jsonl', fetches: 'fetches.json', sandboxPackages: SANDBOX_PACKAGES } as const;

const JSON_TYPE = 'application/json';

/** What is too long for a statement: named in it by digest, kept in the store by whoever makes the statement. */
export interface Byproducts {
  descriptors: Descriptor[];
  /** Bytes of all that is named, but for documents, which are in the store already; tables of the root too. */
  blobs: ReadonlyMap<Sha256, Uint8Array>;
}

export function byproductsOf(facts: BuildFacts): Byproducts {
  const lists = [
    list(BYPRODUCTS.steps, 'steps', JSON_TYPE, Buffer.from(canonicalJson(stepList(facts)))),
    list(BYPRODUCTS.logs, 'log', JSON_TYPE, Buffer.from(canonicalJson(logList(facts)))),
    list(BYPRODUCTS.files, 'file-manifest', 'application/x-ndjson', facts.fileManifest),
    list(BYPRODUCTS.fetches, 'fetch-log', JSON_TYPE, Buffer.from(canonicalJson(fetchList(facts)))),
    list(BYPRODUCTS.sandboxPackages, 'sandbox-packages', JSON_TYPE, Buffer.from(canonicalJson(facts.sandbox.packages))),
  ];
  const documents = facts.documents.map(({ name, role, mediaType, sha256: digest, sizeBytes }) => byproduct(name, role, mediaType, digest, sizeBytes));
  return {
    descriptors: sortedBy([...lists.map(({ descriptor }) => descriptor), ...documents], ({ name }) => name),
    blobs: new Map([...lists, ...tableBlobs(facts)].map(({ digest, bytes }) => [digest, bytes])),
  };
}

function list(name: string, role: string, mediaType: string, bytes: Uint8Array): { descriptor: Descriptor; digest: Sha256; bytes: Uint8Array } {
  const digest = sha256(bytes);
  return { descriptor: byproduct(name, role, mediaType, digest, bytes.byteLength), digest, bytes };
}

function byproduct(name: string, role: string, mediaType: string, digest: Sha256, sizeBytes: number): Descriptor {
  return { name, digest: { sha256: digest }, mediaType, annotations: { role, sizeBytes: String(sizeBytes) } };
}

/** One step as the list of steps has it: enough to say which is the first that came out otherwise, and over what. */
export type ListedStep = Omit<StepFacts, 'execution'> & { execution: object | null };

function stepList({ steps }: BuildFacts): ListedStep[] {
  return steps.map(({ name, kind, recipe, stage, planKey, actionKey, outcome, nondeterministic, needs, outputs, execution }: StepFacts) => ({
    name, kind, recipe, stage, planKey, actionKey, outcome, nondeterministic, needs: [...needs], outputs, execution: execution === null ? null : executionRow(execution),
  }));
}

function executionRow({ id, buildId, startedAt, finishedAt, cpuMs, wallMs, peakMemoryBytes, runner }: ExecutionFacts): object {
  return { id, buildId, startedAt: startedAt.toISOString(), finishedAt: finishedAt.toISOString(), cpuMs, wallMs, peakMemoryBytes, runner };
}

/** Log of each step's execution; a result that some other record holds has none. */
function logList({ steps }: BuildFacts): object[] {
  return steps.map(({ name, execution }) => ({ step: name, ...(execution?.log ?? { sha256: null, sizeBytes: 0 }) }));
}

function fetchList({ fetches }: BuildFacts): object[] {
  return sortedBy(fetches, ({ sha256: digest }) => digest).map(({ fetchedAt, url, ...one }) => ({ ...one, url: publicUrl(url), fetchedAt: fetchedAt.toISOString() }));
}

/** The address that each source really came from. */
export function locationsOf(fetches: readonly FetchFacts[]): Record<Sha256, string> {
  return Object.fromEntries(sortedBy(fetches, ({ sha256: digest }) => digest).map(({ sha256: digest, url }) => [digest, publicUrl(url)]));
}

/** Sources of the definition for which no download is on record. */
export function unrecordedSources({ definition, fetches }: Pick<BuildFacts, 'definition' | 'fetches'>): string[] {
  const fetched = new Set(fetches.filter(({ url }) => url !== '').map(({ sha256: digest }) => digest));
  return definition.inputs.filter(({ role, digest }) => role === 'source' && !fetched.has(digest)).map(({ name }) => name);
}

/** An operator's mirror may want a password: statements are public. */
function publicUrl(address: string): string {
  const url = URL.parse(address);
  if (url === null || (url.username === '' && url.password === '')) return address;
  url.username = '';
  url.password = '';
  return url.href;
}
