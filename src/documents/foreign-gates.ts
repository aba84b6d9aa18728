import { stat } from 'node:fs/promises';

import { cdxValidateGate } from './cdx-validate-gate.ts';
import type { Detail, DocumentFormat } from './document.ts';
import { gateResult, type GateMeans, type GateResult } from './gate-result.ts';
import { lintDocument } from './lint-document.ts';
import { schemaProblems } from './schema-gate.ts';
import { spdx3Gates } from './spdx3-gates.ts';

export type { GateMeans, GateResult } from './gate-result.ts';

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
