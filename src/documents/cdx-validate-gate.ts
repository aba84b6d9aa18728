import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { sortFindings, type Finding } from '../foundation/finding.ts';
import { fieldsOf, rowsIn, textOf, type Fields } from './document-fields.ts';
import { gateFailed, printable, runGateProcess, tailOf } from './gate-process.ts';
import { JUDGED, type GateMeans, type GateResult } from './gate-result.ts';

const GATE = 'cdx-validate';
/** Its exit codes with `--strict`: 2 the schema, 3 its own checks or a rule of a score card. */
const JUDGEMENTS = new Set([0, 2, 3]);
const MEMORY_MIB = 2048;
const MAX_REPORT_BYTES = 16 * 1024 * 1024;
const MAX_FINDINGS = 100;
/**
 * What no document can help: who answers for the product is the configuration's to say, and a document too large to be signed inside
 * is signed beside. Told, and no reason to refuse.
 */
const NOT_THE_DOCUMENTS: readonly string[] = ['CRA-MIN-001', 'CRA-MIN-002', 'SCVS-2.4'];

/** `cdx-validate --strict` of cdxgen: the schema, purls and references, OWASP SCVS and what the EU's CRA asks of an SBOM. */
export async function cdxValidateGate(path: string, { directory, signal }: GateMeans): Promise<GateResult> {
  const scratch = await mkdtemp(join(directory, 'cdx-validate-'));
  try {
    const reportPath = join(scratch, 'report.json');
    const script = join(dirname(createRequire(import.meta.url).resolve('@cyclonedx/cdxgen')), 'bin/validate.js');
    const args = ['--input', path, '--strict', '--report', 'json', '--report-file', reportPath, '--no-include-manual'];
    const { exitCode, stdout } = await runGateProcess({ gate: GATE, script, args, directory: scratch, document: path, memoryMiB: MEMORY_MIB, signal });
    if (!JUDGEMENTS.has(exitCode)) throw gateFailed(GATE, `it ended with ${exitCode}: ${tailOf(stdout)}`);
    return resultOf(await readReport(reportPath), exitCode, stdout);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function readReport(path: string): Promise<Fields> {
  try {
    if ((await stat(path)).size > MAX_REPORT_BYTES) throw gateFailed(GATE, 'its report is too long');
    const report = fieldsOf(JSON.parse(await readFile(path, 'utf8')));
    if (typeof report['schemaValid'] === 'boolean' && typeof report['deepValid'] === 'boolean') return report;
  } catch (cause) {
    throw gateFailed(GATE, 'its report cannot be read', cause);
  }
  throw gateFailed(GATE, 'its report does not say what it found');
}

function resultOf(report: Fields, exitCode: number, stdout: string): GateResult {
  const finding = (severity: Finding['severity'], rule: string, message: string): Finding => ({ severity, path: JUDGED, line: 0, rule, message });
  const failed = rowsIn(report['findings']).filter(({ status }) => status === 'fail').slice(0, MAX_FINDINGS);
  const findings = [
    ...(report['schemaValid'] === true ? [] : [finding('error', 'cdx-schema', `the schema refuses it: ${tailOf(stdout)}`)]),
    ...(report['deepValid'] === true ? [] : [finding('error', 'cdx-deep', `a purl, reference or property is wrong: ${tailOf(stdout)}`)]),
    ...failed.map((one) => finding(severityOf(one), textOf(one['ruleId']) ?? 'unknown', printable(textOf(one['message']) ?? '').slice(0, 500))),
  ];
  const wrong = findings.some(({ severity }) => severity === 'error');
  if (!wrong && exitCode !== 0 && !findings.some(({ rule }) => NOT_THE_DOCUMENTS.includes(rule))) throw gateFailed(GATE, `it refused with ${exitCode} and named no reason`);
  return { gate: GATE, passed: !wrong, findings: sortFindings(findings), scores: scoresOf(report) };
}

/** `--strict` refuses at `high`. */
function severityOf({ ruleId, severity }: Fields): Finding['severity'] {
  const refuses = severity === 'high' || severity === 'critical';
  return refuses && !NOT_THE_DOCUMENTS.includes(textOf(ruleId) ?? '') ? 'error' : 'warning';
}

function scoresOf(report: Fields): Record<string, { met: number; of: number }> {
  return Object.fromEntries(rowsIn(report['benchmarks']).flatMap(({ id, pass, automatable }) =>
    typeof id === 'string' && /^[a-z0-9-]{1,40}$/.test(id) && typeof pass === 'number' && typeof automatable === 'number' ? [[id, { met: pass, of: automatable }]] : []));
}
