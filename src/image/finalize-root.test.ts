import fc from 'fast-check';

import { sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import { finalizeRoot, type FinalRoot, type RootInput } from './finalize-root.ts';

const own = { uid: 0, gid: 0 };
const file = (text: string, mode = 0o644) => ({ kind: 'file' as const, mode, ...own, content: Buffer.from(text) });
const directory = (mode = 0o755): TreeEntry => ({ kind: 'directory', mode, ...own });
const symlink = (target: string): TreeEntry => ({ kind: 'symlink', mode: 0o777, ...own, target: target as PathBytes });
type Rows = Parameters<typeof sampleTree>[0];
const layer = (owner: string, rows: Rows, overrides: string[] = []) => ({ owner, tree: (sampleTree(rows) satisfies SampleTree).tree, overrides });

const SKELETON = layer('base', [['etc/shells', file('/bin/sh\n')], ['root', directory()], ['tmp', directory()], ['dev', directory()], ['var/run', symlink('../run')], ['run', directory()], ['bin/sh', file('sh', 0o755)]]);
const SYSTEM = { hostname: 'box', banner: 'Welcome', rootPassword: 'locked', authorizedKeys: [], epochSeconds: 1 };
const input = (given: Partial<RootInput> = {}): RootInput => ({ layers: [SKELETON], users: [], permissions: [], devices: [], initScripts: [], system: SYSTEM, ...given });
const finalize = (given: Partial<RootInput> = {}): FinalRoot => finalizeRoot(input(given));
const user = (name: string, uid: number, more: object = {}) => ({ owner: 'pkg', row: { name, uid, group: name, gid: uid, home: `/var/lib/${name}`, shell: '/bin/false', comment: '', ...more } });
const permission = (path: string, more: object = {}, owner = 'pkg') => ({ owner, row: { path, kind: 'file' as const, mode: 0o755, ...own, ...more } });
const device = (path: string, more: object = {}) => ({ owner: 'pkg', row: { path, kind: 'character-device' as const, major: 1, minor: 3, mode: 0o666, ...own, ...more } });

const contentOf = (root: FinalRoot, path: string): string => {
  const entry = root.tree.entries.get(pathBytes(path));
  return entry?.kind === 'file' ? Buffer.from(root.files.get(entry.sha256) ?? []).toString() : `no file: ${JSON.stringify(root.findings)}`;
};
const rules = (root: FinalRoot): string[] => root.findings.map(({ severity, path, rule }) => `${severity} ${path} ${rule}`);

describe('the final root', () => {
  test('is what this version makes, whatever the order of table rows', () => {
    const full: Partial<RootInput> = {
      layers: [SKELETON, layer('pkg', [['usr/bin/su', file('su', 0o755)], ['usr/share/man/man1/su.1', file('manual')], ['var/lib/data/x', file('x')]])],
      users: [user('svc', 100)], permissions: [permission('/usr/bin/su', { mode: 0o4755 }), permission('/var/lib/data', { kind: 'recursive', mode: 0o640, uid: 100, gid: 100 })],
      devices: [device('/dev/null')], initScripts: [{ owner: 'pkg', row: { name: 'S50svc', bytes: Buffer.from('#!/bin/sh\n') } }],
      system: { ...SYSTEM, authorizedKeys: ['ssh-ed25519 AAAA me'] },
    };
    const root = finalize(full);
    expect(root.findings).toEqual([]);
    // Another digest here means another root for every user: raise FINALIZE_VERSION with it.
    expect(treeDigest(root.tree)).toBe('e549c82e71e62a4fe9d736c47798650b9741768bcdaaff79f2dbd04381684d1c');
    expect([...root.owners].map(([path, { kind, name, reason }]) => `${path}: ${kind} ${name}, ${reason}`)).toMatchSnapshot();
    const otherOrder = { users: [user('svc', 100), user('abe', 101)], devices: [device('/dev/null'), device('/dev/full', { minor: 7 })] };
    const turned = { users: otherOrder.users.toReversed(), devices: otherOrder.devices.toReversed() };
    expect(treeDigest(finalize({ ...full, ...turned }).tree)).toBe(treeDigest(finalize({ ...full, ...otherOrder }).tree));
  });

  test('every path but the root has an owner, and every generated file its content', () => {
    const root = finalize({ layers: [SKELETON, layer('deep', [['opt/a/b/c', file('x')]])], users: [user('svc', 100, { home: '/srv/a/b' })] });
    expect([...root.owners.keys()]).toEqual([...root.tree.entries.keys()].slice(1));
    expect([...root.owners.values()].every((owner) => owner !== undefined)).toBe(true);
    for (const [digest, bytes] of root.files) expect(sha256(bytes)).toBe(digest);
    expect(root.owners.get(pathBytes('opt/a'))).toMatchObject({ name: 'deep' });
    expect(root.owners.get(pathBytes('srv/a'))).toMatchObject({ kind: 'table', name: 'pkg' });
  });

  test('a dropped package leaves nothing', () => {
    const pkg = layer('pkg', [['opt/pkg/bin', file('x')], ['etc/pkg.conf', file('x')]]);
    const rows = { users: [user('svc', 100)], devices: [device('/dev/pkg')], initScripts: [{ owner: 'pkg', row: { name: 'S01x', bytes: Buffer.from('') } }] };
    const paths = (root: FinalRoot): PathBytes[] => [...root.owners].filter(([, owner]) => owner.name === 'pkg').map(([path]) => path);
    expect(paths(finalize({ layers: [SKELETON, pkg], ...rows })).length).toBeGreaterThan(5);
    expect(paths(finalize())).toEqual([]);
    expect(contentOf(finalize(), 'etc/passwd')).not.toContain('svc');
  });
});

describe('two packages on one path', () => {
  const a = layer('a', [['bin/tool', file('a')]]);
  test('are a finding with the remedy', () => {
    const root = finalize({ layers: [SKELETON, a, layer('b', [['bin/tool', file('b')]])] });
    expect(rules(root)).toEqual(['error recipes/b/recipe.yaml path-conflict']);
    expect(root.findings[0]!.suggestion).toContain('overrides: [a]');
    expect(root.tree.entries.size).toBe(1);
  });
  test('are fine where the later one declares it', () => {
    const root = finalize({ layers: [SKELETON, a, layer('b', [['bin/tool', file('b')]], ['a'])] });
    expect(root.owners.get(pathBytes('bin/tool'))).toMatchObject({ name: 'b' });
  });
  test('are fine where both bring the same', () => {
    expect(finalize({ layers: [SKELETON, a, layer('b', [['bin/tool', file('a')]])] }).findings).toEqual([]);
  });
  test('are fine where the path is purged', () => {
    const manual = (owner: string) => layer(owner, [['usr/share/info/dir', file(owner)]]);
    expect(finalize({ layers: [SKELETON, manual('a'), manual('b')] }).findings).toEqual([]);
  });
  test('a file on another\'s directory is told with all else that is wrong', () => {
    const root = finalize({ layers: [SKELETON, layer('a', [['x/y', file('a')]]), layer('b', [['x', file('b')]])], system: { ...SYSTEM, hostname: 'a b' } });
    expect(rules(root)).toEqual(['error recipes/b/recipe.yaml path-conflict', 'error system.hostname bad-hostname']);
  });
});

describe('purging', () => {
  const has = (root: FinalRoot, path: string): boolean => root.tree.entries.has(pathBytes(path));
  test.each([
    'usr/include/x.h', 'usr/lib/libx.a', 'lib/sub/libx.la', 'usr/lib/pkgconfig/x.pc', 'usr/share/pkgconfig/x.pc', 'usr/lib/cmake/X/x.txt', 'usr/share/x/x.cmake', 'usr/share/aclocal/x.m4',
    'usr/share/man/man1/x.1', 'usr/man/x', 'usr/share/info/x', 'usr/share/doc/x/README', 'usr/share/gtk-doc/x', 'usr/share/bash-completion/x', 'etc/bash_completion.d/x', 'usr/share/zsh/x', 'usr/share/gdb/x',
  ])('drops %s', (path) => {
    const root = finalize({ layers: [SKELETON, layer('pkg', [[path, file('x')]])] });
    expect(has(root, path)).toBe(false);
    expect([...root.purged.keys()].some((purged) => path === purged || path.startsWith(`${purged}/`))).toBe(true);
  });
  test.each(['usr/lib/libx.so', 'usr/lib/modules/a.ko', 'usr/share/x/data', 'opt/x.a', 'usr/share/documentation', 'var/lib/x.cmake'])('keeps %s', (path) => {
    expect(has(finalize({ layers: [SKELETON, layer('pkg', [[path, file('x')]])] }), path)).toBe(true);
  });
  test('keeps completions for a shell that is there', () => {
    const root = finalize({ layers: [SKELETON, layer('shell', [['bin/bash', file('x')]]), layer('pkg', [['usr/share/bash-completion/x', file('x')]])] });
    expect(has(root, 'usr/share/bash-completion/x')).toBe(true);
  });
  test('a hard link whose file is dropped becomes the file', () => {
    const root = finalize({ layers: [SKELETON, layer('pkg', [['opt/x', { kind: 'hard-link', target: 'usr/include/x.h' as PathBytes }], ['usr/include/x.h', file('x')]])] });
    expect(root.tree.entries.get(pathBytes('opt/x'))).toMatchObject({ kind: 'file' });
  });
});

describe('permissions', () => {
  const tool = layer('pkg', [['bin/tool', file('x', 0o755)], ['bin/also', { kind: 'hard-link', target: 'bin/tool' as PathBytes }], ['srv/d/f', file('x')], ['srv/d/e', directory()], ['srv/d/l', symlink('f')]]);
  const entry = (root: FinalRoot, path: string): TreeEntry | undefined => root.tree.entries.get(pathBytes(path));

  test('only a row makes a file setuid; a bit that comes otherwise is taken away and told', () => {
    const setuid = layer('pkg', [['bin/tool', file('x', 0o6755)]]);
    const without = finalize({ layers: [SKELETON, setuid] });
    expect(entry(without, 'bin/tool')).toMatchObject({ mode: 0o755 });
    expect(rules(without)).toEqual(['warning recipes/pkg/recipe.yaml undeclared-setuid']);
    expect(entry(finalize({ layers: [SKELETON, tool], permissions: [permission('/bin/tool', { mode: 0o4755 })] }), 'bin/also')).toMatchObject({ kind: 'file', mode: 0o4755 });
  });
  test('a row for a hard link changes its file', () => {
    expect(entry(finalize({ layers: [SKELETON, tool], permissions: [permission('/bin/tool', { mode: 0o700 })] }), 'bin/also')).toMatchObject({ mode: 0o700 });
  });
  test('a recursive row reaches everything below; directories stay searchable, links keep their mode', () => {
    const root = finalize({ layers: [SKELETON, tool], permissions: [permission('/srv/d', { kind: 'recursive', mode: 0o640, uid: 7, gid: 8 })] });
    const seen = ['srv', 'srv/d', 'srv/d/e', 'srv/d/f', 'srv/d/l'].map((path) => { const e = entry(root, path); return e !== undefined && e.kind !== 'hard-link' ? [path, e.mode.toString(8), e.uid, e.gid] : []; });
    expect(seen).toEqual([['srv', '755', 0, 0], ['srv/d', '750', 7, 8], ['srv/d/e', '750', 7, 8], ['srv/d/f', '640', 7, 8], ['srv/d/l', '777', 7, 8]]);
  });
  test('the owner of a path says which table changed it', () => {
    expect(finalize({ layers: [SKELETON, tool], permissions: [permission('/bin/tool', { mode: 0o4755 }, 'other')] }).owners.get(pathBytes('bin/tool'))).toEqual({
      kind: 'package', name: 'pkg', reason: 'installed; 4755 0:0 by the permissions of other',
    });
  });
  test.each([
    ['a path that is not there', [permission('/bin/nothing')], 'permission-without-path'],
    ['a directory said to be a file', [permission('/srv/d')], 'permission-of-other-kind'],
    ['a symlink', [permission('/srv/d/l')], 'permission-of-other-kind'],
    ['setuid for everything below', [permission('/srv/d', { kind: 'recursive', mode: 0o4755 })], 'recursive-setuid'],
    ['two rows that differ', [permission('/bin/tool'), permission('/bin/tool', { mode: 0o4755 }, 'other')], 'permission-clash'],
    ['a relative path', [permission('bin/tool')], 'bad-path'],
    ['a path that climbs', [permission('/bin/../bin/tool')], 'bad-path'],
    ['a doubled slash', [permission('//bin/tool')], 'bad-path'],
    ['a slash at the end', [permission('/srv/d/', { kind: 'directory' })], 'bad-path'],
    ['a path through a symlink', [permission('/var/run/x')], 'path-through-link'],
  ])('finds %s', (_title, permissions, rule) => {
    expect(finalize({ layers: [SKELETON, tool], permissions }).findings.map((finding) => finding.rule)).toEqual([rule]);
  });
});

describe('devices', () => {
  test('stand where the table says, with its owner', () => {
    const root = finalize({ devices: [device('/dev/null'), device('/dev/sda', { kind: 'block-device', major: 8, minor: 0 }), device('/run/pipe', { kind: 'fifo', major: 0, minor: 0 })] });
    expect(root.tree.entries.get(pathBytes('dev/null'))).toEqual({ kind: 'character-device', mode: 0o666, ...own, major: 1, minor: 3 });
    expect(root.tree.entries.get(pathBytes('run/pipe'))).toEqual({ kind: 'fifo', mode: 0o666, ...own });
    expect(root.owners.get(pathBytes('dev/sda'))).toEqual({ kind: 'table', name: 'pkg', reason: 'block-device of its devices' });
  });
  test.each([
    ['on a path that is taken', device('/bin/sh'), 'path-conflict'],
    ['through a link', device('/var/run/null'), 'path-through-link'],
    ['below a file', device('/bin/sh/null'), 'path-through-link'],
    ['with a number beyond the kernel\'s', device('/dev/x', { minor: 2 ** 20 }), 'device-number'],
    ['outside the root', device('/../dev/x'), 'bad-path'],
  ])('finds one %s', (_title, row, rule) => {
    expect(finalize({ devices: [row] }).findings.map((finding) => finding.rule)).toEqual([rule]);
  });
});

describe('users', () => {
  test('are sorted by number, locked, and have a home', () => {
    const root = finalize({ users: [user('zed', 100, { comment: 'Z' }), user('abe', 101)] });
    expect(contentOf(root, 'etc/passwd')).toBe('root:x:0:0:root:/root:/bin/sh\nzed:x:100:100:Z:/var/lib/zed:/bin/false\nabe:x:101:101::/var/lib/abe:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n');
    expect(contentOf(root, 'etc/group')).toBe('root:x:0:\ntty:x:5:\nzed:x:100:\nabe:x:101:\nnogroup:x:65534:\n');
    expect(contentOf(root, 'etc/shadow')).toBe('root:*:::::::\nzed:*:::::::\nabe:*:::::::\nnobody:*:::::::\n');
    expect(root.tree.entries.get(pathBytes('etc/shadow'))).toMatchObject({ mode: 0o600 });
    expect(root.tree.entries.get(pathBytes('var/lib/zed'))).toEqual({ kind: 'directory', mode: 0o755, uid: 100, gid: 100 });
  });
  test('one row declared by two packages counts once', () => {
    expect(finalize({ users: [user('svc', 100), { ...user('svc', 100), owner: 'other' }] }).findings).toEqual([]);
  });
  test('the root password is a hash, or none fits', () => {
    const hash = `$6$${'salt'.repeat(2)}$${'h'.repeat(86)}`;
    expect(contentOf(finalize({ system: { ...SYSTEM, rootPassword: hash } }), 'etc/shadow')).toContain(`root:${hash}:::::::\n`);
    for (const rootPassword of ['', 'secret', `${hash}:0:0\nevil`]) expect(rules(finalize({ system: { ...SYSTEM, rootPassword } }))).toEqual(['error system.root_password root-password']);
  });
  test.each([
    ['a second root', [user('toor', 0)], 'bad-user'],
    ['a name with a colon', [user('a:b', 100)], 'bad-user'],
    ['a comment that adds a line', [user('svc', 100, { comment: 'x\nroot2:x:0:0::/:/bin/sh' })], 'bad-user'],
    ['a shell with a colon', [user('svc', 100, { shell: '/bin/sh:x' })], 'bad-user'],
    ['a relative home', [user('svc', 100, { home: 'x' })], 'bad-user'],
    ['a number of another', [user('a', 100), user('b', 100, { group: 'a' })], 'user-clash'],
    ['a name of another', [user('a', 100), user('a', 101)], 'user-clash'],
    ['a group number of another', [user('a', 100), user('b', 101, { gid: 100 })], 'user-clash'],
    ['a group of the system with another number', [user('a', 100, { group: 'tty' })], 'user-clash'],
    ['a home outside the root', [user('a', 100, { home: '/../x' })], 'bad-path'],
  ])('finds %s', (_title, users, rule) => {
    expect(finalize({ users }).findings.map((finding) => finding.rule)).toEqual([rule]);
  });
  test('no row whatever gives a line that is not its own', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('/a', 'a', '\n', ':', '/x:y', '/x\ny'));
    // Mostly sound, so that rows are taken too and not only refused.
    const mostly = (sound: string): fc.Arbitrary<string> => fc.oneof({ weight: 4, arbitrary: fc.constant(sound) }, text);
    let taken = 0;
    fc.assert(fc.property(mostly('svc'), mostly('/srv'), mostly('/bin/sh'), text, fc.integer({ min: -1, max: 70_000 }), (name, home, shell, comment, uid) => {
      const root = finalize({ users: [user(name, uid, { home, shell, comment })] });
      if (root.findings.length > 0) return;
      taken += 1;
      const lines = contentOf(root, 'etc/passwd').trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(lines.every((line) => line.split(':').length === 7)).toBe(true);
      expect(lines.filter((line) => line.split(':')[2] === '0')).toHaveLength(1);
    }));
    expect(taken).toBeGreaterThan(0);
  });
});

describe('system files', () => {
  test('say what the configuration says', () => {
    const root = finalize({ system: { ...SYSTEM, banner: 'A\\B', authorizedKeys: ['ssh-ed25519 AAAA a', 'ssh-rsa BBBB b'] } });
    expect(contentOf(root, 'etc/hostname')).toBe('box\n');
    expect(contentOf(root, 'etc/issue')).toBe('A\\\\B\n');
    expect(contentOf(root, 'root/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA a\nssh-rsa BBBB b\n');
    expect(root.tree.entries.get(pathBytes('root/.ssh'))).toMatchObject({ mode: 0o700 });
    expect(root.tree.entries.get(pathBytes('root/.ssh/authorized_keys'))).toMatchObject({ mode: 0o600 });
  });
  test('there is no key that nobody asked for', () => {
    expect(finalize().tree.entries.has(pathBytes('root/.ssh/authorized_keys'))).toBe(false);
  });
  test.each([
    ['a banner of two lines', { banner: 'a\nb' }, 'bad-banner'],
    ['a key of two lines', { authorizedKeys: ['a\nb'] }, 'bad-key'],
    ['a host name with a blank', { hostname: 'a b' }, 'bad-hostname'],
  ])('finds %s', (_title, system, rule) => {
    expect(finalize({ system: { ...SYSTEM, ...system } }).findings.map((finding) => finding.rule)).toEqual([rule]);
  });
  test('finds a package that brings a generated file, and a script whose name is a path', () => {
    const root = finalize({ layers: [SKELETON, layer('pkg', [['etc/passwd', file('x')]])], initScripts: [{ owner: 'pkg', row: { name: '../S01x', bytes: Buffer.from('') } }] });
    expect(rules(root)).toEqual(['error recipes/pkg/recipe.yaml bad-init-script', 'error system.users path-conflict']);
  });
});
