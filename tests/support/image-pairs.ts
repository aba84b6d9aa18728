import type { Change } from '../../src/compare/comparison.ts';
import { displayPath, type PathBytes } from '../../src/tree/entry.ts';
import { comparePaths } from '../../src/tree/tree.ts';
import { craftElf } from './crafted-content.ts';
import { pseudoRandom } from './foreign-images.ts';
import { sampleTree, type SampleTree } from './sample-trees.ts';

type Row = Parameters<typeof sampleTree>[0][number];
type Rows = ReadonlyMap<string, Row[1]>;

/** What a comparison must say, as who made the pair knows it. */
export type Expected = Pick<Change, 'kind' | 'classes'> & { path: string; otherPath?: string };

export interface ImagePair { name: string; left: SampleTree; right: SampleTree; expected: Expected[]; epochs: readonly [number, number]; needsXattrs?: boolean; needsHardLinks?: boolean }

const owned = { mode: 0o644, uid: 0, gid: 0 };
const file = (content: string | Buffer, more: Partial<typeof owned> & { xattrs?: Readonly<Record<string, string>> } = {}): Row[1] => ({ kind: 'file', ...owned, content: Buffer.from(content), ...more });
const directory = (mode = 0o755): Row[1] => ({ kind: 'directory', ...owned, mode });
const EPOCH = 1_700_000_000;

/** A program that says where it was compiled: paths of one length, in strings and in debug information. */
export const program = (builtIn: string, more = ''): Buffer => craftElf({
  wide: true, littleEndian: true, machine: 62, type: 2,
  sections: [
    { name: '.text', type: 1, flags: 6, content: pseudoRandom(4096) }, { name: '.rodata', type: 1, flags: 2, content: Buffer.from(`assertion failed\0${builtIn}/src/main.c\0${more}\0`) },
    { name: '.comment', type: 1, content: Buffer.from('GCC: 12\0') }, { name: '.debug_line_str', type: 1, content: Buffer.from(`${builtIn}/src\0main.c\0`) },
  ],
});

function base(): Map<string, Row[1]> {
  const rows = new Map<string, Row[1]>([
    ['', directory()], ['bin', directory()], ['bin/tool', file(program('/build/one'), { mode: 0o755 })], ['bin/sh', { kind: 'symlink', ...owned, mode: 0o777, target: 'tool' as PathBytes }],
    ['dev', directory()], ['dev/console', { kind: 'character-device', ...owned, mode: 0o600, major: 5, minor: 1 }], ['etc', directory()], ['etc/issue', file('Welcome\nto the system\n')],
    ['lib', directory()], ['lib/libone.so.1.0', file(pseudoRandom(30_000))], ['usr', directory()], ['usr/share', directory()], ['usr/share/doc', directory()], ['usr/share/doc/old', directory()],
    ['usr/share/doc/old/a', file('document a, long enough to be known again\n'.repeat(4))], ['usr/share/doc/old/b', file('document b, long enough to be known again\n'.repeat(4))],
    ['usr/bin', directory()], ['usr/bin/ping', file(pseudoRandom(9000).subarray(77), { mode: 0o755 })], ['usr/many', directory()],
  ]);
  for (let i = 0; i < 60; i++) rows.set(`usr/many/${String(i).padStart(2, '0')}`, file(`file number ${i}\n${'line of text\n'.repeat(i)}`));
  return rows;
}

const sample = (rows: Rows): SampleTree => sampleTree([...rows]);
const changed = (path: string, ...classes: Expected['classes']): Expected => ({ path, kind: 'changed', classes });

/** Pairs of trees with the one thing that happened between them. */
export function imagePairs(): ImagePair[] {
  const pair = (name: string, change: (rows: Map<string, Row[1]>) => Expected[], more: Partial<ImagePair> = {}): ImagePair => {
    const rows = base();
    const expected = change(rows).toSorted((a, b) => comparePaths(a.path as PathBytes, b.path as PathBytes));
    return { name, left: sample(base()), right: sample(rows), expected, epochs: [EPOCH, EPOCH], ...more };
  };
  return [
    pair('nothing', () => []),
    pair('one line', (rows) => { rows.set('etc/issue', file('Welcome\nto the other system\n')); return [changed('etc/issue', 'content')]; }),
    pair('a program built elsewhere', (rows) => { rows.set('bin/tool', file(program('/build/two'), { mode: 0o755 })); return [changed('bin/tool', 'content')]; }),
    pair('times', (rows) => [...rows.keys()].map((path) => changed(path, 'times')), { epochs: [EPOCH, EPOCH + 90_000] }),
    pair('every twentieth file', (rows) => {
      const files = [...rows].filter(([, row]) => row.kind === 'file').map(([path]) => path).filter((_, i) => i % 20 === 3);
      for (const path of files) rows.set(path, file(`changed ${path}\n`));
      return files.map((path) => changed(path, 'content'));
    }),
    pair('an upgrade', (rows) => {
      const grown = Buffer.concat([pseudoRandom(30_000).subarray(0, 20_000), pseudoRandom(12_000)]);
      rows.delete('lib/libone.so.1.0');
      rows.set('lib/libone.so.1.1', file(grown));
      rows.set('usr/share/doc/new', file('what is new\n'));
      return [{ path: 'lib/libone.so.1.1', otherPath: 'lib/libone.so.1.0', kind: 'moved', classes: ['content'] }, { path: 'usr/share/doc/new', kind: 'added', classes: [] }];
    }),
    pair('a file renamed', (rows) => { rows.set('usr/bin/pong', rows.get('usr/bin/ping')!); rows.delete('usr/bin/ping'); return [{ path: 'usr/bin/pong', otherPath: 'usr/bin/ping', kind: 'moved', classes: [] }]; }),
    pair('a directory renamed', (rows) => {
      const paths = ['', '/a', '/b'];
      for (const end of paths) { rows.set(`usr/share/doc/other${end}`, rows.get(`usr/share/doc/old${end}`)!); rows.delete(`usr/share/doc/old${end}`); }
      return paths.map((end) => ({ path: `usr/share/doc/other${end}`, otherPath: `usr/share/doc/old${end}`, kind: 'moved', classes: [] }));
    }),
    pair('attributes and capabilities', (rows) => {
      rows.set('usr/bin/ping', { ...rows.get('usr/bin/ping')!, xattrs: { 'security.capability': '\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0' } } as Row[1]);
      rows.set('etc/issue', { ...rows.get('etc/issue')!, xattrs: { 'user.note': 'text' } } as Row[1]);
      return [changed('etc/issue', 'xattrs'), changed('usr/bin/ping', 'xattrs')];
    }, { needsXattrs: true }),
    pair('a setuid bit and an owner', (rows) => {
      rows.set('usr/bin/ping', { ...rows.get('usr/bin/ping')!, mode: 0o4755 } as Row[1]);
      rows.set('etc', { kind: 'directory', ...owned, mode: 0o755, gid: 7 });
      return [changed('etc', 'owner'), changed('usr/bin/ping', 'mode')];
    }),
    pair('a device', (rows) => {
      rows.set('dev/console', { kind: 'character-device', ...owned, mode: 0o600, major: 4, minor: 64 });
      rows.set('dev/disk', { kind: 'block-device', ...owned, mode: 0o660, major: 259, minor: 3 });
      return [changed('dev/console', 'device'), { path: 'dev/disk', kind: 'added', classes: [] }];
    }),
    pair('a link and what it points at', (rows) => {
      rows.set('bin/sh', { kind: 'symlink', ...owned, mode: 0o777, target: '../usr/bin/ping' as PathBytes });
      rows.set('etc/issue', { kind: 'symlink', ...owned, mode: 0o777, target: '../run/issue' as PathBytes });
      return [changed('bin/sh', 'links'), changed('etc/issue', 'type', 'mode')];
    }),
    pair('a copy that became a hard link', (rows) => {
      rows.set('usr/many/01', { kind: 'hard-link', target: 'usr/many/00' as PathBytes });
      rows.set('usr/bin/zing', { kind: 'hard-link', target: 'usr/bin/ping' as PathBytes });
      return [{ path: 'usr/bin/zing', kind: 'added', classes: [] }, changed('usr/many/01', 'content', 'hardlink')];
    }, { needsHardLinks: true }),
  ];
}

/** What a comparison says, in the form of what is expected. */
export function saidOf(changes: readonly Change[]): Expected[] {
  return changes.map(({ path, otherPath, kind, classes }) => ({ path: displayPath(path), ...(otherPath === undefined ? {} : { otherPath: displayPath(otherPath) }), kind, classes }));
}
