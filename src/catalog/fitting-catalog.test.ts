import { foldersOf, recipeText, SMALL_CATALOG } from '../../tests/support/catalog-fixture.ts';
import { fittingCatalog } from './fitting-catalog.ts';
import type { CatalogFolder } from './folder.ts';

const folders = foldersOf(SMALL_CATALOG);
const folder = (name: string, text: string): CatalogFolder => foldersOf({ [`recipes/${name}/recipe.yaml`]: text })[0]!;
const namesIn = (all: readonly CatalogFolder[]): string[] => all.map(({ kind, name }) => `${kind} ${name}`);

describe('folders of the past', () => {
  test('take every newer folder beside them that breaks no rule', () => {
    const newer = folder('newer', recipeText('newer'));
    const { catalog, folders: taken } = fittingCatalog(folders, [newer]);
    expect(catalog!.recipes.has('newer')).toBe(true);
    expect(namesIn(taken)).toEqual(namesIn([...folders, newer]));
  });

  test('leave out a newer one that takes an input which their template does not have, and what needs it', () => {
    const wants = folder('wants', recipeText('wants', 'with: { unheard: x }\n'));
    const needs = folder('needs', recipeText('needs', 'needs: { run: [wants] }\n'));
    const fits = folder('fits', recipeText('fits'));
    const { catalog, folders: taken } = fittingCatalog(folders, [wants, needs, fits]);
    expect(namesIn(taken)).toEqual(namesIn([...folders, fits]));
    expect([...catalog!.recipes.keys()]).toEqual(expect.arrayContaining(['alpha', 'fits']));
  });

  test('stand also where a rule of now would refuse them', () => {
    const lonely = folder('lonely', recipeText('lonely', 'needs: { run: [gone] }\n'));
    const { catalog, findings } = fittingCatalog([...folders, lonely], []);
    expect(catalog!.recipes.get('lonely')!.needs.run).toEqual([{ recipe: 'gone' }]);
    expect(findings).toEqual([]);
  });

  test('are refused where they cannot be read at all', () => {
    const { catalog, findings } = fittingCatalog([...folders, folder('broken', 'format: 2\n')], []);
    expect(catalog).toBeUndefined();
    expect(findings.map(({ path }) => path)).toContain('recipes/broken/recipe.yaml');
  });
});
