import type { BuildEvent } from '../build/events.ts';
import { parseStatement } from '../evidence/parse-statement.ts';
import { compareSteps, parseStepList, type DifferingStep } from '../evidence/step-comparison.ts';
import { expectedArtifacts, failedRebuild, judgeArtifacts, outcomeOf, type JudgedArtifact } from '../evidence/verdict.ts';
import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure, Fault, isCoded } from '../foundation/failure.ts';
import { readLegalBundle, type LegalBundle } from '../legal/read-legal-bundle.ts';
import { readSandboxArchive } from '../legal/sandbox-archive.ts';
import { PLAN_FORMAT } from '../plan/step.ts';
import { assembleSandbox } from '../sandbox/assemble.ts';
import { parseEnvelopeLines } from '../signing/envelope-files.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import { treeDigest } from '../tree/node.ts';
import { adoptCatalog } from './adopt-catalog.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import { preparePinned } from './queued-build.ts';
import { rebuild, type Rebuilt } from './rebuild.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

/** A home in which nothing is: what a check finds there came from the two archives. */
export interface EmptyHome {
  workshop: Workshop;
  /** Without a way to fetch anything. */
  openYard(signal: AbortSignal): Promise<Yard>;
  /** Removes it with all that is in it. */
  close(): Promise<void>;
}

export interface CheckLegalInfoMeans {
  openEmptyHome(): Promise<EmptyHome>;
  signal: AbortSignal;
  /** Assembles the sandbox from its archive even where the engine has the one that the lock names; takes a minute. */
  proveSandbox?: boolean;
  onPlan?: (prepared: PreparedPlan) => void;
  onEvent?: (event: BuildEvent) => void;
}

export type LegalOutcome = 'REPRODUCED' | 'DIFFERS' | 'INCONCLUSIVE';

export interface LegalReport {
  outcome: LegalOutcome;
  /** `left_out`, `sandbox_missing`, `engine_differs`, `definition_differs`, `input_missing`, or how a rebuild failed; null where images were compared. */
  subcode: string | null;
  message: string | null;
  definitionDigest: Sha256;
  /** Of `index.json`: what a provenance names. */
  indexSha256: Sha256;
  /** Payload of the provenance that came with it and is of the same build; its signatures are not judged here. */
  provenance: Sha256 | null;
  /** False where it names another index: a decision on a license since then changes manifests and not what was built. Null where it names none. */
  namedByProvenance: boolean | null;
  /** As the bundle says who made it. */
  release: string;
  /** What was left out of the bundle by rule. */
  missing: readonly { path: string; package: string; license: string; rule: string; sha256: Sha256 }[];
  images: readonly JudgedArtifact[];
  /** The first step that came out otherwise; null where none did, or nobody told what they gave. */
  first: DifferingStep | null;
}

type Answer = Pick<LegalReport, 'outcome' | 'subcode' | 'message'> & Partial<Pick<LegalReport, 'images' | 'first'>>;

/**
 * Builds the images of a source bundle again in an empty home, from it and the archive of the sandbox alone, and compares
 * them with what its index says. Throws LEGAL.* for archives that contradict themselves, CATALOG.INVALID for recipes that are
 * not those of the definition; then nothing was built.
 */
export async function checkLegalInfo(bundle: AsyncIterable<Uint8Array>, sandbox: AsyncIterable<Uint8Array> | undefined, means: CheckLegalInfoMeans): Promise<LegalReport> {
  const home = await means.openEmptyHome();
  try {
    const { store } = home.workshop;
    const read = await readLegalBundle(bundle, async (content) => { await store.putBlob(content); });
    const told = checkProvenance(read);
    const answer = await answerOf(read, sandbox, home, means);
    const { index: { definitionDigest, leftOut }, indexSha256 } = read;
    return {
      ...answer, ...told, definitionDigest, indexSha256, release: releaseOf(read),
      missing: leftOut.map(({ path, package: name, license, rule, sha256: digest }) => ({ path, package: name, license, rule, sha256: digest })),
      images: answer.images ?? unjudged(read), first: answer.first ?? null,
    };
  } finally {
    await home.close();
  }
}

async function answerOf(bundle: LegalBundle, sandbox: AsyncIterable<Uint8Array> | undefined, home: EmptyHome, means: CheckLegalInfoMeans): Promise<Answer> {
  const { workshop } = home;
  const { leftOut } = bundle.index;
  if (leftOut.length > 0) return undecided('left_out', `${leftOut.length} files may not be passed on and are not in the bundle: ${leftOut.slice(0, 5).map(({ path }) => path).join(', ')}${leftOut.length > 5 ? ' …' : ''}`);
  if (sandbox === undefined) return undecided('sandbox_missing', 'without the archive of the sandbox there is nothing to build in');
  const differences = engineDifferences(bundle, workshop);
  if (differences.length > 0) return undecided('engine_differs', `made by Provenroot ${releaseOf(bundle)}, whose engine is another: ${differences.join('; ')}. Check with release ${releaseOf(bundle)}.`);
  await adoptCatalog(bundle.folders, bundle.index.catalog, workshop);
  const planned = await planFrom(bundle, workshop);
  if ('outcome' in planned) return planned;
  await takeSandbox(bundle, sandbox, means.proveSandbox === true, workshop);
  means.onPlan?.(planned);
  const { signal } = means;
  const rebuilt = await rebuild(planned, { signal, onStarted: async () => undefined, onEvent: means.onEvent ?? (() => undefined) }, workshop, () => home.openYard(signal));
  return judged(bundle, rebuilt);
}

function undecided(subcode: string, message: string): Answer {
  return { outcome: 'INCONCLUSIVE', subcode, message };
}

function unjudged({ index: { images } }: LegalBundle): JudgedArtifact[] {
  return images.map(({ name, sha256: expected }) => ({ name, expected, verdict: 'INCONCLUSIVE' }));
}

/** A provenance that came along must speak of the same build; whose word it is, `verify-bundle` tells. */
function checkProvenance({ index, indexSha256, attachments: { provenance } }: LegalBundle): Pick<LegalReport, 'provenance' | 'namedByProvenance'> {
  if (provenance === undefined) return { provenance: null, namedByProvenance: null };
  const refuse = (why: string): never => { throw new Failure('LEGAL.OTHER_STATEMENT', `the provenance in the bundle ${why}`, { place: 'provenance.intoto.jsonl' }); };
  const [envelope] = parseEnvelopeLines(provenance, 'provenance.intoto.jsonl');
  const { statement, definitionDigest, payloadSha256 } = parseStatement(envelope === undefined ? refuse('is empty') : payloadBytes(envelope), 'provenance.intoto.jsonl');
  if (definitionDigest !== index.definitionDigest) refuse(`is of the definition ${definitionDigest}`);
  const images = (list: readonly { name: string; sha256: Sha256 }[]): string => canonicalJson(Object.fromEntries(list.map(({ name, sha256: digest }) => [name, digest])));
  if (images(expectedArtifacts(statement)) !== images(index.images)) refuse('is of other images');
  const named = statement.predicate.runDetails.byproducts.filter(({ annotations }) => annotations?.['role'] === 'legal-info').map(({ digest }) => digest['sha256']);
  return { provenance: payloadSha256, namedByProvenance: named.length === 0 ? null : named.includes(indexSha256) };
}

function releaseOf({ attachments: { build } }: LegalBundle): string {
  const release = build === undefined ? undefined : asRecord(parseJson(build, 'build.json'))?.['release'];
  return typeof release === 'string' && /^[0-9A-Za-z.+-]{1,64}$/.test(release) ? release : 'unknown';
}

/** What of this engine cannot give the bundle's bytes; writers of images are told by the definition that comes out. */
function engineDifferences({ definition: { format, sandbox, versions } }: LegalBundle, { engine }: Workshop): string[] {
  const parts: readonly (readonly [string, string, string])[] = [
    ['plan format', String(format), String(PLAN_FORMAT)], ['sandbox', sandbox, engine.sandbox],
    ['step runner', versions.stepRunner, versions.stepRunner === '' ? '' : sha256(engine.stepRunner)],
    ['collector', String(versions.collector), String(engine.collectorVersion)], ['finalize', String(versions.finalize), String(engine.finalizeVersion)],
  ];
  return parts.filter(([, there, here]) => there !== here).map(([part, there, here]) => `${part} ${there} there, ${here} here`);
}

/**
 * Its packages, and no other bytes, into the store. With the lock of this release the yard either finds that very root in the
 * engine, known by its digest, or assembles it from them; any other lock must first be seen to give the root that it names.
 */
async function takeSandbox({ lock }: LegalBundle, archive: AsyncIterable<Uint8Array>, prove: boolean, { store, lock: own }: Workshop): Promise<void> {
  await readSandboxArchive(archive, lock, async (content) => { await store.putBlob(content); });
  if (!prove && jsonDigest(lock) === jsonDigest(own)) return;
  const root = treeDigest(await assembleSandbox(lock, async () => undefined, store));
  if (root !== lock.rootTree) throw new Failure('LEGAL.OTHER_SANDBOX', `the packages of the second archive make the root ${root}, the lock names ${lock.rootTree}`, { details: { expected: lock.rootTree, found: root } });
}

async function planFrom({ index: { board, catalog, definitionDigest }, configuration }: LegalBundle, workshop: Workshop): Promise<PreparedPlan | Answer> {
  try {
    const prepared = await preparePinned({ target: board, configuration, catalog }, 'the configuration of the bundle', workshop);
    const found = prepared.plan.definitionDigest;
    return found === definitionDigest ? prepared : undecided('definition_differs', `the bundle is about the definition ${definitionDigest}, planned from its parts here it is ${found}`);
  } catch (error) {
    if (!isCoded(error) || error.name === 'Bug') throw error;
    return undecided('definition_differs', error.message);
  }
}

async function judged(bundle: LegalBundle, rebuilt: Rebuilt): Promise<Answer> {
  if (rebuilt.state === 'CANCELLED') throw new Fault('BUILD.INTERRUPTED', `the rebuild ${rebuilt.buildId} was cancelled`);
  if (rebuilt.state !== 'SUCCEEDED') return failed(rebuilt);
  const images = await judgeArtifacts(bundle.index.images, rebuilt.images, { comparable: true });
  const equal = outcomeOf(images) === 'REPRODUCED';
  const { steps } = bundle.attachments;
  const compared = equal || steps === undefined ? undefined : compareSteps(parseStepList(steps, 'steps.json'), rebuilt.steps);
  return { outcome: equal ? 'REPRODUCED' : 'DIFFERS', subcode: null, message: equal ? null : differing(images), images, ...(compared?.first === undefined ? {} : { first: compared.first }) };
}

/** Where the sources say no the answer is no; where this machine failed there is none. */
function failed({ failure }: Rebuilt): Answer {
  const { kind, message } = failure ?? { kind: 'internal', message: '' };
  const { result, subcode } = failedRebuild(kind);
  return { outcome: result === 'BUILD_FAILED' ? 'DIFFERS' : 'INCONCLUSIVE', subcode, message };
}

function differing(images: readonly JudgedArtifact[]): string {
  return `not as the bundle says: ${images.filter(({ verdict }) => verdict !== 'REPRODUCED').map(({ name }) => name).join(', ')}`;
}
