import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { guard, type BuildHandle } from './build-records.ts';
import { columnsOf, inTransaction, touched, type Sql } from './sql.ts';

/** One step as planned. */
export interface PlannedStepRow {
  name: string;
  /** `container`, `root`, `image`. */
  kind: string;
  recipe?: string;
  recipeDigest?: Sha256;
  stage?: string;
  architecture?: string;
  planKey: Sha256;
  expectedMs?: number;
  reason?: string;
  /** `kind` is `toolchain`, `build`, `host`, `run`, `stage` or `root`. */
  needs: readonly { step: string; kind: string }[];
}

export interface PackageRow {
  name: string;
  version: string;
  recipeDigest: Sha256;
  /** As in the recipe: `package`, `toolchain`, `kernel`, `skeleton`. */
  role: string;
  /** SPDX license expression. */
  license: string;
  options: Readonly<Record<string, unknown>>;
  /** Why it is in; each a JSON object. */
  reasons: readonly unknown[];
  /** The step that ships it. */
  stepName?: string;
}

export interface InputRow {
  /** `source`, `patch`, `file`, `recipe`, `template`, `sandbox` … */
  role: string;
  name: string;
  digest: Sha256;
  sizeBytes?: number;
  /** The address that its bytes came from, where one was used. */
  url?: string;
}

export interface BuildPlan {
  /** In the order of the plan. */
  steps: readonly PlannedStepRow[];
  packages: readonly PackageRow[];
  inputs: readonly InputRow[];
}

/** What a build consists of; the definition fixes it, so a second call changes nothing. */
export async function recordPlan(pool: pg.Pool, build: BuildHandle, plan: BuildPlan): Promise<void> {
  await inTransaction(pool, async (sql) => {
    await guard(sql, build);
    await insertSteps(sql, build.id, plan.steps);
    await insertNeeds(sql, build.id, plan.steps.flatMap(({ name, needs }) => needs.map((need) => ({ name, ...need }))));
    await insertPackages(sql, build.id, plan.packages);
    await insertInputs(sql, build.id, distinctInputs(plan.inputs));
    await touched(sql, 'UPDATE builds SET steps_total = $2 WHERE id = $1', [build.id, plan.steps.length]);
  });
}

async function insertSteps(sql: Sql, buildId: string, steps: readonly PlannedStepRow[]): Promise<void> {
  await touched(sql, `
    INSERT INTO build_steps (build_id, position, name, kind, recipe, recipe_digest, stage, architecture, plan_key, expected_ms, reason)
    SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[], $11::text[])
    ON CONFLICT DO NOTHING`,
  [buildId, steps.map((_, position) => position), ...columnsOf(steps, (step) => step.name, (step) => step.kind, (step) => step.recipe ?? null,
    (step) => step.recipeDigest ?? null, (step) => step.stage ?? null, (step) => step.architecture ?? null, (step) => step.planKey,
    (step) => step.expectedMs === undefined ? null : Math.round(step.expectedMs), (step) => step.reason ?? null)]);
}

async function insertNeeds(sql: Sql, buildId: string, needs: readonly { name: string; step: string; kind: string }[]): Promise<void> {
  await touched(sql, `
    INSERT INTO build_step_needs (build_id, step_name, need, kind) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
  [buildId, ...columnsOf(needs, ({ name }) => name, ({ step }) => step, ({ kind }) => kind)]);
}

async function insertPackages(sql: Sql, buildId: string, packages: readonly PackageRow[]): Promise<void> {
  await touched(sql, `
    INSERT INTO build_packages (build_id, name, version, recipe_digest, role, license, options, reasons, step_name)
    SELECT $1, name, version, recipe_digest, role, license, options::jsonb, reasons::jsonb, step_name
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
      AS given(name, version, recipe_digest, role, license, options, reasons, step_name)
    ON CONFLICT DO NOTHING`,
  [buildId, ...columnsOf(packages, ({ name }) => name, ({ version }) => version, ({ recipeDigest }) => recipeDigest, ({ role }) => role,
    ({ license }) => license, ({ options }) => canonicalJson(options), ({ reasons }) => canonicalJson(reasons), ({ stepName }) => stepName ?? null)]);
}

async function insertInputs(sql: Sql, buildId: string, inputs: readonly InputRow[]): Promise<void> {
  await touched(sql, `
    INSERT INTO build_inputs (build_id, role, name, digest, size_bytes, url)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int8[], $6::text[]) ON CONFLICT DO NOTHING`,
  [buildId, ...columnsOf(inputs, ({ role }) => role, ({ name }) => name, ({ digest }) => digest, ({ sizeBytes }) => sizeBytes ?? null, ({ url }) => url ?? null)]);
}

/** Where two inputs share role and name (a file of two stages), each is told by its whole digest. */
function distinctInputs(inputs: readonly InputRow[]): InputRow[] {
  const digests = new Map<string, Set<string>>();
  const place = ({ role, name }: InputRow): string => `${role}\0${name}`;
  for (const input of inputs) digests.set(place(input), (digests.get(place(input)) ?? new Set()).add(input.digest));
  return inputs.map((input) => digests.get(place(input))!.size === 1 ? input : { ...input, name: `${input.name}@${input.digest}` });
}
