import type { Finding } from '../foundation/finding.ts';

export type GateName = 'schema' | 'lint' | 'cdx-validate' | 'spdx3-schema' | 'spdx3-shacl';

export interface GateResult {
  gate: GateName;
  /** No finding is an error. */
  passed: boolean;
  findings: readonly Finding[];
  /** Of score cards, by their id: how many of the rules that a machine can judge are met. */
  scores?: Readonly<Record<string, { met: number; of: number }>>;
}

export interface GateMeans {
  /** There is room in it for what a gate writes; each takes a directory of its own in it and removes that. */
  directory: string;
  signal: AbortSignal;
}

/** What findings call the document, as `lintDocument` does: where its file lay for the gate says nothing. */
export const JUDGED = 'the document';

export function gateResult(gate: GateName, findings: readonly Finding[]): GateResult {
  return { gate, passed: !findings.some(({ severity }) => severity === 'error'), findings };
}
