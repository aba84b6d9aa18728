import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { debianMirrors, readAptFiles } from './debian-mirrors.ts';

const list = (text: string) => [{ name: 'sources.list', text }];
const stanzas = (text: string) => [{ name: 'debian.sources', text }];

it('takes the main archive from one-line entries, with options and comments', () => {
  expect(debianMirrors(list(`
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/x.gpg] http://mirror.example/debian/ bookworm main contrib # here
deb-src http://mirror.example/debian bookworm main
deb http://other.example/debian trixie-updates main
`))).toEqual(['http://mirror.example/debian', 'http://other.example/debian']);
});

it('takes the main archive from stanzas, with folded fields and several roots', () => {
  expect(debianMirrors(stanzas(`Types: deb
URIs: http://one.example/debian
 http://two.example/debian/
# a comment inside
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
`))).toEqual(['http://one.example/debian', 'http://two.example/debian']);
});

it('leaves out security, third parties, other components and schemes that need apt', () => {
  expect(debianMirrors(list(`
deb http://mirror.example/debian-security bookworm-security main
deb http://packages.example/node nodistro main
deb http://containers.example/linux/debian bookworm stable
deb cdrom:[Debian]/ bookworm main
deb mirror+file:/etc/apt/mirrors.txt bookworm main
deb tor+http://x.example/debian bookworm main
`))).toEqual([]);
});

it('survives a file that is no apt configuration', () => {
  expect(debianMirrors([...list('\0\0 deb deb\ndeb [ http://x'), ...stanzas('::\n: x\nURIs')])).toEqual([]);
});

it('reads both kinds of file, in the order of names, and none where there is no apt', async () => {
  const etc = await mkdtemp(join(tmpdir(), 'provenroot-apt-'));
  try {
    await mkdir(join(etc, 'sources.list.d'));
    await writeFile(join(etc, 'sources.list.d', 'b.list'), 'deb http://b.example/debian sid main\n');
    await writeFile(join(etc, 'sources.list.d', 'a.sources'), 'URIs: http://a.example/debian\nSuites: sid\nComponents: main\n');
    await writeFile(join(etc, 'sources.list.d', 'c.list.disabled'), 'deb http://c.example/debian sid main\n');
    expect(debianMirrors(await readAptFiles(etc))).toEqual(['http://a.example/debian', 'http://b.example/debian']);
    expect(await readAptFiles(join(etc, 'nothing'))).toEqual([]);
  } finally {
    await rm(etc, { recursive: true });
  }
});
