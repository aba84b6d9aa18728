import { join } from 'node:path';
import { stat } from 'node:fs/promises';

import { compareBuilds, compareBuildWithFile, compareFiles, type Subject, type SubjectComparison } from '../actions/compare-subjects.ts';
import { exitOfSubjects, subjectsJson, subjectsText } from '../actions/present-subjects.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import type { ContentsVerbs } from './verbs.ts';

/** Two builds, two images, or one of each. 0: the same bytes; 3: every difference proved noise; 1: all else. */
export async function diffVerb({ left, right, all, json }: Parameters<ContentsVerbs['diff']>[0], deps: CliDeps): Promise<ExitCode> {
  const [leftFile, rightFile] = [await isFile(left), await isFile(right)];
  const compared = leftFile && rightFile ? await compareFiles(left, right)
    : await deps.withWorkshop(async (workshop) => compareOnRecord(await subjectOf(left, leftFile, deps, workshop), await subjectOf(right, rightFile, deps, workshop), deps, workshop));
  if (json) deps.terminal.data(`${subjectsJson(compared)}\n`);
  else deps.terminal.data(subjectsText(compared, all));
  return exitOfSubjects(compared);
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
