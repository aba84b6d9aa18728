import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { readTexts, SMALL_CATALOG } from '../../tests/support/catalog-fixture.ts';
import { loadCatalog, loadFolders } from './load-catalog.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'catalog-'));
  for (const [path, text] of Object.entries(SMALL_CATALOG)) write(path, text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const told = async (): Promise<string[]> => (await loadCatalog(root)).findings.map(({ path, rule }) => `${path} ${rule}`);

describe('a catalog on disk', () => {
  test('is the one that its folders make in memory', async () => {
    const { catalog, findings } = await loadCatalog(root);
    expect(findings).toEqual([]);
    const inMemory = readTexts(SMALL_CATALOG).catalog!;
    expect([...catalog!.recipes.values()].map(({ name, folderDigest }) => [name, folderDigest])).toEqual([...inMemory.recipes.values()].map(({ name, folderDigest }) => [name, folderDigest]));
    expect([...catalog!.boards.keys(), ...catalog!.templates.keys(), ...catalog!.architectures.keys()]).toEqual(['bench', 'plain', 'z80']);
  });

  test('keeps files in folders of a recipe, and the executable bit', async () => {
    write('recipes/alpha/files/etc/run', 'x');
    chmodSync(join(root, 'recipes/alpha/files/etc/run'), 0o755);
    const { folders } = await loadFolders(root);
    const alpha = folders.find(({ name }) => name === 'alpha')!;
    expect([...alpha.files].map(([path, { executable }]) => [path, executable])).toEqual([
      ['alpha.init', false], ['files/etc/run', true], ['fix.patch', false], ['recipe.yaml', false],
    ]);
  });

  test('is refused with a link in a recipe, whatever it points to', async () => {
    symlinkSync('/etc/shadow', join(root, 'recipes/alpha/shadow'));
    symlinkSync('fix.patch', join(root, 'recipes/alpha/other.patch'));
    expect(await told()).toEqual(['recipes/alpha/other.patch no-plain-file', 'recipes/alpha/shadow no-plain-file']);
  });

  test('is refused with a link in the place of a recipe', async () => {
    symlinkSync('alpha', join(root, 'recipes/linked'));
    expect(await told()).toEqual(['recipes/linked stray-file']);
  });

  test('is refused with a file that is no recipe', async () => {
    write('recipes/README', 'x');
    write('architectures/z80.yml', 'x');
    expect(await told()).toEqual(['architectures/z80.yml stray-file', 'recipes/README stray-file']);
  });

  test('is refused with a file that is too large, which is not read', async () => {
    write('recipes/alpha/big', Buffer.alloc(1024 * 1024 + 1));
    expect(await told()).toEqual(['recipes/alpha/big file-too-large']);
  });

  test('needs a directory of recipes', async () => {
    await expect(loadCatalog(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'CATALOG.NOT_FOUND' });
  });

  test('may lack everything but recipes', async () => {
    for (const directory of ['boards', 'architectures']) rmSync(join(root, directory), { recursive: true });
    const { catalog } = await loadCatalog(root);
    expect(catalog!.boards.size).toBe(0);
  });
});
