import { presentComparison, wellFormed } from '../compare/comparison-json.ts';
import { comparisonText } from '../compare/comparison-text.ts';
import { packageLines } from '../compare/package-changes.ts';
import { exitOf } from '../compare/verdict.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { SubjectComparison } from './compare-subjects.ts';

const MOST_LINES = 40;
const MOST_PACKAGES = 12;

/** 0: the same bytes. 3: every difference proved noise. 1: all else; a kernel beside equal roots differs without a change in the tree. */
export function exitOfSubjects({ comparison, images }: SubjectComparison): ExitCode {
  const exit = exitOf(comparison);
  return images.some(({ name, equal }) => !equal && !isOfRoot(name)) ? EXIT.no : exit;
}

function isOfRoot(name: string): boolean {
  return name.startsWith('rootfs.');
}

/** One object in canonical form, the same at every door (docs/schema/cli-diff.schema.json). */
export function subjectsJson(compared: SubjectComparison): string {
  const { comparison, images, packages, owner } = compared;
  const { changes, ...rest } = presentComparison(comparison) as { changes: object[] };
  return canonicalJson(wellFormed({ ...rest, exit: exitOfSubjects(compared), images, packages, changes: changes.map((change, index) => ({ ...change, owner: owner(comparison.changes[index]!) ?? null })) }));
}

/** For people: images, packages and what about them was another, then the comparison; one screen, or all of it. No control characters. */
export function subjectsText({ comparison, images, packages }: SubjectComparison, all: boolean): string {
  const differing = images.filter(({ equal }) => !equal).map(({ name }) => name);
  const head = [
    ...(images.length === 0 ? [] : [differing.length === 0 ? `images: all ${images.length} equal` : `images: ${differing.length} of ${images.length} differ: ${differing.join(', ')}`]),
    ...packageLines(packages, all ? packages.length : MOST_PACKAGES), ...(packages.length === 0 ? [] : ['']),
  ].map((line) => `${line}\n`).join('');
  const room = all ? Number.MAX_SAFE_INTEGER : MOST_LINES - head.split('\n').length + 1;
  return `${head}${comparisonText(comparison, { lines: room })}`;
}
