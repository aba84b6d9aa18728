import type { CliDeps } from './cli-deps.ts';
import type { ContentsVerbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function contentsVerbs(deps: CliDeps): ContentsVerbs {
  const decisions = async () => (await import('./license-decision-verbs.ts')).licenseDecisionVerbs(deps);
  const legal = async () => (await import('./legal-verbs.ts')).legalVerbs(deps);
  return {
    sbom: async (input) => (await import('./sbom-verb.ts')).sbomVerb(input, deps),
    sbomCheck: async (input) => (await import('./sbom-check-verb.ts')).sbomCheckVerb(input, deps),
    report: async (input) => (await import('./report-verb.ts')).reportVerb(input, deps),
    owner: async (input) => (await import('./owner-verb.ts')).ownerVerb(input, deps),
    licenses: async (input) => (await import('./licenses-verb.ts')).licensesVerb(input, deps),
    licenseDecide: async (input) => (await decisions()).licenseDecide(input),
    licenseWithdraw: async (input) => (await decisions()).licenseWithdraw(input),
    licenseDecisions: async (input) => (await decisions()).licenseDecisions(input),
    diff: async ({ only, ...input }) => (only === undefined ? (await import('./diff-verb.ts')).diffVerb(input, deps) : (await import('./diff-section-verb.ts')).diffSectionVerb({ ...input, only }, deps)),
    explainDiff: async (input) => (await import('./explain-diff-verb.ts')).explainDiffVerb(input, deps),
    history: async (input) => (await import('./history-verb.ts')).historyVerb(input, deps),
    legalInfo: async (input) => (await legal()).legalInfo(input),
    legalInfoCheck: async (input) => (await legal()).legalInfoCheck(input),
  };
}
