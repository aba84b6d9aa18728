import { join } from 'node:path';

import { plainConfiguration } from '../../src/catalog/configuration.ts';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import { withoutDefaults } from '../../src/catalog/without-defaults.ts';
import { resolveConfiguration } from '../../src/plan/resolve.ts';
import { whyIn } from '../../src/plan/explain.ts';

const { catalog, findings } = await loadCatalog(join(import.meta.dirname, '../..'));

describe('the catalog of this repository', () => {
  test('has nothing wrong with it', () => {
    expect(findings.map(({ path, line, rule, message }) => `${path}:${line} ${rule}: ${message}`)).toEqual([]);
  });

  test('has boards and recipes', () => {
    expect(catalog!.boards.size).toBeGreaterThan(0);
    expect(catalog!.recipes.size).toBeGreaterThan(0);
  });

  test.each([...catalog?.boards.keys() ?? []])('board %s resolves, and can say of every package why it is in', (board) => {
    const { resolution, findings: problems } = resolveConfiguration(plainConfiguration(board), catalog!);
    expect(problems).toEqual([]);
    for (const name of resolution!.packages.keys()) expect(whyIn(resolution!, name)!.length).toBeGreaterThan(0);
    expect(withoutDefaults({ ...plainConfiguration(board), packages: resolution!.board.packages }, catalog!)).toEqual(plainConfiguration(board));
  });

  test.each([...catalog?.recipes.values() ?? []].filter(({ role }) => role === 'package').map(({ name }) => name))('%s can be added to every board', (name) => {
    for (const board of catalog!.boards.keys()) {
      const { resolution, findings: problems } = resolveConfiguration({ ...plainConfiguration(board), packages: { [name]: { options: {} } } }, catalog!);
      expect(problems).toEqual([]);
      expect(resolution!.packages.get(name)!.shipped).toBe(true);
    }
  });

  test('every template is used by a recipe', () => {
    const used = new Set([...catalog!.recipes.values()].map(({ uses }) => uses));
    expect([...catalog!.templates.keys()].filter((name) => !used.has(name))).toEqual([]);
  });
});
