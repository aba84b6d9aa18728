import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { openSandboxBench, type BenchRun, type SandboxBench } from '../support/sandbox-bench.ts';

let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

const outputOf = async (run: BenchRun, name = 'target'): Promise<Tree> => {
  expect([run.exit, run.log]).toEqual([{ kind: 'exited', code: 0 }, expect.anything()]);
  return bench.store.getTree(run.outputs[name]!);
};
const at = (tree: Tree, path: string): TreeEntry | undefined => tree.entries.get(pathBytes(path));
const textAt = async (tree: Tree, path: string): Promise<string> => {
  const entry = at(tree, path);
  return entry?.kind === 'file' ? Buffer.from(await bench.store.readBlobBytes(entry.sha256)).toString('utf8') : `(${entry?.kind})`;
};

describe('outputs', () => {
  const MAKE = `
    mkdir -p /out/target/bin /out/target/etc /out/sysroot/usr/include
    printf tool >/out/target/bin/tool; chmod 4755 /out/target/bin/tool
    printf group >/out/target/bin/group; chmod 2711 /out/target/bin/group
    printf private >/out/target/etc/private; chmod 600 /out/target/etc/private
    ln /out/target/bin/tool /out/target/bin/also; printf header >/out/sysroot/usr/include/header.h
    ln -s ../../../../etc/passwd /out/target/etc/climbs; ln -s /etc/shadow /out/target/etc/absolute; ln -s nowhere /out/target/etc/dangling
    mkdir -m 1777 /out/target/tmp; mkdir -m 700 /out/target/root
    printf odd >"$(printf '/out/target/etc/\\377 new\\nline')"`;

  const MAKE_OTHERWISE = `
    sleep 1; umask 077; mkdir -p /out/sysroot/usr/include /out/target/root /out/target/tmp /out/target/etc /out/target/bin
    ln -s nowhere /out/target/etc/dangling; ln -s /etc/shadow /out/target/etc/absolute; ln -s ../../../../etc/passwd /out/target/etc/climbs
    printf odd >"$(printf '/out/target/etc/\\377 new\\nline')"; printf private >/out/target/etc/private; printf header >/out/sysroot/usr/include/header.h
    printf group >/out/target/bin/group; printf tool >/out/target/bin/also; ln /out/target/bin/also /out/target/bin/tool
    chmod 711 /out/target/bin/group; chmod 755 /out/target/bin/also; chmod 644 /out/target/etc/*new* /out/sysroot/usr/include/header.h
    chmod 755 /out/target /out/target/bin /out/target/etc /out/sysroot /out/sysroot/usr /out/sysroot/usr/include; chmod 777 /out/target/tmp
    find /out -exec touch -h -d @7 {} +`;

  it('are one tree a directory, owned by 0:0, stripped of setuid, setgid and sticky', async () => {
    const run = await bench.step([MAKE]);
    expect(Object.keys(run.outputs).toSorted()).toEqual(['sysroot', 'target']);
    const target = await outputOf(run);
    for (const [path, entry] of target.entries) {
      if (entry.kind === 'hard-link') continue;
      expect([path, entry]).toEqual([path, expect.objectContaining({ uid: 0, gid: 0 })]);
      expect([path, entry.mode & 0o7000]).toEqual([path, 0]);
    }
    expect(at(target, 'bin/group')).toMatchObject({ mode: 0o711 });
    expect(at(target, 'etc/private')).toMatchObject({ mode: 0o600 });
    expect(at(target, 'root')).toMatchObject({ mode: 0o700 });
    expect(await textAt(await outputOf(run, 'sysroot'), 'usr/include/header.h')).toBe('header');
    expect(run.log).toMatch(/bin\/(also|tool): setuid is dropped/);
  });

  it('have the same digests whoever made them, in whatever order, at any time', async () => {
    const here = await bench.step([MAKE]);
    const other = await openSandboxBench();
    try {
      const there = await other.step([MAKE_OTHERWISE]);
      expect(there.outputs).toEqual(here.outputs);
    } finally {
      await other.close();
    }
  });

  it('keep hard links, and links that lead out as text that is never followed', async () => {
    const target = await outputOf(await bench.step([MAKE]));
    expect(at(target, 'bin/also')).toMatchObject({ kind: 'file', mode: 0o755 });
    expect(at(target, 'bin/tool')).toEqual({ kind: 'hard-link', target: 'bin/also' });
    expect(at(target, 'etc/climbs')).toMatchObject({ kind: 'symlink', target: '../../../../etc/passwd' });
    expect(at(target, 'etc/absolute')).toMatchObject({ kind: 'symlink', target: '/etc/shadow' });
    expect(target.entries.get('etc/\xff new\nline' as PathBytes)).toMatchObject({ kind: 'file', sizeBytes: 3 });
  });

  it('of a step that left none are none', async () => {
    expect((await bench.step(['true'])).outputs).toEqual({});
  });

  it.each([
    ['a fifo', 'mkdir /out/target; mkfifo /out/target/pipe', 'SANDBOX.BAD_OUTPUT', /out\/target\/pipe/],
    ['a file beside the outputs', 'touch /out/loose', 'SANDBOX.BAD_OUTPUT', /\/out\/loose is a file/],
    ['a link in place of an output', 'ln -s /etc /out/target', 'SANDBOX.BAD_OUTPUT', /\/out\/target is a symlink/],
    ['a name that is none of an output', 'mkdir "/out/Target one"', 'SANDBOX.BAD_OUTPUT', /Target one/],
    ['notes that are no directory', 'rm -r /out/.step; ln -s /etc /out/.step', 'SANDBOX.BAD_OUTPUT', /\.step/],
  ])('with %s are refused with code and place', async (_what, phase, code, place) => {
    // As process 1: the step runner would write its notes at the end.
    await expect(bench.sh(`mkdir -p /out/.step; ${phase}`)).rejects.toMatchObject({ name: 'Failure', code, message: expect.stringMatching(place) });
  });

  it('leave sockets out, which no archive can hold', async () => {
    const target = await outputOf(await bench.step([`mkdir /out/target; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/out/target/socket")'; touch /out/target/file`]));
    expect([...target.entries.keys()]).toEqual(['', 'file']);
  });
});
