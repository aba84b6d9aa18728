import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { captureTexts, type CapturedText } from '../../src/extraction/capture-texts.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { member } from '../support/crafted-tar.ts';
import { openExtractionBench, type ExtractionBench } from '../support/extraction-bench.ts';

let bench: ExtractionBench;
let directory: string;
beforeAll(async () => { bench = await openExtractionBench(); }, 600_000);
afterAll(async () => { await bench.close(); });
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'texts-')); });
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function lay(content: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(content)) {
    const place = join(directory, 'thing-1.0', path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
  }
}

/** By GNU tar. */
function tarOf(compressor: readonly string[]): Buffer {
  return execFileSync('tar', [...compressor, '--create', '--file', '-', '-C', directory, 'thing-1.0'], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function put(archive: Uint8Array): Promise<CapturedText['source']> {
  return (await bench.store.putBlob(archive)).sha256;
}

async function textsOf(archive: Uint8Array, paths: readonly string[]): Promise<(string | null)[]> {
  const texts = await captureTexts([{ source: await put(archive), file: 'thing-1.0.tar', paths }], bench.means);
  return Promise.all(texts.map(async ({ text }) => text === null ? null : Buffer.from(await bench.store.readBlobBytes(text)).toString()));
}

const END = Buffer.alloc(1024);
const file = (path: string, content: string): Buffer => member({ name: `thing-1.0/${path}` }, content);
const symlink = (path: string, link: string): Buffer => member({ name: `thing-1.0/${path}`, type: '2', link });
const hardLink = (path: string, link: string): Buffer => member({ name: `thing-1.0/${path}`, type: '1', link: `thing-1.0/${link}` });

describe('license texts of source archives', () => {
  it('come out of every compression that sources come in, several archives at once', async () => {
    lay({ 'COPYING': 'the license\n', 'LICENSES/MIT': 'another\n', 'main.c': 'int main;\n' });
    const compressors = [[], ['--gzip'], ['--bzip2'], ['--xz'], ['--zstd'], ['--lzma']];
    const wanted = await Promise.all(compressors.map(async (compressor, i) => ({
      source: await put(tarOf(compressor)), file: `thing-${i}`, paths: ['LICENSES/MIT', 'absent', 'COPYING'],
    })));
    expect(await captureTexts(wanted, bench.means)).toEqual(wanted.flatMap(({ source }) => [
      { source, path: 'LICENSES/MIT', text: sha256('another\n'), sizeBytes: 8 }, { source, path: 'absent', text: null, sizeBytes: 0 },
      { source, path: 'COPYING', text: sha256('the license\n'), sizeBytes: 12 },
    ]));
    expect(Buffer.from(await bench.store.readBlobBytes(sha256('another\n'))).toString()).toBe('another\n');
  });

  it('come out of a zip, whose top directory is not taken off', async () => {
    lay({ COPYING: 'zipped\n' });
    execFileSync('python3', ['-m', 'zipfile', '-c', join(directory, 'a.zip'), join(directory, 'thing-1.0/')]);
    expect(await textsOf(readFileSync(join(directory, 'a.zip')), ['thing-1.0/COPYING', 'COPYING'])).toEqual(['zipped\n', null]);
  });

  it('are what a link leads to, be it before or behind it in the archive', async () => {
    const archive = Buffer.concat([
      symlink('ahead', 'COPYING'), symlink('texts', 'doc/texts'), file('COPYING', 'the license\n'), symlink('behind', './COPYING'), hardLink('hard', 'COPYING'),
      symlink('doc/twice', '../behind'), file('doc/texts/MIT', 'another\n'), END,
    ]);
    expect(await textsOf(archive, ['ahead', 'behind', 'hard', 'doc/twice', 'texts/MIT', 'COPYING']))
      .toEqual(['the license\n', 'the license\n', 'the license\n', 'the license\n', 'another\n', 'the license\n']);
  });

  it('are not what a link out of the archive or in a circle leads to, nor a directory, nor a path that climbs', async () => {
    const archive = Buffer.concat([
      symlink('out', '../../etc/passwd'), symlink('absolute', '/etc/passwd'), symlink('sideways', '../thing-1.0/COPYING'), symlink('loop', 'pool'), symlink('pool', 'loop'),
      member({ name: 'thing-1.0/directory/', type: '5' }), member({ name: 'thing-1.0/fifo', type: '6' }), file('COPYING', 'x'), END,
    ]);
    const paths = ['out', 'absolute', 'sideways', 'loop', 'directory', 'fifo', '../etc/passwd', '/etc/passwd', '.', '', 'COPYING/x', 'etc/passwd'];
    expect(await textsOf(archive, paths)).toEqual(paths.map(() => null));
  });

  it('are found under a leading `./` as steps would unpack it', async () => {
    const archive = Buffer.concat([member({ name: './' , type: '5' }), member({ name: './COPYING' }, 'dotted\n'), member({ name: './sub/COPYING' }, 'below\n'), END]);
    expect(await textsOf(archive, ['COPYING', 'sub/COPYING'])).toEqual(['dotted\n', 'below\n']);
  });

  it('are read no further than needed: what comes after the last of them may be damaged', async () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251));
    const whole = Buffer.concat([file('COPYING', 'early\n'), member({ name: 'thing-1.0/big' }, noise.toString('latin1').repeat(20)), file('late', 'late\n'), END]);
    writeFileSync(join(directory, 'a.tar'), whole);
    execFileSync('gzip', ['-1', join(directory, 'a.tar')]);
    const cut = readFileSync(join(directory, 'a.tar.gz'));
    const broken = cut.subarray(0, Math.floor(cut.length / 2));
    expect(await textsOf(broken, ['COPYING'])).toEqual(['early\n']);
    await expect(textsOf(broken, ['late'])).rejects.toMatchObject({ code: 'EXTRACTION.UNREADABLE', place: 'thing-1.0.tar' });
  });

  it('of more than 4 MiB are refused by name', async () => {
    const archive = (size: number): Buffer => Buffer.concat([file('COPYING', 'x'.repeat(size)), END]);
    expect(await textsOf(archive(4 * 1024 * 1024), ['COPYING'])).toEqual(['x'.repeat(4 * 1024 * 1024)]);
    await expect(textsOf(archive(4 * 1024 * 1024 + 1), ['COPYING'])).rejects.toMatchObject({ code: 'EXTRACTION.TEXT_TOO_LARGE', message: expect.stringContaining('COPYING') });
  });

  it('are not looked for in what is no archive, or not in the store', async () => {
    await expect(textsOf(Buffer.from('#!/bin/sh\n'), ['COPYING'])).rejects.toMatchObject({ code: 'EXTRACTION.UNREADABLE' });
    await expect(captureTexts([{ source: sha256('nowhere'), file: 'a.tar', paths: ['COPYING'] }], bench.means)).rejects.toMatchObject({ code: 'STORE.MISSING' });
    expect(await captureTexts([{ source: sha256('nowhere'), file: 'a.tar', paths: [] }], bench.means)).toEqual([]);
  });
});
