import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import { finalizeRoot, type Owner } from '../image/finalize-root.ts';
import { shippedInOrder, type Plan } from '../plan/plan.ts';
import type { RootStep } from '../plan/step.ts';
import type { Store } from '../store/store.ts';
import { pathBytes, type PathBytes } from '../tree/entry.ts';
import { fileAt, makeTree, type Tree } from '../tree/tree.ts';
import type { BuildDeps } from './build-deps.ts';
import { commitInProcess } from './in-process-step.ts';
import type { FinalRoot, Outputs } from './journal.ts';
import { rootTables } from './root-tables.ts';
import type { StepOutputs } from './run-plan.ts';
import type { StepResult } from './step-result.ts';

const OWNERS_FILE = pathBytes('owners.json');

/** Merges what the packages ship; the owner of every path is an output of its own beside the root. */
export async function executeRootStep(step: RootStep, actionKey: Sha256, plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  return commitInProcess(step, actionKey, deps, () => rootOutputs(step, plan, outputsOf, deps.store));
}

/** What the root step gives; a function of the plan and the packages' outputs alone. */
export async function rootOutputs(step: RootStep, plan: Plan, outputsOf: StepOutputs, store: Store): Promise<Readonly<Record<string, Tree>>> {
  const shipped = shippedInOrder(plan.resolution);
  const layers = await Promise.all(shipped.map(async ({ recipe }) => {
    const target = outputsOf(recipe.name)['target'];
    return target === undefined ? [] : [{ owner: recipe.name, tree: await store.getTree(target), overrides: recipe.overrides }];
  }));
  const final = finalizeRoot({ layers: layers.flat(), ...rootTables(shipped, plan.resolution.system) });
  const errors = final.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new Failure('BUILD.ROOT_CONFLICT', errors.map(({ message }) => message).slice(0, 5).join('; '), { place: step.id, details: { findings: errors } });
  }
  for (const bytes of final.files.values()) await store.putBlob(bytes);
  const owners = await store.putBlob(Buffer.from(ownersText(final.owners)));
  return { root: final.tree, owners: makeTree([[OWNERS_FILE, { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: owners.sha256, sizeBytes: owners.sizeBytes }]]) };
}

/** `[[path, kind, name, reason], …]` in the tree's order; path bytes as latin1. */
function ownersText(owners: ReadonlyMap<PathBytes, Owner>): string {
  return canonicalJson([...owners].map(([path, { kind, name, reason }]) => [path, kind, name, reason]));
}

/** The final root of a finished root step, read back from the store. */
export async function finalRoot(outputs: Outputs, store: Store): Promise<FinalRoot> {
  const { root, owners } = outputs;
  if (root === undefined || owners === undefined) throw new Bug('the root step gave no root or no owners');
  const file = fileAt(await store.getTree(owners), OWNERS_FILE);
  if (file === undefined) throw new Bug('the owners of the root are not where the root step puts them');
  const rows = JSON.parse(Buffer.from(await store.readBlobBytes(file.sha256)).toString('utf8')) as [PathBytes, Owner['kind'], string, string][];
  return { digest: root, tree: await store.getTree(root), owners: new Map(rows.map(([path, kind, name, reason]) => [path, { kind, name, reason }])) };
}
