import { stat } from 'node:fs/promises';

import type { Finding } from '../foundation/finding.ts';
import { cdxValidateGate } from './cdx-validate-gate.ts';
import type { Detail, DocumentFormat } from './document.ts';
import { lintDocument } from './lint-document.ts';
import { schemaProblems } from './schema-gate.ts';
import { spdx3Gates } from './spdx3-gates.ts';

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

export interface JudgedDocument {
  format: DocumentFormat;
  detail: Detail;
  /** Of a file, absolute; a CycloneDX document with its signature, where it has one. */
  path: string;
}

/** The cheap ones, in this process: the published schema and our own rules. */
export function ownGates(bytes: Uint8Array | string, place = 'the document'): GateResult[] {
  return [['schema', schemaProblems] as const, ['lint', lintDocument] as const].map(([gate, check]) => gateResult(gate, check(bytes, place)));
}

/**
 * The judgement of other people's tools on one document, each in a process of its own. SPDX 2.3 has none here, and documents beyond a
 * gate's size are not shown to it: see `README.md` for what was measured. Throws DOCUMENTS.GATE_FAILED where a gate came to no judgement.
 */
export async function foreignGates({ format, path }: JudgedDocument, means: GateMeans): Promise<GateResult[]> {
  const { size } = await stat(path);
  if (format === 'spdx-2.3') return [];
  if (format === 'spdx-3.0.1') return spdx3Gates(path, size, means);
  return [await cdxValidateGate(path, means)];
}

export function gateResult(gate: GateName, findings: readonly Finding[]): GateResult {
  return { gate, passed: !findings.some(({ severity }) => severity === 'error'), findings };
}
