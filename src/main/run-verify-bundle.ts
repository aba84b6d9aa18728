import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { readBundle } from '../evidence/bundle-read.ts';
import { unreadableBundle, verifyBundle, type BundleReport } from '../evidence/bundle-verify.ts';
import { systemClock } from '../foundation/clock.ts';
import { BlobHasher, type Sha256 } from '../foundation/digest.ts';
import { ERRORS } from '../foundation/error-registry.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { isCoded } from '../foundation/failure.ts';
import { parseTrustedRoot, type TrustRoot } from '../signing/trust-root.ts';

const USAGE = 'usage: verify-bundle ARCHIVE --root root.json [--file FILE] [--quorum] [--json]\n';

interface Request { archive: string; root: string; file?: string; quorum: boolean; json: boolean }

export async function runVerifyBundle(args: readonly string[]): Promise<ExitCode> {
  const request = parseRequest(args);
  if (request === undefined) { process.stderr.write(USAGE); return EXIT.badInput; }
  try {
    const trusted = parseTrustedRoot(await readFile(request.root), request.root);
    const file = request.file === undefined ? undefined : await digestOf(request.file);
    const report = await check(request, trusted, file);
    process.stdout.write(request.json ? `${JSON.stringify(report)}\n` : textOf(report));
    return exitOf(report);
  } catch (error) {
    process.stderr.write(`${isCoded(error) ? `${error.code}: ${error.message}\n${error.hint ?? ERRORS[error.code].remedy}` : String(error)}\n`);
    return isCoded(error) ? ERRORS[error.code].exit : EXIT.world;
  }
}

function parseRequest(args: readonly string[]): Request | undefined {
  try {
    const { positionals: [archive, more], values: { root, file, quorum, json } } = parseArgs({
      args: [...args], allowPositionals: true, options: { root: { type: 'string' }, file: { type: 'string' }, quorum: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    });
    if (archive === undefined || more !== undefined || root === undefined) return undefined;
    return { archive, root, quorum, json, ...(file === undefined ? {} : { file }) };
  } catch {
    return undefined;
  }
}

async function check({ archive, quorum }: Request, trusted: TrustRoot, file: Sha256 | undefined): Promise<BundleReport> {
  const source = createReadStream(archive);
  try {
    const bundle = await readBundle(source);
    return verifyBundle(bundle, { trusted, now: systemClock.now().toISOString(), needQuorum: quorum, ...(file === undefined ? {} : { file }) });
  } catch (error) {
    return unreadableBundle(error);
  } finally {
    source.destroy();
  }
}

async function digestOf(path: string): Promise<Sha256> {
  const hasher = new BlobHasher();
  for await (const chunk of createReadStream(path)) hasher.update(chunk as Buffer);
  return hasher.finish().sha256;
}

function textOf({ passed, steps, provenance }: BundleReport): string {
  const marks = { passed: 'ok    ', failed: 'FAILED', skipped: '-     ' };
  const lines = steps.map(({ step, outcome, code, message }) => `${marks[outcome]}  ${step.padEnd(12)}  ${code === undefined ? '' : `${code}: `}${message}`);
  if (!passed) return `${lines.join('\n')}\n\nNot verified: believe nothing of this archive.\n`;
  const subjects = provenance!.subjects.map(({ name, digest }) => `  ${digest.sha256}  ${name}`);
  return `${lines.join('\n')}\n\nVerified. Built by ${provenance!.operator}, logged at ${provenance!.loggedAt}:\n${subjects.join('\n')}\n`;
}

/** The failed step's own: no, undecided, or bad input. */
function exitOf({ passed, steps }: BundleReport): ExitCode {
  const code = steps.find(({ outcome }) => outcome === 'failed')?.code;
  return passed ? EXIT.done : code === undefined ? EXIT.no : ERRORS[code].exit;
}
