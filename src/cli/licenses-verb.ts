import { formOf, judgeBuild, reportLicenses, type ReportedLicenses } from '../actions/report-licenses.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { LicenseReport } from '../compliance/license-report.ts';
import { licenseTable } from '../compliance/license-table.ts';
import { parsePolicy } from '../compliance/parse-policy.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import { readGiven, writeWhole } from './output-file.ts';
import type { JsonOf } from './print-shape.ts';
import type { ContentsVerbs, LicensesFormat } from './verbs.ts';

const EXITS: Readonly<Record<LicenseReport['verdict'], ExitCode>> = { ALLOWED: EXIT.done, REVIEW: EXIT.undecided, VIOLATED: EXIT.no };

/** With a policy it is a gate: 0 allowed, 1 violated, 5 somebody has to look; the report is put on record. Without one it only tells. */
export async function licensesVerb({ build, policy, format, output }: Parameters<ContentsVerbs['licenses']>[0], deps: CliDeps): Promise<ExitCode> {
  const text = policy === undefined ? undefined : await givenPolicy(policy);
  return deps.withWorkshop(async (workshop) => {
    const buildId = await documented(build, deps, workshop);
    const reported = await reportLicenses({ buildId, ...(text === undefined ? {} : { policy: text }) }, workshop, policy);
    await handOut(textOf(format, reported), output, deps);
    if (text === undefined) return EXIT.done;
    return judged(buildId, text, policy!, deps, workshop);
  });
}

/** A bad policy is refused before anything else is done. */
export async function givenPolicy(path: string): Promise<Uint8Array> {
  const text = await readGiven(path);
  parsePolicy(text, path);
  return text;
}

/** Puts it on record, and says what it came to. */
export async function judged(buildId: string, policy: Uint8Array, place: string, { terminal }: CliDeps, workshop: Workshop): Promise<ExitCode> {
  const { verdict, violations, reviews, policy: { name } } = await judgeBuild(buildId, policy, workshop, place);
  terminal.note(`policy ${name}: ${verdict}, ${violations.length} violations, ${reviews.length} to look at\n`);
  return EXITS[verdict];
}

function textOf(format: LicensesFormat, reported: ReportedLicenses): Iterable<string> {
  if (format === 'json') return [`${canonicalJson(reported.report satisfies JsonOf<'licenses'>)}\n`];
  return format === 'table' ? [licenseTable(reported.report)] : formOf(format, reported);
}

async function handOut(text: Iterable<string>, output: string | undefined, { terminal }: CliDeps): Promise<void> {
  if (output === undefined) { for (const part of text) terminal.data(part); return; }
  await writeWhole(output, [...text].join(''));
  terminal.note(`wrote ${output}\n`);
}
