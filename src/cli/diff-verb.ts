import { join } from 'node:path';
import { stat } from 'node:fs/promises';

import { compareBuilds, compareBuildWithFile, compareFiles, type Subject, type SubjectComparison } from '../actions/compare-subjects.ts';
import type { Workshop } from '../actions/workshop.ts';
import { presentComparison } from '../compare/comparison-json.ts';
import { comparisonText } from '../compare/comparison-text.ts';
import { packageLines } from '../compare/package-changes.ts';
import { exitOf } from '../compare/verdict.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import type { ContentsVerbs } from './verbs.ts';

const MOST_LINES = 40;
const MOST_PACKAGES = 12;

/** Two builds, two images, or one of each. 0: the same bytes; 3: every difference proved noise; 1: all else. */
export async function diffVerb({ left, right, all, json }: Parameters<ContentsVerbs['diff']>[0], deps: CliDeps): Promise<ExitCode> {
  const [leftFile, rightFile] = [await isFile(left), await isFile(right)];
  const compared = leftFile && rightFile ? await compareFiles(left, right)
    : await deps.withWorkshop(async (workshop) => compareOnRecord(await subjectOf(left, leftFile, deps, workshop), await subjectOf(right, rightFile, deps, workshop), deps, workshop));
  if (json) deps.terminal.data(`${canonicalJson(jsonOf(compared))}\n`);
  else deps.terminal.data(textOf(compared, all));
  return exitOfAll(compared);
}

async function isFile(word: string): Promise<boolean> {
  try {
    return (await stat(word)).isFile();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function subjectOf(word: string, file: boolean, deps: CliDeps, workshop: Workshop): Promise<Subject> {
  return file ? { kind: 'file', path: word } : { kind: 'build', buildId: await documented(word, deps, workshop) };
}

async function compareOnRecord(left: Subject, right: Subject, { home }: CliDeps, workshop: Workshop): Promise<SubjectComparison> {
  const means = { workshop, directory: join(home, 'tmp') };
  if (left.kind === 'build' && right.kind === 'build') return compareBuilds(left.buildId, right.buildId, means);
  if (left.kind === 'build' && right.kind === 'file') return compareBuildWithFile(left.buildId, right.path, true, means);
  if (left.kind === 'file' && right.kind === 'build') return compareBuildWithFile(right.buildId, left.path, false, means);
  return compareFiles((left as Subject & { kind: 'file' }).path, (right as Subject & { kind: 'file' }).path);
}

/** A kernel beside equal roots differs without a change in the tree. */
function exitOfAll({ comparison, images }: SubjectComparison): ExitCode {
  const exit = exitOf(comparison);
  return images.some(({ name, equal }) => !equal && !isOfRoot(name)) ? EXIT.no : exit;
}

function isOfRoot(name: string): boolean {
  return name.startsWith('rootfs.');
}

function jsonOf({ comparison, images, packages, owner }: SubjectComparison): unknown {
  const { changes, ...rest } = presentComparison(comparison) as { changes: object[] };
  return { ...rest, exit: exitOfAll({ comparison, images, packages, owner }), images, packages, changes: changes.map((change, index) => ({ ...change, owner: owner(comparison.changes[index]!) ?? null })) };
}

function textOf({ comparison, images, packages }: SubjectComparison, all: boolean): string {
  const differing = images.filter(({ equal }) => !equal).map(({ name }) => name);
  const head = [
    ...(images.length === 0 ? [] : [differing.length === 0 ? `images: all ${images.length} equal` : `images: ${differing.length} of ${images.length} differ: ${differing.join(', ')}`]),
    ...packageLines(packages, all ? packages.length : MOST_PACKAGES), ...(packages.length === 0 ? [] : ['']),
  ].map((line) => `${line}\n`).join('');
  const room = all ? Number.MAX_SAFE_INTEGER : MOST_LINES - head.split('\n').length + 1;
  return `${head}${comparisonText(comparison, { lines: room })}`;
}
