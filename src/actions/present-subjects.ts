import { toldCauses } from '../compare/cause-sums.ts';
import { presentComparison, wellFormed } from '../compare/comparison-json.ts';
import { comparisonText, EVERY_LINE } from '../compare/comparison-text.ts';
import { firingLines, type Firing } from '../compare/fail-on.ts';
import { packageLines } from '../compare/package-lines.ts';
import { exitOfTold, type ToldComparison } from '../compare/told.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';

const MOST_LINES = 40;
const MOST_PACKAGES = 12;
const MOST_FIRINGS = 20;

/**
 * 0: the same bytes. 3: every difference proved noise. 1: all else; a kernel beside equal roots differs without a change in the tree.
 * Where rules were judged: 1 where one fires, else 0.
 */
export function exitOfSubjects(compared: ToldComparison, firings?: readonly Firing[]): ExitCode {
  if (firings !== undefined) return firings.length > 0 ? EXIT.no : EXIT.done;
  return exitOfTold(compared);
}

/** One object in canonical form, the same at every door (docs/schema/cli-diff.schema.json). */
export function subjectsJson(compared: ToldComparison, firings?: readonly Firing[]): string {
  const { comparison, images, packages, owner } = compared;
  const { changes, ...rest } = presentComparison(comparison) as { changes: object[] };
  const owned = changes.map((change, index) => ({ ...change, owner: owner(comparison.changes[index]!) ?? null }));
  return canonicalJson(wellFormed({ ...rest, exit: exitOfSubjects(compared, firings), images, packages, changes: owned, ...(firings === undefined ? {} : { firings }) }));
}

/** For people: rules that fire, the verdict, images, packages and what about them was another, then causes and paths; one screen, or all of it. No control characters. */
export function subjectsText(compared: ToldComparison, all: boolean, firings?: readonly Firing[]): string {
  const { comparison, images, packages } = compared;
  const head = firings === undefined ? [] : [...firingLines(firings, all ? firings.length : MOST_FIRINGS), ''];
  const summary = [...imageSummary(images), ...packageLines(packages, all ? packages.length : MOST_PACKAGES, images)];
  const lines = all ? EVERY_LINE : Math.max(1, MOST_LINES - head.length);
  return `${head.map((line) => `${line}\n`).join('')}${comparisonText(comparison, { lines, exit: exitOfTold(compared), sums: toldCauses(compared), summary: summary.length === 0 ? [] : ['', ...summary] })}`;
}

function imageSummary(images: ToldComparison['images']): string[] {
  const differing = images.filter(({ equal }) => !equal).map(({ name }) => name);
  if (images.length === 0) return [];
  return [differing.length === 0 ? `images: all ${images.length} equal` : `images: ${differing.length} of ${images.length} differ: ${differing.join(', ')}`];
}
