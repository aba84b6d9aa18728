import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { runTellingFiles } from '../support/loaded-files.ts';

const REPOSITORY = join(import.meta.dirname, '../..');

let folder: string;
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'provenroot-loaded-')); });
afterAll(() => rm(folder, { recursive: true }));

/** What a command loads of ours; half a millisecond of CPU each. */
async function loaded(...args: string[]): Promise<{ code: number; files: string[] }> {
  const list = join(folder, 'loaded');
  await writeFile(list, '');
  const { code } = await runTellingFiles(join(REPOSITORY, 'src/main/cli.mjs'), args, { list, home: join(folder, 'home') });
  const files = (await readFile(list, 'utf8')).split('\n').filter((line) => line !== '').map((url) => relative(REPOSITORY, fileURLToPath(url)));
  return { code, files: files.filter((file) => file.startsWith('src/')) };
}

async function put(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const TEXT = 'one line\n'.repeat(30);
const roomsOf = (files: readonly string[]): Set<string> => new Set(files.map((file) => file.split('/')[1]!));

describe('a command loads what it needs', () => {
  it('to tell its version: the command line alone', async () => {
    const { code, files } = await loaded('--version');
    expect([code, [...roomsOf(files)].toSorted()]).toEqual([0, ['cli', 'foundation', 'main']]);
    expect(files.length).toBeLessThan(40);
  });

  it('to compare equal files: no reader, no rule', async () => {
    const { code, files } = await loaded('diff', await put('a', TEXT), await put('b', TEXT));
    expect(code).toBe(0);
    expect(files.filter((file) => /^src\/(?:content|detail|readers)\/|\/undo-causes\.ts$/.test(file) && !file.endsWith('/opaque-content.ts'))).toEqual([]);
    expect(files.length).toBeLessThan(85);
  });

  it('to compare texts: rules, but no reader and nothing that knows programs', async () => {
    const { code, files } = await loaded('diff', await put('a', TEXT), await put('b', `${TEXT}more\n`));
    expect([code, files.includes('src/causes/undo-causes.ts')]).toEqual([1, true]);
    expect(files.filter((file) => /\/(?:read-(?:image|tar-image)|elf|describe-content|program-causes)\.ts$|src\/detail\//.test(file))).toEqual([]);
    expect(files.length).toBeLessThan(160);
  });

  it('to compare packed files: the readers too, and never the record, the store or the engine', async () => {
    const { code, files } = await loaded('diff', await put('a', gzipSync(TEXT)), await put('b', gzipSync(`${TEXT}more\n`)));
    expect([code, files.includes('src/readers/read-image.ts')]).toEqual([1, true]);
    expect(['records', 'store', 'sandbox', 'queue', 'build', 'catalog'].filter((room) => roomsOf(files).has(room))).toEqual([]);
  });
});
