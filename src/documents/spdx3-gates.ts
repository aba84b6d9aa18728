import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { sortFindings, type Finding } from '../foundation/finding.ts';
import { fieldsOf, rowsIn, textOf } from './document-fields.ts';
import { gateFailed, printable, runGateProcess, tailOf } from './gate-process.ts';
import { gateResult, JUDGED, type GateMeans, type GateName, type GateResult } from './gate-result.ts';

const MEMORY_MIB = 3072;
const MAX_FINDINGS = 100;
/** Beyond it SHACL takes minutes and gigabytes: README.md has the numbers. */
const MAX_SHACL_BYTES = 8 * 1024 * 1024;

/** The published JSON schema and the model's own shapes, in one process. */
export async function spdx3Gates(path: string, sizeBytes: number, { directory, signal }: GateMeans): Promise<GateResult[]> {
  const gates: GateName[] = sizeBytes <= MAX_SHACL_BYTES ? ['spdx3-schema', 'spdx3-shacl'] : ['spdx3-schema'];
  const scratch = await mkdtemp(join(directory, 'spdx3-'));
  try {
    const gate = gates.join(' and ');
    const script = join(import.meta.dirname, 'judge-spdx3-process.ts');
    const { exitCode, stdout } = await runGateProcess({ gate, script, args: [path, ...gates], directory: scratch, document: path, memoryMiB: MEMORY_MIB, signal });
    if (exitCode !== 0) throw gateFailed(gate, `it ended with ${exitCode}: ${tailOf(stdout)}`);
    const judged = judgedBy(stdout, gate);
    return gates.map((one) => gateResult(one, findingsOf(judged[one], one)));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function judgedBy(stdout: string, gate: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(stdout));
  } catch (cause) {
    throw gateFailed(gate, 'its judgement cannot be read', cause);
  }
}

function findingsOf(rows: unknown, gate: GateName): Finding[] {
  if (!Array.isArray(rows)) throw gateFailed(gate, 'it said nothing');
  return sortFindings(rowsIn(rows).slice(0, MAX_FINDINGS).map(({ rule, at, message }) => (
    { severity: 'error', path: `${JUDGED}#${printable(textOf(at) ?? '').slice(0, 300)}`, line: 0, rule: textOf(rule) ?? 'unknown', message: printable(textOf(message) ?? '').slice(0, 500) }
  )));
}
