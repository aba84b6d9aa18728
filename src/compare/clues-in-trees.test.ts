import { sampleTree } from '../../tests/support/sample-trees.ts';
import { compareTrees } from './compare.ts';
import type { Change, Side } from './comparison.ts';

async function change(left: string, right: string): Promise<Change> {
  const side = (content: string): Side => ({ tree: sampleTree([['usr/file', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(content) }]]).tree, facts: new Map(), content: () => [Buffer.from(content)] });
  return (await compareTrees(side(left), side(right))).changes[0]!;
}

/** Patterns that are quadratic in such texts took minutes; a test that is not over says which. */
test.each([['spaces', ' '], ['slashes', '/a'], ['options', '-fa '], ['digits', '1'], ['words and lines below', 'a_'], ['names of compilers', 'gcc '], ['quotes', '"\''], ['beginnings of keys', '-----BEGIN PGP MESSAGE-----a']])('a long line of %s is looked at in time, and is no noise', async (_title, piece) => {
  const line = `host = ${piece.repeat(Math.ceil(400_000 / piece.length))}`;
  expect((await change(`${line}1\n`, `${line}2\n`)).noise).toBe(false);
});

test.each([
  ['built by joe@one\n', 'built by ann@two\n'], ['CFLAGS = -O2\n', 'CFLAGS = -O0\n'], ['gcc version 12.2.0\n', 'gcc version 13.1.0\n'], ['Linux version 6.1.55\n', 'Linux version 6.6.8\n'], ['size: 1.5 MB\n', 'size: 1,5 MB\n'], ['top = /home/a/code/tool\n', 'top = /home/b/code/tool\n'], ['SECRET_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAA\n', 'SECRET_KEY=BBBBBBBBBBBBBBBBBBBBBBBBBBBB\n'],
])('what only reads like a cause is a suspicion: %j', async (left, right) => {
  const { causes, noise } = await change(left, right);
  expect([noise, causes[0]!.code === 'unknown', causes.every(({ confidence }) => confidence < 1)]).toEqual([false, false, true]);
});
