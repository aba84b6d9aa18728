import { createReadStream } from 'node:fs';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf, Failure, isCoded } from '../foundation/failure.ts';
import { readBundle } from '../evidence/bundle-read.ts';
import { unreadableBundle, verifyBundle, type BundleReport } from '../evidence/bundle-verify.ts';
import { parseTrustedRoot } from '../signing/trust-root.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven } from './output-file.ts';
import { harmless } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';
import { fileDigest } from './who-verb.ts';

/** The stranger's check: offline, no home, no database, no Docker. */
export async function verifyBundleVerb({ bundle, root, file, json }: Parameters<EvidenceVerbs['verifyBundle']>[0], { terminal, clock }: CliDeps): Promise<ExitCode> {
  const trusted = parseTrustedRoot(await readGiven(root), root);
  const digest = file === undefined ? undefined : await fileDigest(file);
  const options = { trusted, now: clock.now().toISOString(), ...(digest === undefined ? {} : { file: digest }) };
  const report = await readBundle(openGiven(bundle)).then((read) => verifyBundle(read, options), unlessUnreadable);
  if (json) printShape(terminal, 'verify-bundle', shapeOf(report));
  else for (const line of linesOf(report)) terminal.data(`${line}\n`);
  return report.passed ? EXIT.done : EXIT.no;
}

/** A path that cannot be read says nothing about evidence. */
function unlessUnreadable(error: unknown): BundleReport {
  if (isCoded(error) && error.code === 'CLI.UNREADABLE') throw error;
  return unreadableBundle(error);
}

/** Bytes of a file that the user named. Throws CLI.UNREADABLE. */
export async function* openGiven(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) yield chunk as Uint8Array;
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw error;
    throw new Failure('CLI.UNREADABLE', `${path} cannot be read (${code})`, { place: path });
  }
}

export function linesOf({ steps, statements, provenance, rebuilds = [], passed }: BundleReport): string[] {
  return [
    ...steps.map(({ step, outcome, code, message }) => `${outcome === 'passed' ? 'passed ' : outcome === 'failed' ? 'FAILED ' : 'skipped'} ${step}: ${harmless(message)}${code === undefined ? '' : ` [${code}]`}`),
    ...(passed ? statements.map(({ sha256, type, operator, loggedAt }) => `statement sha256:${sha256} ${harmless(type)} by ${harmless(operator)}, logged ${loggedAt}`) : []),
    ...(passed ? (provenance?.subjects ?? []).map(({ name, digest }) => `subject sha256:${digest.sha256} ${harmless(name)}`) : []),
    ...(passed ? rebuilds.map(({ name, aggregate }) => `rebuilt ${harmless(name)}: ${aggregate.state}${aggregate.reasons.length === 0 ? '' : ` (${harmless(aggregate.reasons.join('; '))})`}`) : []),
    passed ? 'the evidence is good' : 'the evidence is NOT good',
  ];
}

function shapeOf({ passed, steps, statements, provenance }: BundleReport): JsonOf<'verify-bundle'> {
  return {
    ok: passed, steps: steps.map(({ step, outcome, code, message }) => ({ step, outcome, code: code ?? null, message })),
    subjects: passed ? (provenance?.subjects ?? []).map(({ name, digest }) => ({ name, sha256: digest.sha256 })) : [],
    statements: passed ? statements.map(({ sha256, type, operator }) => ({ statement: sha256, predicateType: type, operator })) : [],
  };
}
