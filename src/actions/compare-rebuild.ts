import { findEquivalence } from '../evidence/normalisers.ts';
import type { ParsedStatement } from '../evidence/parse-statement.ts';
import { compareSteps, parseStepList, type DifferingStep, type StepComparison } from '../evidence/step-comparison.ts';
import { expectedArtifacts, judgeArtifacts, uncompressedForm, type JudgedArtifact } from '../evidence/verdict.ts';
import { BYPRODUCTS } from '../evidence/byproducts.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import { treeDifferences, type TreeDifference } from '../tree/differences.ts';
import type { Tree } from '../tree/tree.ts';
import type { Rebuilt } from './rebuild.ts';
import type { Workshop } from './workshop.ts';

/** A file of a step's output that came out otherwise. */
export interface DifferingFile extends TreeDifference { output: string }

export interface ComparedRebuild {
  artifacts: readonly JudgedArtifact[];
  /** Absent where the original's list of steps is not here. */
  steps?: StepComparison;
  /** Of the first step that differs; empty where the original's trees are not here. At most FILES_KEPT. */
  files: readonly DifferingFile[];
}

const FILES_KEPT = 100;

/** A rebuild against what the statement names: images by digest, then every step, then the files of the first that differs. */
export async function compareRebuild(statement: ParsedStatement, rebuilt: Rebuilt, workshop: Pick<Workshop, 'store'>): Promise<ComparedRebuild> {
  const { store } = workshop;
  const artifacts = await judgeArtifacts(expectedArtifacts(statement.statement), rebuilt.images, {
    comparable: true,
    equivalence: async ({ name, expected, actual }) => {
      const uncompressed = uncompressedForm(statement.statement, name);
      const original = { ...(await store.hasBlob(expected) ? { bytes: () => store.readBlob(expected) } : {}), ...(uncompressed === undefined ? {} : { uncompressed }) };
      return findEquivalence(name, original, () => store.readBlob(actual));
    },
  });
  const steps = await statedSteps(statement, rebuilt, workshop);
  return { artifacts, ...(steps === undefined ? {} : { steps }), files: steps?.first === undefined ? [] : await differingFiles(steps.first, workshop) };
}

async function statedSteps({ statement }: ParsedStatement, { steps }: Rebuilt, { store }: Pick<Workshop, 'store'>): Promise<StepComparison | undefined> {
  const listed = statement.predicate.runDetails.byproducts.find(({ name }) => name === BYPRODUCTS.steps)?.digest['sha256'] as Sha256 | undefined;
  if (listed === undefined || !await store.hasBlob(listed)) return undefined;
  return compareSteps(parseStepList(await store.readBlobBytes(listed), `the list of steps ${listed}`), steps);
}

async function differingFiles({ outputs }: DifferingStep, workshop: Pick<Workshop, 'store'>): Promise<DifferingFile[]> {
  const files: DifferingFile[] = [];
  for (const { name, expected, actual } of outputs) {
    const before = expected === null ? undefined : await treeHere(expected, workshop);
    const after = actual === null ? undefined : await treeHere(actual, workshop);
    if (before !== undefined && after !== undefined) files.push(...treeDifferences(before, after).map((one) => ({ ...one, output: name })));
  }
  return files.slice(0, FILES_KEPT);
}

async function treeHere(digest: Sha256, { store }: Pick<Workshop, 'store'>): Promise<Tree | undefined> {
  try {
    return await store.getTree(digest);
  } catch (error) {
    if (isCoded(error) && error.code === 'STORE.MISSING') return undefined;
    throw error;
  }
}
