import { stat } from 'node:fs/promises';

import { compareGivenFiles, compareSubjects, type Subject } from '../actions/compare-subjects.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { ToldComparison } from '../compare/told.ts';
import type { Both } from '../foundation/both.ts';
import { errorCodeOf, Failure, isCoded } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';

export interface ComparedSubjects {
  subjects: Both<Subject>;
  compared: ToldComparison;
  /** Absent where both are files: no home is needed. */
  workshop?: Workshop;
}

/** Two words, each the path of a file or directory or else a BUILD, compared. Throws CLI.UNREADABLE, and what comparing throws. */
export async function withCompared<T>({ left, right }: Both<string>, deps: CliDeps, run: (compared: ComparedSubjects) => Promise<T>): Promise<T> {
  const [leftFile, rightFile] = [await isFile(left), await isFile(right)];
  if (leftFile && rightFile) {
    deps.endOnInterrupt();
    return run({ subjects: { left: { kind: 'file', path: left }, right: { kind: 'file', path: right } }, compared: await compareGivenFiles(left, right) });
  }
  return deps.withWorkshop(async (workshop) => {
    const subjects = { left: await subjectOf(left, leftFile, deps, workshop), right: await subjectOf(right, rightFile, deps, workshop) };
    return run({ subjects, compared: await compareSubjects(subjects.left, subjects.right, { workshop }), workshop });
  });
}

/**
 * A regular file of that name, whatever builds there are; a directory where the word has a slash, for directories happen to lie about and names of
 * builds are short. False: it can only be a BUILD. Throws CLI.UNREADABLE.
 */
export async function isFile(word: string): Promise<boolean> {
  const found = await kindAt(word);
  if (found === 'file') return true;
  if (found === 'directory') return isPath(word);
  if (found !== undefined) throw unreadable(word, `is ${found}, and no file`, 'Copy what is in it into a file, and compare that.');
  if (word.includes('/')) throw unreadable(word, 'is not there', 'Give the path of a file or of a directory, or a BUILD, which has no slash.');
  return false;
}

/** The build that a word names, where no file has that name, documented. Throws RECORDS.UNKNOWN, RECORDS.BAD_REFERENCE. */
export async function buildNamed(word: string, deps: CliDeps, workshop: Workshop): Promise<string> {
  const { documented } = await import('./documented.ts');
  try {
    return await documented(word, deps, workshop);
  } catch (error) {
    if (!isCoded(error) || error.code !== 'RECORDS.UNKNOWN' && error.code !== 'RECORDS.BAD_REFERENCE') throw error;
    const directory = await kindAt(word) === 'directory';
    const hint = directory ? `To compare the directory, give it a slash: ${word}/` : error.hint;
    throw new Failure(error.code, `${directory ? `"${word}" is a directory` : `there is no file "${word}"`}, and ${error.message}`, { cause: error, ...(hint === undefined ? {} : { hint }), ...(error.place === undefined ? {} : { place: error.place }) });
  }
}

function isPath(word: string): boolean {
  return word.includes('/') || word === '.' || word === '..';
}

/** In words. Undefined: there is nothing of that name. */
async function kindAt(word: string): Promise<string | undefined> {
  try {
    const stats = await stat(word);
    if (stats.isFile()) return 'file';
    if (stats.isDirectory()) return 'directory';
    return stats.isFIFO() ? 'a pipe' : stats.isSocket() ? 'a socket' : 'a device';
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(word, `cannot be read (${code ?? 'unknown error'})`);
  }
}

function unreadable(word: string, why: string, hint?: string): Failure {
  return new Failure('CLI.UNREADABLE', `${word === '' ? 'a path without a character' : word} ${why}`, { place: word, ...(hint === undefined ? {} : { hint }) });
}

async function subjectOf(word: string, file: boolean, deps: CliDeps, workshop: Workshop): Promise<Subject> {
  return file ? { kind: 'file', path: word } : { kind: 'build', buildId: await buildNamed(word, deps, workshop) };
}
