export type VersionScheme = 'generic' | 'semver' | 'debian';
/** Of the second against the first. `unorderable`: another version, but nobody can tell which is the later. */
export type VersionOrder = 'same' | 'up' | 'down' | 'unorderable';

const LONGEST = 256;
const SEMVER_TYPES: ReadonlySet<string> = new Set(['npm', 'cargo', 'golang', 'nuget', 'swift', 'pub', 'hex']);

/** How versions of a package URL's type are ordered. */
export function schemeOf(purl: string | undefined): VersionScheme {
  const type = /^pkg:([a-z0-9.-]+)\//.exec(purl ?? '')?.[1] ?? '';
  return type === 'deb' ? 'debian' : SEMVER_TYPES.has(type) ? 'semver' : 'generic';
}

/** Antisymmetric; nothing is guessed: hashes, changed schemes and words that nobody knows leave it open. */
export function versionOrder(before: string, after: string, scheme: VersionScheme = 'generic'): VersionOrder {
  if (before === after) return 'same';
  if (before === '' || after === '' || before.length > LONGEST || after.length > LONGEST) return 'unorderable';
  const sign = ORDERS[scheme](before, after);
  return sign === undefined || sign === 0 ? 'unorderable' : sign < 0 ? 'up' : 'down';
}

type Order = (a: string, b: string) => number | undefined;

const ORDERS: Readonly<Record<VersionScheme, Order>> = { generic: genericOrder, semver: semverOrder, debian: debianOrder };

const SEMVER = /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Semantic Versioning 2.0.0, item 11. What is none of it is read as any version. Build metadata orders nothing. */
function semverOrder(a: string, b: string): number | undefined {
  const [one, other] = [SEMVER.exec(a), SEMVER.exec(b)];
  if (one === null || other === null) return genericOrder(a, b);
  for (const part of [1, 2, 3]) {
    const sign = numberOrder(one[part]!, other[part]!);
    if (sign !== 0) return sign;
  }
  const [early, late] = [one[4], other[4]];
  if (early === undefined || late === undefined) return Number(early === undefined) - Number(late === undefined);
  return identifiersOrder(early.split('.'), late.split('.'));
}

function identifiersOrder(a: readonly string[], b: readonly string[]): number {
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const numeric = [one, other].map((text) => /^\d+$/.test(text));
    const sign = numeric[0]! && numeric[1]! ? numberOrder(one, other) : numeric[0] === numeric[1] ? textOrder(one, other) : numeric[0]! ? -1 : 1;
    if (sign !== 0) return sign;
  }
  return Math.sign(a.length - b.length);
}

/** Debian Policy, section 5.6.12: epoch, upstream version, revision. */
function debianOrder(a: string, b: string): number | undefined {
  const [one, other] = [debianParts(a), debianParts(b)];
  const signs = one.map((part, index) => (index === 0 ? numberOrder : runsOrder)(part, other[index]!));
  return signs.find((sign) => sign !== 0) ?? 0;
}

function debianParts(text: string): readonly [string, string, string] {
  const epoch = /^(\d+):/.exec(text)?.[1];
  const rest = epoch === undefined ? text : text.slice(epoch.length + 1);
  const dash = rest.lastIndexOf('-');
  return dash < 0 ? [epoch ?? '0', rest, '0'] : [epoch ?? '0', rest.slice(0, dash), rest.slice(dash + 1)];
}

function runsOrder(a: string, b: string): number {
  const [one, other] = [a, b].map((text) => text.match(/\d+|\D+/g) ?? []).map((runs) => (/^\d/.test(runs[0] ?? '') ? ['', ...runs] : runs)) as [string[], string[]];
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [x, y] = [one[index] ?? '', other[index] ?? ''];
    const sign = index % 2 === 1 ? numberOrder(x, y) : lettersOrder(x, y);
    if (sign !== 0) return sign;
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function lettersOrder(a: string, b: string): number {
  const weight = (unit: string | undefined): number => (unit === '~' ? -1 : unit === undefined ? 0 : /[A-Za-z]/.test(unit) ? unit.charCodeAt(0) : unit.charCodeAt(0) + 256);
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const sign = Math.sign(weight(a[at]) - weight(b[at]));
    if (sign !== 0) return sign;
  }
  return 0;
}

/** Words of a version before its release, in their order; and those that come after it. */
const BEFORE: readonly string[] = ['dev', 'snapshot', 'nightly', 'alpha', 'beta', 'pre', 'preview', 'rc'];
const SHORT: Readonly<Record<string, string>> = { a: 'alpha', b: 'beta', c: 'rc', preview: 'pre', cr: 'rc' };
const AFTER: ReadonlySet<string> = new Set(['p', 'r', 'pl', 'patch', 'post', 'sp', 'rev', 'update', 'u']);

/** Of one place of a version, from the earliest to the latest; undefined stands in no order. */
type Place = { rank: number; text: string } | undefined;
const END = { rank: BEFORE.length, text: '' };
const LETTER = BEFORE.length + 1;
const LATER = BEFORE.length + 2;
const NUMBER = BEFORE.length + 3;

function genericOrder(a: string, b: string): number | undefined {
  if (isHash(a) || isHash(b)) return undefined;
  const [one, other] = [tokensOf(a), tokensOf(b)];
  if (eraOf(one) !== eraOf(other)) return undefined;
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [x, y] = [placeAt(one, index), placeAt(other, index)];
    if (x === undefined && y === undefined && one[index] === other[index]) continue;
    if (x === undefined || y === undefined) return undefined;
    const sign = Math.sign(x.rank - y.rank) || (x.rank === NUMBER ? numberOrder(x.text, y.text) : textOrder(x.text, y.text));
    if (sign !== 0) return sign;
  }
  return 0;
}

/** A git hash; digits alone are a number or a date, unless there are as many as a hash has. */
function isHash(text: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(text) && (/[a-f]/.test(text) || text.length === 40 || text.length === 64);
}

/** Without what stands before the first number, without the hash of `git describe`; a date is year, month and day. */
function tokensOf(text: string): string[] {
  const lower = text.toLowerCase().replace(/^(?:v|version|release|rel)[-_.]?(?=\d)/, '').replace(/-g[0-9a-f]{7,40}(?:-dirty)?$/, '');
  const dated = lower.replace(/^((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)/, '$1.$2.$3');
  return dated.match(/\d+|[a-z]+/g)?.map((token) => (/^\d/.test(token) ? token.replace(/^0+(?=\d)/, '') : token)) ?? [];
}

/** Years and plain numbers are two ways of counting: from one to the other there is no order. */
function eraOf([first = '']: readonly string[]): string {
  return /^(?:19|20)\d\d$/.test(first) ? 'year' : /^\d/.test(first) ? 'number' : 'word';
}

function placeAt(tokens: readonly string[], index: number): Place {
  const token = tokens[index];
  if (token === undefined) return END;
  if (/^\d/.test(token)) return { rank: NUMBER, text: token };
  const followed = /^\d/.test(tokens[index + 1] ?? '');
  const word = followed || token.length > 1 ? SHORT[token] ?? token : token;
  const early = BEFORE.indexOf(word);
  if (early >= 0) return { rank: early, text: '' };
  if (AFTER.has(token) && followed) return { rank: LATER, text: '' };
  return token.length === 1 && !followed ? { rank: LETTER, text: token } : undefined;
}

/** Digits of any length; an empty run counts as 0. */
function numberOrder(a: string, b: string): number {
  const [one, other] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  return Math.sign(one.length - other.length) || textOrder(one, other);
}

function textOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
