import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { StepDefinition, StepId, StepNeed } from './step.ts';

/** Pure and recursive over definitions: known before anything is built. */
export function planKey(definition: StepDefinition, needs: readonly StepNeed[], keyOf: (step: StepId) => Sha256): Sha256 {
  return jsonDigest({ definition, needs: needs.map(({ step, output, at }) => ({ at, output, plan: keyOf(step) })) });
}

/**
 * Over what the needs really gave: an unchanged output stops the rebuild there (early cut-off).
 * `outputsOf` returns the output trees of a finished step by name; an output it does not have counts as `null`.
 */
export function actionKey(
  definition: StepDefinition, needs: readonly StepNeed[], outputsOf: (step: StepId) => Readonly<Record<string, Sha256>>,
): Sha256 {
  const given = needs.map(({ step, output, at }) => {
    const outputs = outputsOf(step);
    return { at, output, trees: output === '*' ? outputs : outputs[output] ?? null };
  });
  return jsonDigest({ definition, needs: given });
}
