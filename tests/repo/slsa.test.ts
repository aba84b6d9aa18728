import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../..');

/** `path` followed by the titles that are quoted behind it, up to the next path. */
async function claims(): Promise<{ path: string; titles: string[] }[]> {
  const text = await readFile(join(REPOSITORY, 'docs/slsa.md'), 'utf8');
  return text.split('\n').filter((line) => line.startsWith('| ')).flatMap((line) => line.split(/(?=`(?:src|tests)\/)/).slice(1)).map((part) => ({
    path: /^`([^`]+)`/.exec(part)![1]!, titles: [...part.matchAll(/"([^"]+)"/g)].map(([, title]) => title!),
  }));
}

test('every test that docs/slsa.md names is there, under that title', async () => {
  const found = await claims();
  expect(found.filter(({ titles }) => titles.length > 0).length).toBeGreaterThan(10);
  for (const { path, titles } of found) {
    const source = await readFile(join(REPOSITORY, path), 'utf8');
    expect([path, titles.filter((title) => !source.includes(`'${title.replaceAll("'", String.raw`\'`)}'`))]).toEqual([path, []]);
  }
});

test('docs/slsa.md claims no level', async () => {
  const text = await readFile(join(REPOSITORY, 'docs/slsa.md'), 'utf8');
  expect(text.match(/SLSA (Build )?L(evel )?[0-9]/gi)).toBeNull();
});
