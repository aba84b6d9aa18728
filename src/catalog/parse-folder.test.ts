import fc from 'fast-check';

import { foldersOf, readTexts, recipeText, SMALL_CATALOG } from '../../tests/support/catalog-fixture.ts';
import { catalogFromFolders } from './catalog-from-folders.ts';
import { FOLDER_MAX_FILES, type CatalogFolder } from './folder.ts';
import { parseRecipe } from './parse-recipe.ts';

const HASH = 'a'.repeat(64);

/** `line rule` and message of every finding about a recipe with that text. */
function told(text: string, name = 'alpha'): { at: string[]; text: string } {
  const { findings } = parseRecipe(foldersOf({ [`recipes/${name}/recipe.yaml`]: text })[0]!);
  return { at: findings.map(({ line, rule }) => `${line} ${rule}`), text: findings.map(({ message, suggestion }) => `${message}; ${suggestion ?? ''}`).join('\n') };
}

function withFiles(files: Readonly<Record<string, Uint8Array | string>>, name = 'alpha'): CatalogFolder {
  return { kind: 'recipe', name, files: new Map(Object.entries({ 'recipe.yaml': recipeText('alpha'), ...files }).map(([path, content]) => [path, { bytes: Buffer.from(content), executable: false }])) };
}

describe('a recipe that says something else than the schema', () => {
  const source = (fields: string): string => recipeText('alpha', `license_files: [{ path: COPYING, sha256: ${HASH} }]\nsources:\n  - { ${fields} }\n`);

  test.each<[string, string, string[], string]>([
    ['an unknown key', recipeText('alpha', 'sorces: []\n'), ['9 unknown-key'], 'unknown key "sorces"; did you mean `sources`?'],
    ['an unknown key deep inside', source(`file: a.tar, sha265: ${HASH}, size_bytes: 1, origin: pristine`), ['11 missing-key', '11 unknown-key'], 'unknown key "sha265" in `sources[0]`; did you mean `sha256`?'],
    ['an unknown key in a choice of shapes', recipeText('alpha', 'needs: { build: [{ recpie: x }] }\n'), ['9 missing-key', '9 unknown-key'], 'did you mean `recipe`?'],
    ['a source without sha256', source('file: a.tar, size_bytes: 1, urls: [https://example.org/a.tar], origin: pristine'), ['11 missing-key'], '"sha256" is missing in `sources[0]`'],
    ['a source without size', source(`file: a.tar, sha256: ${HASH}, urls: [https://example.org/a.tar], origin: pristine`), ['11 missing-key'], '"size_bytes" is missing'],
    ['a sha256 cut to 12 digits', source('file: a.tar, sha256: aaaaaaaaaaaa, size_bytes: 1, origin: pristine'), ['11 bad-format'], 'must be a sha256: 64'],
    ['a size beyond all bounds', source(`file: a.tar, sha256: ${HASH}, size_bytes: 9007199254740991, origin: pristine`), ['11 out-of-range'], 'must be at most 1099511627776'],
    ['a size that is no number', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1e99, origin: pristine`), ['11 ambiguous-number', '11 wrong-type'], '1e99'],
    ['an archive name with a path', source(`file: ../../etc/passwd, sha256: ${HASH}, size_bytes: 1, origin: pristine`), ['11 bad-format'], 'must be a plain file name'],
    ['a URL of another kind', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1, urls: ["file:///etc/shadow"], origin: pristine`), ['11 bad-format'], 'must be an http, https or ftp URL'],
    ['a URL with a password', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1, urls: ["https://u:p@example.org/a"], origin: pristine`), ['11 bad-format'], 'without user name'],
    ['a pool path that climbs', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1, debian_pool: pool/../../x, origin: pristine`), ['11 bad-format'], 'begins with pool/'],
    ['an origin nobody knows', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1, urls: [https://example.org/a.tar], origin: pristin`), ['11 not-allowed'], 'did you mean `pristine`?'],
    ['a directory outside', source(`file: a.tar, sha256: ${HASH}, size_bytes: 1, origin: pristine, unpack_to: ../x`), ['11 bad-format'], 'relative path without'],
    ['a version as a number', recipeText('alpha').replace('"1.0"', '2'), ['3 wrong-type'], 'must be text, it is 2; write it in quotes: "2"'],
    ['no epoch', recipeText('alpha').replace(/epoch.*\n/, ''), ['1 missing-key'], '"epoch_seconds" is missing'],
    ['an epoch before all epochs', recipeText('alpha').replace('1600000000', '-1'), ['8 out-of-range'], 'must be at least 1'],
    ['another format', recipeText('alpha').replace('format: 1', 'format: 2'), ['1 not-allowed'], 'allowed are 1'],
    ['the format below the name', recipeText('alpha').replace('format: 1\nname: alpha', 'name: alpha\nformat: 1'), ['2 format-first'], 'must be the first key'],
    ['another name than the folder', recipeText('beta'), ['2 name-is-folder'], 'the name is "beta", the folder is "alpha"'],
    ['a kernel option in lower case', recipeText('alpha', 'kernel_options: { config_net: y }\n'), ['9 bad-name'], 'must be spelled CONFIG_NAME'],
    ['a kernel option with a line break in it', recipeText('alpha', 'kernel_options: { CONFIG_A: "y\\nCONFIG_EVIL=y" }\n'), ['9 bad-format'], 'as in a .config'],
    ['a mode as a number', recipeText('alpha', 'permissions: [{ path: /a, kind: file, mode: 755 }]\n'), ['9 wrong-type'], 'must be text, it is 755'],
    ['a path that climbs', recipeText('alpha', 'permissions: [{ path: /a/../b, kind: file, mode: "755" }]\n'), ['9 bad-format'], 'absolute path without'],
    ['a user with a colon in the comment', recipeText('alpha', 'users: [{ name: a, uid: 1, group: a, gid: 1, home: /, shell: /bin/sh, comment: "x:0:0" }]\n'), ['9 bad-format'], 'without `:`'],
    ['an option that would be no variable', recipeText('alpha', 'options:\n  "a-b": { type: boolean, description: x, default: true }\n'), ['10 bad-name'], 'letters, digits and `_`'],
    ['an option called constructor', recipeText('alpha', 'options:\n  constructor: { type: boolean, description: x, default: true }\n'), ['10 bad-name'], 'constructor'],
    ['a list for a map', recipeText('alpha', 'with: [a]\n'), ['9 wrong-type'], '`with` must be a map, it is a list'],
    ['nothing but a text', 'hello', ['1 wrong-type'], 'the file must be a map'],
    ['a CVE nobody could look up', recipeText('alpha', `patches: [{ file: a, sha256: ${HASH}, origin: x, upstream: backport, cves: [2024-1] }]\n`), ['9 bad-format'], 'CVE-2024-12345'],
  ])('is refused for %s', (_what, text, at, message) => {
    const found = told(text);
    expect(found.at).toEqual(at);
    expect(found.text).toContain(message);
  });

  test.each([
    ['; id'], ['$(id)'], ['-rf'], ['`id`'], ['a b'], ['../x'], ['a/b'], ['A'], ['.hidden'], ['ünder'], ['a'.repeat(65)], ['constructor'], ["a'b"],
  ])('is refused for the name %j wherever a name stands', (name) => {
    const quoted = JSON.stringify(name);
    const found = told(recipeText('alpha', `needs: { build: [${quoted}], run: [{ recipe: ${quoted} }] }\noverrides: [${quoted}]\nformer_names: [${quoted}]\n`).replace('name: alpha', `name: ${quoted}`).replace('uses: plain', `uses: ${quoted}`));
    expect(found.at).toEqual(['2 bad-format', '7 bad-format', '9 bad-format', '9 bad-format', '10 bad-format', '11 bad-format']);
  });

  test.each([['\n', 'control-character'], ['a\nb', 'bad-format'], ['a\u0007', 'control-character']])('is refused for the name %j', (name) => {
    expect(told(recipeText('alpha').replace('name: alpha', `name: ${JSON.stringify(name)}`)).at.every((at) => at.startsWith('2 '))).toBe(true);
    expect(told(recipeText('alpha').replace('name: alpha', `name: ${JSON.stringify(name)}`)).at).not.toEqual([]);
  });

  test('is refused for a name of 200,000 characters, which no message repeats', () => {
    const found = told(recipeText('alpha').replace('name: alpha', `name: ${'x'.repeat(200_000)}`));
    expect(found.at).toEqual(['2 bad-format']);
    expect(found.text.length).toBeLessThan(400);
  });

  test('is refused for a name of a megabyte before anything is parsed', () => {
    expect(told(recipeText('x'.repeat(1_000_000))).at).toEqual(['0 file-too-large']);
  });

  test('has no more findings than anyone reads', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => `k${i}: 1`).join('\n');
    expect(told(recipeText('alpha', many)).at).toHaveLength(200);
  });

  test('never makes the parser throw', () => {
    const keys = fc.constantFrom('format', 'name', 'version', 'sources', 'options', 'with', 'needs', 'phases', 'limits', 'patches', 'constructor', 'toString');
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(fc.property(fc.dictionary(keys, value), (recipe) => {
      const { value: parsed, findings } = parseRecipe(foldersOf({ 'recipes/alpha/recipe.yaml': JSON.stringify(recipe) })[0]!);
      expect(parsed === undefined).toBe(findings.length > 0);
    }));
  });
});

describe('a folder', () => {
  test.each<[string, CatalogFolder, string]>([
    ['without its file', { kind: 'recipe', name: 'alpha', files: new Map() }, 'recipes/alpha missing-file'],
    ['with a path that climbs', withFiles({ '../x': '' }), 'recipes/alpha/../x bad-path'],
    ['with an absolute path', withFiles({ '/etc/x': '' }), 'recipes/alpha//etc/x bad-path'],
    ['with a line break in a path', withFiles({ 'a\nb': '' }), 'recipes/alpha/a?b bad-path'],
    ['with a blank in a path', withFiles({ 'a b': '' }), 'recipes/alpha/a b bad-path'],
    ['with a name longer than a file system takes', withFiles({ ['x'.repeat(256)]: '' }), `recipes/alpha/${'x'.repeat(200)}? (256 characters) bad-path`],
    ['with a file below a file', withFiles({ a: '', 'a/b': '' }), 'recipes/alpha/a/b bad-path'],
    ['with a file of more than a megabyte', withFiles({ big: Buffer.alloc(1024 * 1024 + 1) }), 'recipes/alpha/big file-too-large'],
    ['with more than eight megabytes', withFiles(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, Buffer.alloc(1024 * 1024)]))), 'recipes/alpha folder-too-large'],
    ['with too many files', withFiles(Object.fromEntries(Array.from({ length: FOLDER_MAX_FILES }, (_, i) => [`f${i}`, '']))), 'recipes/alpha folder-too-large'],
    ['of a bad name', withFiles({}, '$(id)'), 'recipes/$(id) bad-name'],
    ['of a name of a megabyte', withFiles({}, 'x'.repeat(1_000_000)), `recipes/${'x'.repeat(64)}… (1000000 characters) bad-name`],
  ])('%s is refused', (_what, folder, expected) => {
    const { value, findings } = parseRecipe(folder);
    expect(value).toBeUndefined();
    expect(findings.map(({ path, rule }) => `${path} ${rule}`)).toEqual([expected]);
  });

  test('given twice is refused', () => {
    const folders = foldersOf(SMALL_CATALOG);
    const { catalog, findings } = catalogFromFolders([...folders, folders.find(({ name }) => name === 'lib')!]);
    expect(catalog).toBeUndefined();
    expect(findings.map(({ path, rule }) => `${path} ${rule}`)).toEqual(['recipes/lib/recipe.yaml folder-twice']);
  });

  test('has a digest that follows bytes, names and the executable bit, and nothing else', () => {
    const digest = (folder: CatalogFolder): string => parseRecipe(folder).value!.folderDigest;
    const base = digest(withFiles({ a: '1', b: '2' }));
    expect(digest(withFiles({ b: '2', a: '1' }))).toBe(base);
    const executable = withFiles({ a: '1', b: '2' });
    const files = new Map(executable.files);
    files.set('a', { bytes: Buffer.from('1'), executable: true });
    const others = [withFiles({ a: '1', b: '3' }), withFiles({ a: '1', c: '2' }), withFiles({ a: '1' }), { ...executable, files }];
    expect(new Set([base, ...others.map(digest)]).size).toBe(5);
  });

  test('gives a recipe that nothing can change', () => {
    const recipe = parseRecipe(withFiles({ a: '1' })).value!;
    expect(Object.isFrozen(recipe) && Object.isFrozen(recipe.needs) && Object.isFrozen(recipe.needs.build) && Object.isFrozen(recipe.files[0])).toBe(true);
  });
});

test('the order in which folders are given changes nothing', () => {
  const folders = foldersOf(SMALL_CATALOG);
  const texts = Object.entries(SMALL_CATALOG);
  const first = readTexts(SMALL_CATALOG).catalog;
  expect(folders.length).toBeGreaterThan(5);
  fc.assert(fc.property(fc.shuffledSubarray(texts, { minLength: texts.length }), (shuffled) => {
    const { catalog } = readTexts(Object.fromEntries(shuffled));
    expect([...catalog!.recipes]).toEqual([...first!.recipes]);
  }), { numRuns: 20 });
});
