import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { VARIATION_NAMES } from '../../src/catalog/variation-name.ts';
import { VARIATIONS } from '../../src/sandbox/variation.ts';
import { PROFILES } from '../../src/variation/profiles.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const PATH = join(REPOSITORY, 'docs/host-contract.md');
const BEGIN = '<!-- conditions: begin (made by `npm run docs`) -->\n';
const END = '<!-- conditions: end -->';

/** The table of the document, from the list in the code. */
function table(): string {
  const rows = VARIATIONS.map(({ name, what, still, varied, sealedBy }) => {
    const profiles = Object.entries(PROFILES).filter(([, names]) => names.includes(name)).map(([profile]) => profile);
    return `| \`${name}\` | ${what} | ${still} | ${varied} | ${profiles.join(', ')} | ${sealedBy === undefined ? `\`leaks-${name}\`` : `nowhere: ${sealedBy}`} |`;
  });
  return ['| condition | what may differ | stands | varied | profiles | caught in |', '|---|---|---|---|---|---|', ...rows, ''].join('\n');
}

describe('the host contract', () => {
  it('has a row for every condition, as the code has it', async () => {
    const text = await readFile(PATH, 'utf8');
    const [before, rest] = [text.slice(0, text.indexOf(BEGIN) + BEGIN.length), text.slice(text.indexOf(END))];
    // eslint-disable-next-line node/no-process-env
    if (process.env['UPDATE'] === '1') await writeFile(PATH, `${before}${table()}${rest}`);
    else expect(text.slice(before.length, text.indexOf(END))).toBe(table());
  });

  it('names tests that there are', async () => {
    const text = await readFile(PATH, 'utf8');
    const contracts = await readdir(join(REPOSITORY, 'tests/contracts'));
    for (const [, path = ''] of text.matchAll(/`(tests\/[\w./-]+\.test\.ts)`/g)) await expect(readFile(join(REPOSITORY, path))).resolves.toBeDefined();
    for (const [, name] of text.matchAll(/`(runner-[\w-]+\.test\.ts)`/g)) expect(contracts).toContain(name);
  });

  it('has a recipe that leaks each condition', async () => {
    const recipes = await readdir(join(REPOSITORY, 'tests/support/leaky-catalog/recipes'));
    expect(recipes).toEqual(expect.arrayContaining(VARIATION_NAMES.map((name) => `leaks-${name}`)));
  });
});
