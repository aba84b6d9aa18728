import type { NewTask } from '../queue/task.ts';

/** Kinds of tasks beside builds; each row's id is its key, so that nothing is done twice. */
export const VERIFY_TASK = 'verify';
export const VARY_TASK = 'vary';
export const RELEASE_TASK = 'release';
export const IMPORT_TASK = 'import';

export function verifyTask(verificationId: string): NewTask {
  return { kind: VERIFY_TASK, key: verificationId, payload: { verificationId } };
}

export function varyTask(variationId: string): NewTask {
  return { kind: VARY_TASK, key: variationId, payload: { variationId } };
}

/** `policySha256`: text of a policy that the build must not violate, in the store. */
export function releaseTask(release: { product: string; version: string; buildId: string; policySha256?: string }): NewTask {
  return { kind: RELEASE_TASK, key: JSON.stringify(['release', release.product, release.version]), payload: { ...release } };
}

/** `sha256`: of the envelopes, which lie in the store. */
export function importTask(sha256: string): NewTask {
  return { kind: IMPORT_TASK, key: JSON.stringify(['import', sha256]), payload: { sha256 } };
}
