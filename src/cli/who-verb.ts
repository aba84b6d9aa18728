import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { whoMade, type WhoMade } from '../actions/who-made.ts';
import type { CliDeps } from './cli-deps.ts';
import { printSection } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** From the bytes to who built them, from what, and who reproduced them. Exits with 5 where nobody here knows them. */
export function whoVerb({ subject, json }: Parameters<EvidenceVerbs['who']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const found = await whoMade(await digestOfSubject(subject), workshop);
    if (json) printShape(deps.terminal, 'who', found);
    else print(found, deps);
    return found.builds.length + found.statements.length === 0 ? EXIT.undecided : EXIT.done;
  });
}

async function digestOfSubject(subject: string): Promise<Sha256> {
  const hex = subject.startsWith('sha256:') ? subject.slice('sha256:'.length) : subject;
  return isSha256(hex) ? hex : fileDigest(subject);
}

/** Of a file that the user named. Throws CLI.UNREADABLE. */
export async function fileDigest(path: string): Promise<Sha256> {
  const hash = createHash('sha256');
  try {
    if (!(await stat(path)).isFile()) throw new Failure('CLI.UNREADABLE', `${path} is no file`, { place: path });
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === undefined || error instanceof Failure) throw error;
    throw new Failure('CLI.UNREADABLE', `${path} cannot be read (${code})`, { place: path });
  }
  return hash.digest('hex') as Sha256;
}

function print({ sha256, builds, statements, releases, aggregate }: WhoMade, { terminal }: CliDeps): void {
  terminal.data(`sha256:${sha256}\n`);
  if (builds.length + statements.length === 0) { terminal.data('nothing on record here: import statements about it (`import FILE`), or ask whoever shipped it for evidence\n'); return; }
  terminal.data(`${aggregate.state}${aggregate.count === 0 ? '' : ` by ${aggregate.count}`}: ${aggregate.reasons.join('; ')}\n`);
  printSection(terminal, 'builds', ['build', 'target', 'image', 'definition'], builds.map(({ build, target, image, definitionDigest }) => [build, target, image, definitionDigest]));
  printSection(terminal, 'releases', ['product', 'version', 'build', 'at'], releases.map(({ product, version, build, createdAt }) => [product, version, build, createdAt]));
  printSection(terminal, 'statements', ['what', 'by', 'verdict', 'at', 'log', 'sha256'], statements.map(({ predicateType, operator, verdict, at, logIndex, statement }) =>
    [predicateType.replace(/^https:\/\//, ''), operator ?? '(unknown key)', verdict ?? '-', at, logIndex === null ? '-' : String(logIndex), statement]));
}
