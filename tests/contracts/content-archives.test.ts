import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseAr } from '../../src/content/ar.ts';
import { describeContent } from '../../src/content/describe-content.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

const directory = scratchDirectory();
const read = (name: string): Buffer => readFileSync(join(directory, name));
const write = (name: string, content: string): void => writeFileSync(join(directory, name), content);
const run = (tool: string, ...argv: string[]): string => execFileSync(tool, argv, { cwd: directory, encoding: 'latin1', maxBuffer: 2 ** 26, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'ignore'] });

itWith('ar')('reads members as ar lists and prints them, long names among them', () => {
  const names = ['short.txt', 'a name with blanks', 'a-name-that-is-longer-than-sixteen-characters.o', 'empty'];
  names.forEach((name, i) => write(name, i === 3 ? '' : `content of ${name}${'!'.repeat(i)}`));
  for (const [flags, archive] of [['rcU', 'times.a'], ['rcD', 'fixed.a']] as const) {
    run('ar', flags, archive, ...names);
    const { members } = parseAr(read(archive), archive);
    expect(`${members.map(({ name }) => name).join('\n')}\n`).toBe(run('ar', 't', archive));
    for (const { name, offset, sizeBytes } of members) expect(read(archive).toString('latin1', offset, offset + sizeBytes)).toBe(run('ar', 'p', archive, name));
    const listed = run('ar', 'tv', archive).trimEnd().split('\n').map((line) => /^(\S+) (\d+)\/(\d+) +(\d+) (\w+ +\d+ \d+:\d+ \d+)/.exec(line)!);
    expect(members.map(({ owner, group, sizeBytes, mtime }) => [owner, group, sizeBytes, Math.floor(mtime / 60)])).toEqual(
      listed.map(([, , owner, group, size, time]) => [Number(owner), Number(group), Number(size), Date.parse(`${time} UTC`) / 60_000]));
  }
});

itWith('ar', 'gcc', 'nm')('reads the symbol index as nm does', () => {
  write('one.c', 'int first(void) { return 1; } int second = 2;');
  write('two.c', 'int third(void) { return 3; }');
  run('gcc', '-c', 'one.c');
  run('gcc', '-c', 'two.c');
  run('ar', 'rcs', 'library.a', 'one.o', 'two.o');
  const { members, symbols } = parseAr(read('library.a'), 'library.a');
  const theirs = [...run('nm', '-s', 'library.a').split('\n\n')[0]!.matchAll(/^(\w+) in (\S+)$/gm)].map(([, name, member]) => ({ name, member }));
  expect(symbols.map(({ name, member }) => ({ name, member: members[member]!.name }))).toEqual(theirs);
  expect(theirs).toHaveLength(3);
  expect(describeContent(read('library.a'))).toMatchObject({ kind: 'ar', facts: { memberCount: 2, symbolCount: 3 }, problems: [] });
});

for (const compression of ['xz', 'gzip', 'zstd', 'none']) {
  itWith('dpkg-deb')(`reads a package packed with ${compression} as dpkg-deb does`, () => {
    const root = `package-${compression}`;
    mkdirSync(join(directory, root, 'DEBIAN'), { recursive: true });
    mkdirSync(join(directory, root, 'usr'), { recursive: true });
    write(`${root}/DEBIAN/control`, 'Package: made\nVersion: 1:2.0-3\nArchitecture: amd64\nMaintainer: Somebody <s@example.org>\nDepends: libc6 (>= 2.36)\nDescription: made for a test\n It has more\n .\n than one line.\n');
    write(`${root}/usr/file`, 'content');
    run('dpkg-deb', '--root-owner-group', `-Z${compression}`, '-b', root, `${root}.deb`);
    const described = describeContent(read(`${root}.deb`));
    expect(described).toMatchObject({ kind: 'deb', problems: [], facts: { format: '2.0', dataCompression: compression } });
    if (described.kind !== 'deb') return;
    expect(`${described.facts.control.map(([field, value]) => `${field}: ${value.replaceAll('\n', '\n ')}`).join('\n')}\n`).toBe(run('dpkg-deb', '-f', `${root}.deb`));
    const data = described.parts.find(({ name }) => name.startsWith('data.tar'))!.content();
    const inner = describeContent(data);
    expect([inner.kind, inner.problems]).toEqual([compression === 'none' ? 'image' : 'compressed', []]);
  });
}
