import { library, program, rootFacts, tinyInventoryFacts } from '../../tests/support/inventory-facts.ts';
import { craftElf } from '../../tests/support/crafted-content.ts';
import { pathBytes } from '../tree/entry.ts';
import { examineContent } from './examine-content.ts';
import type { ExaminedContent } from './inventory-facts.ts';
import { parseLoaderConfiguration } from './loader-configuration.ts';
import { loadingsOf } from './loadings.ts';

/** Path to its content, or to what it links to. */
async function found(root: Readonly<Record<string, ExaminedContent | string>>, loaderPaths: readonly string[] = []): Promise<string[]> {
  const base = await tinyInventoryFacts([]);
  const facts = rootFacts(Object.entries(root).map(([path, what]) => typeof what === 'string'
    ? [path, { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(what) }] as const : [path, { kind: 'file' }, undefined, what] as const), base);
  return loadingsOf({ ...facts, loaderPaths }).filter(({ kind }) => kind !== 'interpreter' || root['lib/ld-test.so.1'] !== undefined).map(({ from, name, to = 'nothing' }) => `${from} ${name} → ${to}`);
}

const asking = (name: string, more: object = {}): ExaminedContent => program({ needed: [name], ...more });

describe('the loader\'s search', () => {
  it('follows links of files and directories, and never leaves the root', async () => {
    expect(await found({ 'bin/a': asking('liba.so.1'), 'usr/lib/x/liba.so.1.2': library('liba.so.1'), 'usr/lib/liba.so.1': '../../../../usr/lib/x/liba.so.1.2', lib: '/usr/lib' })).toEqual(['bin/a liba.so.1 → usr/lib/x/liba.so.1.2']);
  });

  it('ends at a circle of links', async () => {
    expect(await found({ 'bin/a': asking('liba.so.1'), 'lib/liba.so.1': 'libb.so.1', 'lib/libb.so.1': 'liba.so.1' })).toEqual(['bin/a liba.so.1 → nothing']);
  });

  it('goes on past a library of another machine or word size', async () => {
    expect(await found({
      'bin/a': asking('liba.so.1', { runpath: ['/opt/arm', '/opt/narrow'] }), 'opt/arm/liba.so.1': { ...library('liba.so.1'), machine: 'arm' } as ExaminedContent,
      'opt/narrow/liba.so.1': { ...library('liba.so.1'), bits: 32 } as ExaminedContent, 'usr/lib/liba.so.1': library('liba.so.1'),
    })).toEqual(['bin/a liba.so.1 → usr/lib/liba.so.1']);
  });

  it('puts the directory of the asking file for $ORIGIN, and both lib and lib64 for $LIB', async () => {
    expect(await found({ 'opt/p/bin/a': asking('liba.so.1', { runpath: ['$ORIGIN/../lib'] }), 'opt/p/lib/liba.so.1': library('liba.so.1') })).toEqual(['opt/p/bin/a liba.so.1 → opt/p/lib/liba.so.1']);
    expect(await found({ 'opt/a': asking('liba.so.1', { rpath: ['${ORIGIN}/$LIB'] }), 'opt/lib64/liba.so.1': library('liba.so.1') })).toEqual(['opt/a liba.so.1 → opt/lib64/liba.so.1']);
  });

  it('reads no RPATH where there is a RUNPATH, and hands down RPATH but not RUNPATH', async () => {
    const root = (paths: object) => ({ 'bin/a': asking('libtop.so.1', paths), 'opt/libtop.so.1': library('libtop.so.1', 'libdeep.so.1'), 'opt/libdeep.so.1': library('libdeep.so.1') });
    expect(await found(root({ rpath: ['/opt'] }))).toContain('opt/libtop.so.1 libdeep.so.1 → opt/libdeep.so.1');
    expect(await found(root({ runpath: ['/opt'] }))).toContain('opt/libtop.so.1 libdeep.so.1 → nothing');
    expect(await found(root({ rpath: ['/opt'], runpath: ['/none'] }))).toEqual(['bin/a libtop.so.1 → nothing', 'opt/libtop.so.1 libdeep.so.1 → nothing']);
  });

  it('takes musl\'s loader for the C library by its reserved names, and searches as musl does', async () => {
    const musl = { interpreter: '/lib/ld-musl-x86_64.so.1' };
    const root = { 'bin/a': asking('libc.so', musl), 'bin/b': asking('libtop.so.1', { ...musl, runpath: ['/opt'] }), 'opt/libtop.so.1': library('libtop.so.1', 'libdeep.so.1', 'libm.so.6'), 'opt/libdeep.so.1': library('libdeep.so.1'), 'lib/libc.so': library('libc.so'), 'lib/ld-musl-x86_64.so.1': 'libc.so' };
    expect(await found(root)).toEqual(['bin/a libc.so → lib/libc.so', 'bin/b libtop.so.1 → opt/libtop.so.1', 'opt/libtop.so.1 libdeep.so.1 → opt/libdeep.so.1', 'opt/libtop.so.1 libm.so.6 → lib/libc.so']);
  });

  it('looks into configured directories, and with musl into no others', async () => {
    const root = { 'bin/a': asking('liba.so.1'), 'srv/liba.so.1': library('liba.so.1') };
    expect(await found(root)).toEqual(['bin/a liba.so.1 → nothing']);
    expect(await found(root, ['/srv'])).toEqual(['bin/a liba.so.1 → srv/liba.so.1']);
    expect(parseLoaderConfiguration('# none\ninclude /etc/ld.so.conf.d/*.conf\n/srv:/opt/lib # here\n')).toEqual(['/srv', '/opt/lib']);
  });

  it('takes a name with a slash for a path', async () => {
    expect(await found({ 'bin/a': asking('/opt/liba.so'), 'opt/liba.so': library('liba.so') })).toEqual(['bin/a /opt/liba.so → opt/liba.so']);
  });
});

describe('interpreters and modules', () => {
  it('finds what env runs, and asks nothing of a script that may not be run', async () => {
    const script = (interpreter: string): ExaminedContent => ({ kind: 'script', interpreter });
    expect(await found({ 'bin/a': script('/usr/bin/env lua'), 'usr/bin/lua': program({ dynamic: false }), 'lib/ld-test.so.1': library('ld-test.so.1') })).toContain('bin/a lua → usr/bin/lua');
    const facts = rootFacts([['etc/profile', { kind: 'file', mode: 0o644 }, undefined, script('/bin/bash')]], await tinyInventoryFacts([]));
    expect(loadingsOf(facts)).toEqual([]);
  });

  it('finds modules by name, dash or underscore', async () => {
    const module = (name: string, ...depends: string[]): ExaminedContent => ({ kind: 'kernel-module', name, depends });
    expect(await found({ 'lib/modules/a.ko': module('a', 'snd-core', 'gone'), 'lib/modules/snd-core.ko': module('snd_core') })).toEqual(['lib/modules/a.ko snd-core → lib/modules/snd-core.ko', 'lib/modules/a.ko gone → nothing']);
  });
});

describe('what a file is', () => {
  it('tells programs, scripts, archives and the rest by their bytes', () => {
    expect(examineContent(Buffer.from('#! /usr/bin/env lua\n'))).toEqual({ kind: 'script', interpreter: '/usr/bin/env lua' });
    expect(examineContent(Buffer.from('!<arch>\n'))).toEqual({ kind: 'archive', format: 'ar', structured: true });
    expect(examineContent(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toEqual({ kind: 'archive', format: 'gzip', structured: false });
    expect(examineContent(Buffer.from('plain\n'))).toEqual({ kind: 'data' });
    expect(examineContent(Buffer.alloc(0))).toEqual({ kind: 'data' });
  });

  it('reads a module\'s name and needs, and what a library needs and is called', () => {
    const module = craftElf({ wide: true, littleEndian: true, machine: 62, type: 1, sections: [{ name: '.modinfo', type: 1, content: Buffer.from('name=snd_usb\0depends=snd,usbcore\0') }] });
    expect(examineContent(module)).toEqual({ kind: 'kernel-module', name: 'snd_usb', depends: ['snd', 'usbcore'] });
    const strings = Buffer.from('\0libc.so\0libx.so.1\0$ORIGIN\0');
    const dynamic = Buffer.alloc(64);
    [[1, 1], [14, 9], [29, 19]].forEach(([tag, value], i) => { dynamic.writeUInt32LE(tag!, 16 * i); dynamic.writeUInt32LE(value!, 16 * i + 8); });
    const shared = craftElf({ wide: true, littleEndian: true, machine: 62, type: 3, sections: [{ name: '.dynamic', type: 6, content: dynamic, link: 2, entryBytes: 16 }, { name: '.dynstr', type: 3, content: strings }] });
    expect(examineContent(shared)).toEqual({ kind: 'elf', type: 'shared', machine: 'x86_64', bits: 64, needed: ['libc.so'], rpath: [], runpath: ['$ORIGIN'], dynamic: true, opensLibraries: false, soname: 'libx.so.1' });
  });

  it('says of a damaged program that it was not read', () => {
    expect(examineContent(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 9, 9]))).toMatchObject({ kind: 'unread' });
  });
});
