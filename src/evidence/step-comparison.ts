import type { Sha256 } from '../foundation/digest.ts';
import { sortedEntries } from '../foundation/order.ts';
import { parsedAs, parsePayload } from './parse-statement.ts';
import { list, open, record, string, type ShapeOf } from './shape.ts';
import { digest } from './statement-schema.ts';

const name = string(1024, 1);
const step = open({ name, needs: list(name, 1000), outputs: record(name, digest), actionKey: digest, planKey: digest });
/** A step as the byproduct `steps.json` of a provenance lists it. */
export type StatedStep = ShapeOf<typeof step>;

/** Hostile bytes of `steps.json`, in the order of the plan. Throws EVIDENCE.BAD_STATEMENT and what `parsePayload` throws. */
export function parseStepList(bytes: Uint8Array, place: string): StatedStep[] {
  return parsedAs(list(step, 20_000), parsePayload(bytes, place), place);
}

/** A step that a rebuild came to; one that did not get to its end has no outputs. */
export interface RebuiltStep { name: string; outputs?: Readonly<Record<string, Sha256>> }

export interface DifferingStep {
  step: string;
  /** Outputs that differ; `null` where one side has none of the name. */
  outputs: { name: string; expected: Sha256 | null; actual: Sha256 | null }[];
  /** What it was made from: outputs of its needs, the same on both sides. */
  inputs: { step: string; outputs: Readonly<Record<string, Sha256>> }[];
}

export interface StepComparison {
  /** In the order of the plan, so everything before it is equal. */
  first?: DifferingStep;
  /** Steps that differ although all of their needs agree: each is a cause of its own. */
  causes: readonly string[];
  /** Steps that differ because a need of theirs does. */
  followed: readonly string[];
  compared: number;
}

/** Where a rebuild left the recorded path. `expected` is in the order of the plan. */
export function compareSteps(expected: readonly StatedStep[], actual: readonly RebuiltStep[]): StepComparison {
  const rebuilt = new Map(actual.map(({ name: of, outputs }) => [of, outputs]));
  const stated = new Map(expected.map((one) => [one.name, one]));
  const differing = new Set<string>();
  const causes: string[] = [];
  let first: DifferingStep | undefined;
  for (const one of expected) {
    const outputs = rebuilt.get(one.name);
    if (outputs === undefined) continue;
    const differences = differingOutputs(one.outputs, outputs);
    if (differences.length === 0) continue;
    if (!one.needs.some((need) => differing.has(need))) causes.push(one.name);
    differing.add(one.name);
    first ??= { step: one.name, outputs: differences, inputs: one.needs.map((need) => ({ step: need, outputs: stated.get(need)?.outputs ?? {} })) };
  }
  return {
    ...(first === undefined ? {} : { first }), causes, followed: [...differing].filter((one) => !causes.includes(one)),
    compared: expected.filter((one) => rebuilt.get(one.name) !== undefined).length,
  };
}

function differingOutputs(expected: Readonly<Record<string, Sha256>>, actual: Readonly<Record<string, Sha256>>): DifferingStep['outputs'] {
  const names = Object.fromEntries([...Object.keys(expected), ...Object.keys(actual)].map((of) => [of, true]));
  return sortedEntries(names).map(([of]) => ({ name: of, expected: expected[of] ?? null, actual: actual[of] ?? null })).filter((one) => one.expected !== one.actual);
}
