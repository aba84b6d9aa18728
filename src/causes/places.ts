import type { ContentDescription } from '../content/description.ts';
import { compareText } from '../foundation/order.ts';
import { pathBytes, type PathBytes } from '../tree/entry.ts';
import { mergedRanges } from './ranges.ts';
import { isConfiguration, matchesOf, textRule, type Match, type Rule, type RuleContext } from './rule.ts';

const LEAST_ROOT = 4;

/** The directories that one side was built in: as known, and as the compiler noted in the file itself. */
function rootsOf(side: 'left' | 'right', { known, described, isInImage }: RuleContext): string[] {
  const roots = [...known[side].paths.map((path): string => pathBytes(path)), ...noted(described)[side]].map((path) => path.replace(/\/+$/, ''));
  const outside = roots.filter((root) => root.startsWith('/') && root.length >= LEAST_ROOT && !isInImage(root.slice(1) as PathBytes));
  return [...new Set(outside)].toSorted((a, b) => b.length - a.length || compareText(a, b));
}

/** DW_AT_comp_dir, less what both sides have in common at the end. */
function noted({ left, right }: { left: ContentDescription; right: ContentDescription }): { left: string[]; right: string[] } {
  const [a, b] = [directoriesOf(left), directoriesOf(right)];
  const roots = { left: [] as string[], right: [] as string[] };
  if (a.length !== b.length) return roots;
  for (const [i, before] of a.entries()) {
    const after = b[i]!;
    if (before === after) continue;
    const [x, y] = [before.split('/'), after.split('/')];
    while (x.length > 2 && y.length > 2 && x.at(-1) === y.at(-1)) { x.pop(); y.pop(); }
    roots.left.push(x.join('/'));
    roots.right.push(y.join('/'));
  }
  return roots;
}

export function directoriesOf(described: ContentDescription): readonly string[] {
  if (described.kind === 'elf') return described.facts.units.directories;
  return described.kind === 'kernel-module' ? described.facts.elf.units.directories : [];
}

/** A program of a thousand directories has few roots; a hostile one could name any number. */
const MOST_ROOTS = 100;

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

function pathsIn(text: string, roots: readonly string[]): Match[] {
  let taken: Match[] = [];
  for (const root of roots.slice(0, MOST_ROOTS)) taken = mergedRanges(taken, matchesOf(text, new RegExp(`(?<![\\w.+/-])${literally(root)}(?![\\w.+-])`, 'g'), 'root'));
  return taken;
}

export const PATHS: Rule = textRule('build-path', (text, side, context) => {
  const roots = rootsOf(side, context);
  return roots.length === 0 ? [] : pathsIn(text, roots);
});

/** Names this short stand in too many places for other reasons. */
const LEAST_NAME = 4;
const COMMON_NAMES: ReadonlySet<string> = new Set(['localhost', 'localdomain', 'host', 'build', 'builder', 'root']);

/** A name of a machine by itself, a name of an account only together with one: `root` is in every image. */
export const HOSTS: Rule = textRule('host-leak', (text, side, context) => {
  const { known, described } = context;
  const banner = bannerOf(described[side]);
  const hosts = isConfiguration(context) ? [] : known[side].hosts.filter((host) => host.length >= LEAST_NAME && !COMMON_NAMES.has(host));
  const makers = [
    ...known[side].users.flatMap((user) => known[side].hosts.map((host) => `${user}@${host}`)),
    ...(banner?.user === undefined ? [] : [`${banner.user}@${banner.host!}`]),
  ].filter((maker) => maker.length > 2);
  const found = [...makers, ...hosts].map((name) => matchesOf(text, new RegExp(`(?<![\\w.@-])${literally(name)}(?![\\w.@-])`, 'g'), 'host'));
  return found.reduce((taken, more) => mergedRanges(taken, more), []);
});

/** What the kernel says it was built by is a field of its own, whoever that was. */
export function bannerOf(described: ContentDescription): { user?: string; host?: string; build?: string; release: string } | undefined {
  if (described.kind === 'kernel-image') return described.facts.banner;
  return described.kind === 'elf' ? described.facts.kernel?.banner : undefined;
}

/** `#7 SMP PREEMPT Thu Jan 1 00:00:00 UTC 1970`: the date in it, wherever the kernel repeats it. */
export const BANNER_DATES: Rule = textRule('embedded-timestamp', (text, side, { described }) => {
  const build = bannerOf(described[side])?.build;
  const date = build === undefined ? undefined : /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]?\d \d\d:\d\d:\d\d \w+ \d{4}/.exec(build)?.[0];
  return date === undefined ? [] : matchesOf(text, new RegExp(literally(date), 'g'), 'date');
});
