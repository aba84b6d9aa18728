import type { CliDeps } from './cli-deps.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Each verb with its parts is loaded when it is asked for. */
export function evidenceVerbs(deps: CliDeps): EvidenceVerbs {
  const keys = async () => (await import('./keys-verbs.ts')).keysVerbs(deps);
  const releases = async () => (await import('./release-verbs.ts')).releaseVerbs(deps);
  const quarantines = async () => (await import('./quarantine-verbs.ts')).quarantineVerbs(deps);
  const log = async () => (await import('./transparency-verbs.ts')).transparencyVerbs(deps);
  return {
    attest: async (input) => (await import('./attest-verb.ts')).attestVerb(input, deps),
    verify: async (input) => (await import('./verify-verb.ts')).verifyVerb(input, deps),
    summary: async (input) => (await import('./summary-verb.ts')).summaryVerb(input, deps),
    who: async (input) => (await import('./who-verb.ts')).whoVerb(input, deps),
    evidence: async (input) => (await import('./evidence-verb.ts')).evidenceVerb(input, deps),
    verifyBundle: async (input) => (await import('./verify-bundle-verb.ts')).verifyBundleVerb(input, deps),
    importStatements: async (input) => (await import('./import-verb.ts')).importVerb(input, deps),
    vary: async (input) => (await import('./vary-verb.ts')).varyVerb(input, deps),
    releaseCreate: async (input) => (await releases()).releaseCreate(input),
    releaseList: async (input) => (await releases()).releaseList(input),
    logFsck: async (input) => (await log()).logFsck(input),
    logProof: async (input) => (await log()).logProof(input),
    keysList: async (input) => (await keys()).keysList(input),
    keysRoot: async (input) => (await keys()).keysRoot(input),
    keysPublic: async (input) => (await keys()).keysPublic(input),
    keysRotate: async (input) => (await keys()).keysRotate(input),
    keysTrust: async (input) => (await keys()).keysTrust(input),
    keysDistrust: async (input) => (await keys()).keysDistrust(input),
    quarantineOpen: async (input) => (await quarantines()).quarantineOpen(input),
    quarantineReview: async (input) => (await quarantines()).quarantineReview(input),
    quarantineList: async (input) => (await quarantines()).quarantineList(input),
  };
}
