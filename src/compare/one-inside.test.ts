import { tinyDeb } from '../../tests/support/tiny-deb.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { displayPath, type TreeEntry } from '../tree/entry.ts';
import { compareImages } from './compare.ts';
import { comparisonText } from './comparison-text.ts';
import type { Comparison } from './comparison.ts';
import { judgeRules, parseFailRules } from './fail-on.ts';

const compared = async (left: Readonly<Record<string, string | TreeEntry>>, right: Readonly<Record<string, string | TreeEntry>>): Promise<Comparison> =>
  compareImages(bufferSource((await tinyDeb('tool', left)).bytes), bufferSource((await tinyDeb('tool', right)).bytes));

it('tells of a package which of its paths differ, in which member', async () => {
  const comparison = await compared({ 'usr/bin/tool': 'one\n', 'usr/bin/old': 'gone\n' }, { 'usr/bin/tool': 'two\n' });
  const [whole, ...more] = comparison.changes;
  expect(more).toEqual([]);
  expect(whole!.inside!.changes.map(({ place, path, kind }) => [place, displayPath(path), kind])).toEqual([['data.tar.gz', 'usr/bin/old', 'removed'], ['data.tar.gz', 'usr/bin/tool', 'changed']]);
  expect(whole!.inside!.verdict).toMatchObject({ bytesEqual: false, contentEqual: false, metadataEqual: true });
  expect(comparisonText(comparison, { lines: 40 })).toContain('within: - /usr/bin/old, ~ /usr/bin/tool');
});

it('finds a privilege that is gained within a package', async () => {
  const directory = (mode: number): TreeEntry => ({ kind: 'directory', mode, uid: 0, gid: 0 });
  const comparison = await compared({ 'usr': directory(0o755) }, { 'usr': directory(0o2755) });
  const firings = judgeRules(parseFailRules('setuid'), { comparison, images: [], packages: [], owner: () => undefined }, { owners: false, packages: false });
  expect(firings.map(({ where, why }) => [where, why])).toEqual([['/ → data.tar.gz: /usr', 'setgid gained (mode 0755 → 2755)']]);
});
