import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { compareGivenFiles, compareSubjects, type Subject } from '../actions/compare-subjects.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { ToldComparison } from '../compare/told.ts';
import type { Both } from '../foundation/both.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';

export interface ComparedSubjects {
  subjects: Both<Subject>;
  compared: ToldComparison;
  /** Absent where both are files: no home is needed. */
  workshop?: Workshop;
}

/** Two words, each the path of a file or else a BUILD, compared. */
export async function withCompared<T>({ left, right }: Both<string>, deps: CliDeps, run: (compared: ComparedSubjects) => Promise<T>): Promise<T> {
  const [leftFile, rightFile] = [await isFile(left), await isFile(right)];
  if (leftFile && rightFile) return run({ subjects: { left: { kind: 'file', path: left }, right: { kind: 'file', path: right } }, compared: await compareGivenFiles(left, right) });
  return deps.withWorkshop(async (workshop) => {
    const subjects = { left: await subjectOf(left, leftFile, deps, workshop), right: await subjectOf(right, rightFile, deps, workshop) };
    return run({ subjects, compared: await compareSubjects(subjects.left, subjects.right, { workshop, directory: join(deps.home, 'tmp') }), workshop });
  });
}

export async function isFile(word: string): Promise<boolean> {
  try {
    return (await stat(word)).isFile();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return false;
    throw error;
  }
}

async function subjectOf(word: string, file: boolean, deps: CliDeps, workshop: Workshop): Promise<Subject> {
  return file ? { kind: 'file', path: word } : { kind: 'build', buildId: await (await import('./documented.ts')).documented(word, deps, workshop) };
}
