import { CAUSES } from '../causes/cause-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { displayPath, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Change, ChangeClass, Comparison } from './comparison.ts';
import type { Firing, Found } from './firing.ts';
import { downgrades, newCopyleft, newPackages, otherLicenses } from './package-rules.ts';
import { safeText } from './safe-text.ts';
import { grownBy, parseSizeLimit, sizeNeedsRoot } from './size-rule.ts';
import { causesBeside, differingBeside, type ToldComparison } from './told.ts';

export type { Firing } from './firing.ts';

/** What only builds on record tell: owners of paths, packages of both sides, their copyleft, the size of the left root. */
type Need = 'owners' | 'packages' | 'copyleft' | 'size';

export interface FailRule {
  /** As given. */
  text: string;
  fire(told: ToldComparison): Firing[];
  needs?: Need;
}

interface RuleRow {
  argument?: 'PACKAGE' | 'CODE' | 'SIZE';
  summary: string;
  needs?: Need | ((argument: string) => Need | undefined);
  /** Throws COMPARE.BAD_RULE. */
  checkArgument?(argument: string): unknown;
  find(told: ToldComparison, argument: string): Found[];
}

/** What a build in CI can be made to fail on. */
export const RULES: Readonly<Record<string, RuleRow>> = {
  added: { summary: 'a path that the left does not have; one that moved there is such a path', find: ({ comparison }) => changesWhere(comparison, ({ kind }) => kind === 'added' || kind === 'moved', ({ kind }) => kind) },
  any: { summary: 'anything differs, proved noise too', find: everything },
  cause: { argument: 'CODE', summary: 'something has that cause: a file, the layout, an image beside the root', checkArgument: checkCause, find: withCause },
  content: { summary: 'paths, contents of files, targets of links or devices differ, and it is not proved to be noise; or a file beside the root', find: content },
  copyleft: { summary: 'a package ships with more copyleft than it did (none, weak, strong, over a network, by the categories of `docs/policy-format.md`; of a choice the mildest counts), or with a license that nobody can tell', needs: 'copyleft', find: newCopyleft },
  downgrade: { summary: 'the version of a package went down, or stands in no order to what it was', needs: 'packages', find: downgrades },
  license: { summary: 'the license of a package is another', needs: 'packages', find: otherLicenses },
  'new-package': { summary: 'a package that the left does not have', needs: 'packages', find: newPackages },
  outside: { argument: 'PACKAGE', summary: 'something differs that is not of that package, and it is not proved to be noise', needs: 'owners', find: outside },
  removed: { summary: 'a path that the right does not have; one that moved away is such a path', find: ({ comparison }) => changesWhere(comparison, ({ kind }) => kind === 'removed' || kind === 'moved', ({ kind, path, otherPath }) => (kind === 'moved' ? `moved from /${displayPath(otherPath ?? path)}` : kind)) },
  setuid: { summary: 'a setuid or setgid bit, or a file capability, is gained, or what is setuid is of another account; in archives within the image too', find: ({ comparison }) => gainedPrivileges('', comparison) },
  size: { argument: 'SIZE', summary: 'the contents of all files together grew by more than that: `5%`, `64KiB`, `1.5MiB`; for a share both sides have to be builds', checkArgument: parseSizeLimit, needs: (text) => (sizeNeedsRoot(text) ? 'size' : undefined), find: grownBy },
};

/** A comma between rules, `NAME` or `NAME:ARGUMENT`. Throws COMPARE.BAD_RULE. */
export function parseFailRules(text: string): FailRule[] {
  return text.split(',').map((word) => parseRule(word.trim()));
}

function parseRule(text: string): FailRule {
  const colon = text.indexOf(':');
  const [name, argument] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  const row = Object.hasOwn(RULES, name) ? RULES[name]! : undefined;
  if (row === undefined) throw badRule(`there is no rule "${safeText(text)}"`);
  if (row.argument === undefined && colon >= 0) throw badRule(`the rule ${name} takes no argument`);
  if (row.argument !== undefined && argument === '') throw badRule(`the rule ${name} needs its argument: ${usageOf(name, row)}`);
  row.checkArgument?.(argument);
  const needs = typeof row.needs === 'function' ? row.needs(argument) : row.needs;
  return { text, ...(needs === undefined ? {} : { needs }), fire: (told) => row.find(told, argument).map((firing) => ({ rule: text, ...firing })) };
}

function badRule(message: string): Failure {
  return new Failure('COMPARE.BAD_RULE', message, { hint: `Rules: ${Object.entries(RULES).map(([name, row]) => usageOf(name, row)).join(', ')}` });
}

export function usageOf(name: string, { argument }: { argument?: string }): string {
  return argument === undefined ? name : `${name}:${argument}`;
}

/**
 * Every place where a rule fires, rule by rule. A rule that cannot be judged must not seem to pass: throws
 * COMPARE.NOT_ON_RECORD for one that asks for what `knows` lacks.
 */
export function judgeRules(rules: readonly FailRule[], told: ToldComparison, knows: { owners: boolean; packages: boolean }): Firing[] {
  const known: Readonly<Record<Need, boolean>> = { ...knows, copyleft: told.copyleft !== undefined, size: told.leftRootBytes !== undefined };
  for (const { text, needs } of rules) {
    if (needs !== undefined && !known[needs]) throw new Failure('COMPARE.NOT_ON_RECORD', `the rule ${text} asks for ${NEEDS[needs].what}, which nothing here tells`, { hint: NEEDS[needs].hint });
  }
  return rules.flatMap((rule) => rule.fire(told));
}

const NEEDS: Readonly<Record<Need, { what: string; hint: string }>> = {
  owners: { what: 'owners', hint: 'Compare with at least one build on record.' }, packages: { what: 'packages', hint: 'Compare two builds on record.' },
  copyleft: { what: 'licenses of packages', hint: 'Compare two builds on record.' }, size: { what: 'the size of the left root', hint: 'Compare two builds on record, or allow so many KiB.' },
};

/** For people, so many at most: of each rule that fires one place at least, as far as there is room. */
export function firingLines(firings: readonly Firing[], most: number): string[] {
  if (firings.length === 0) return ['no rule fires'];
  const line = ({ rule, where, why }: Firing): string => `FAIL ${rule}: ${where}: ${why}`;
  if (firings.length <= most) return firings.map(line);
  const rules = [...Map.groupBy(firings, ({ rule }) => rule)];
  const share = Math.max(1, Math.floor(most / rules.length) - 1);
  const lines = rules.flatMap(([rule, of]) => [...of.slice(0, share).map(line), ...(of.length > share ? [`… ${of.length - share} more of ${rule}`] : [])]);
  return lines.length > most ? [...lines.slice(0, most - 1), `… ${firings.length} places in all`] : lines;
}

function checkCause(code: string): void {
  if (!Object.hasOwn(CAUSES, code)) throw new Failure('COMPARE.BAD_RULE', `there is no cause "${safeText(code)}"`, { hint: `Causes: ${Object.keys(CAUSES).join(', ')}` });
}

function whereOf({ place, path }: { place: string; path: PathBytes }, outer = ''): string {
  return safeText(`${outer}${place === '' ? '' : `${place}: `}/${displayPath(path)}`);
}

function changesWhere({ changes }: Comparison, wanted: (change: Change) => boolean, why: (change: Change) => string): Found[] {
  return changes.filter(wanted).map((change) => ({ where: whereOf(change), why: safeText(why(change)) }));
}

function imagesBeside(told: ToldComparison, isMeant: (image: ToldComparison['images'][number]) => boolean = () => true): Found[] {
  return differingBeside(told).filter(isMeant).map(({ name }) => ({ where: safeText(name), why: 'an image with other bytes' }));
}

function everything({ comparison, images }: ToldComparison): Found[] {
  const found = [
    ...images.filter(({ equal }) => !equal).map(({ name }) => ({ where: safeText(name), why: 'an image with other bytes' })),
    ...comparison.layout.map(({ place, key }) => ({ where: safeText(place === '' ? 'layout' : place), why: safeText(`${key} differs`) })),
    ...changesWhere(comparison, () => true, ({ kind, classes }) => [kind, ...classes].join(' ')),
  ];
  return found.length > 0 || comparison.verdict.bytesEqual ? found : [{ where: 'the image', why: 'other bytes' }];
}

function withCause(told: ToldComparison, code: string): Found[] {
  const { comparison } = told;
  return [
    ...causesBeside(told).filter(({ cause }) => cause.code === code).map(({ name, cause: { evidence } }) => ({ where: safeText(name), why: safeText(evidence[0] ?? code) })),
    ...comparison.layout.filter(({ cause }) => cause === code).map(({ place, key }) => ({ where: safeText(place === '' ? 'layout' : place), why: safeText(`${key} differs`) })),
    ...changesWhere(comparison, ({ causes }) => causes.some((cause) => cause.code === code), ({ causes }) => causes.find((cause) => cause.code === code)!.evidence[0] ?? code),
  ];
}

const CONTENT: ReadonlySet<ChangeClass> = new Set(['content', 'type', 'links', 'device']);

function content(told: ToldComparison): Found[] {
  const isContent = ({ kind, classes, noise }: Change): boolean => !noise && (kind !== 'changed' || classes.some((of) => CONTENT.has(of)));
  return [...imagesBeside(told), ...changesWhere(told.comparison, isContent, ({ kind, classes }) => [kind, ...classes].join(' '))];
}

function outside(told: ToldComparison, name: string): Found[] {
  const ownerName = (change: Change): string => told.owner(change) ?? 'nobody that is known';
  return [
    ...imagesBeside(told, ({ owner }) => owner !== name),
    ...changesWhere(told.comparison, (change) => !change.noise && ownerName(change) !== name, (change) => `of ${ownerName(change)}`),
  ];
}

const SETUID = 0o4000;
const SETGID = 0o2000;
const CAPABILITY = 'security.capability';

function gainedPrivileges(outer: string, { changes }: Comparison): Found[] {
  return changes.flatMap((change) => {
    const gained = privilegesGained(change);
    const own = gained.length === 0 ? [] : [{ where: whereOf(change, outer), why: gained.join(', ') }];
    return change.inside === undefined ? own : [...own, ...gainedPrivileges(`${whereOf(change, outer)} → `, change.inside)];
  });
}

/** A hard link has the bits of its file, which stands among the changes where they changed: see the limits in docs/comparing.md. */
function privilegesGained({ before, after, classes }: Change): string[] {
  if (after?.kind === 'hard-link') return classes.includes('mode') || classes.includes('xattrs') ? [`mode or attributes of /${displayPath(after.target)}`] : [];
  if (after === undefined || after.kind === 'symlink') return [];
  const [was, is] = [modeOf(before), after.mode];
  const keptSetuid = (was & is & SETUID) !== 0 && before !== undefined && 'uid' in before && before.uid !== after.uid;
  const capability = after.xattrs?.[CAPABILITY];
  const had = before === undefined || before.kind === 'hard-link' ? undefined : before.xattrs?.[CAPABILITY];
  const bits = [...((is & SETUID) > (was & SETUID) ? ['setuid'] : []), ...((is & SETGID) > (was & SETGID) ? ['setgid'] : [])];
  return [
    ...bits.map((bit) => `${bit} gained (mode ${octal(was)} → ${octal(is)})`),
    ...(keptSetuid ? [`setuid for another account (uid ${before.uid} → ${after.uid})`] : []),
    ...(capability === undefined || capability === had ? [] : [had === undefined ? 'a capability gained' : 'another capability gained']),
  ];
}

function modeOf(entry: TreeEntry | undefined): number {
  return entry === undefined || entry.kind === 'hard-link' || entry.kind === 'symlink' ? 0 : entry.mode;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
