import { matchesOf, withoutBoth, type Match, type Rule } from './rule.ts';

const PATH = /(?<![/.])(?:\/[\w.+@~,%-]+){2,}\/?/g;
/** Where programs find what they need at run time; nothing is built there. */
const RUN_TIME = /^\/(?:usr\/(?!src\/)|etc\/|lib\d*\/|bin\/|sbin\/|run\/|dev\/|proc\/|sys\/|opt\/|boot\/|var\/(?:log|run|spool|db|mail|www)\/)/;

/** Directories that differ above what both name alike, in two places where something may be built: a suspicion. */
export const ANY_PATHS: Rule = {
  code: 'build-path',
  undo: (pair, { isText }) => {
    const [left, right] = [pair.left, pair.right].map((bytes) => matchesOf(bytes.toString('latin1'), PATH, 'path')) as [Match[], Match[]];
    const [fromLeft, fromRight] = [lacking(left, right), lacking(right, left)];
    if (fromLeft.length === 0 || fromLeft.length !== fromRight.length) return undefined;
    const both: [Match[], Match[]] = [[], []];
    for (const [i, match] of fromLeft.entries()) {
      const other = fromRight[i]!;
      const tail = commonTail(match.text, other.text);
      if (tail === '' || RUN_TIME.test(match.text) || RUN_TIME.test(other.text)) continue;
      both[0].push({ ...match, placeholder: `path ${tail}` });
      both[1].push({ ...other, placeholder: `path ${tail}` });
    }
    return withoutBoth(pair, both[0], both[1], isText);
  },
};

function lacking(matches: readonly Match[], others: readonly Match[]): Match[] {
  const known = new Set(others.map(({ text }) => text));
  return matches.filter(({ text }) => !known.has(text));
}

/** Whole components. */
function commonTail(a: string, b: string): string {
  const [x, y] = [a.split('/'), b.split('/')];
  const tail: string[] = [];
  while (x.length > 1 && y.length > 1 && x.at(-1) === y.at(-1)) { tail.unshift(x.pop()!); y.pop(); }
  return tail.join('/');
}
