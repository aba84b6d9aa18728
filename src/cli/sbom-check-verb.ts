import { billCheckText } from '../actions/bill-check-text.ts';
import { billExitCode, checkBill, type BillReport } from '../actions/check-bill.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import { parseTrustedRoot } from '../signing/trust-root.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven } from './output-file.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';

/** Offline: no home, no database, no Docker. */
export async function sbomCheckVerb({ document, image, root, statement, json }: Parameters<ContentsVerbs['sbomCheck']>[0], { terminal, clock }: CliDeps): Promise<ExitCode> {
  const trusted = parseTrustedRoot(await readGiven(root), root);
  const report = checkBill({ document, image, root: trusted, now: clock.now().toISOString(), ...(statement === undefined ? {} : { envelope: await readGiven(statement) }) });
  if (json) printShape(terminal, 'sbom-check', shapeOf(report));
  else terminal.data(billCheckText(report));
  return billExitCode(report);
}

function shapeOf({ accepted, steps, document, signers, image, files }: BillReport): JsonOf<'sbom-check'> {
  return {
    accepted, steps: steps.map(({ step, outcome, code, message }) => ({ step, outcome, code: code ?? null, message })),
    document: document === undefined ? null : { sha256: document.sha256, format: document.format, detail: document.detail ?? null },
    signers: signers.map(({ form, keyId, operator }) => ({ form, keyId, operator })),
    image: { sha256: image.sha256, name: image.name ?? null },
    files: files === undefined ? null : { missing: files.missing, extra: files.extra, changed: files.changed, listed: files.listed.map(({ path, kind, fields }) => ({ path, kind, fields: [...fields] })) },
  };
}
