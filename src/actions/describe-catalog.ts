import { Failure } from '../foundation/failure.ts';
import { didYouMeanText } from '../catalog/name.ts';
import type { Board, Catalog, Need, OptionDeclaration, Recipe } from '../catalog/model.ts';
import type { Workshop } from './workshop.ts';

export interface RecipeDescription {
  name: string;
  version: string;
  role: Recipe['role'];
  summary: string;
  homepage: string | null;
  license: string;
  /** Template that builds it. */
  uses: string;
  digest: string;
  options: readonly DescribedOption[];
  needs: Readonly<Record<'build' | 'host' | 'run', readonly string[]>>;
  sources: readonly { file: string; sha256: string; sizeBytes: number; origin: string; urls: readonly string[]; debianPool: string | null }[];
  patches: readonly { file: string; origin: string; upstream: string; cves: readonly string[] }[];
  /** Every version on record, newest first. */
  history: readonly { version: string; digest: string; publishedAt: string }[];
}

export type DescribedOption = { name: string } & Pick<OptionDeclaration, 'type' | 'description' | 'default'>;

/** A recipe as the catalog has it now, with the versions that the record holds. */
export async function describeRecipe(name: string, { catalogs, reads }: Workshop): Promise<RecipeDescription> {
  const { catalog } = await catalogs.current();
  const recipe = found('recipe', name, catalog.recipes);
  const [item] = await reads.catalog.itemsByName('recipe', [name]);
  const versions = item === undefined ? [] : (await reads.catalog.versionsOf([item.id], { first: 1000 })).get(item.id) ?? [];
  return {
    name, version: recipe.version, role: recipe.role, summary: recipe.summary, homepage: recipe.homepage ?? null, license: recipe.license, uses: recipe.uses,
    digest: recipe.folderDigest,
    options: describedOptions(recipe),
    needs: { build: spelledNeeds(recipe.needs.build), host: spelledNeeds(recipe.needs.host), run: spelledNeeds(recipe.needs.run) },
    sources: recipe.sources.map(({ file, sha256, sizeBytes, origin, urls, debianPool }) => ({ file, sha256, sizeBytes, origin, urls, debianPool: debianPool ?? null })),
    patches: recipe.patches.map(({ file, origin, upstream, cves }) => ({ file, origin, upstream, cves })),
    history: versions.map(({ version, digest, publishedAt }) => ({ version: version ?? '', digest, publishedAt: publishedAt.toISOString() })),
  };
}

export function describedOptions({ options }: Recipe): DescribedOption[] {
  return Object.entries(options).map(([name, { type, description, default: value }]) => ({ name, type, description, default: value }));
}

function spelledNeeds(needs: readonly Need[]): string[] {
  return needs.map(({ recipe, when }) => when === undefined ? recipe : `${recipe} (where ${when.option} is ${JSON.stringify(when.equals)})`);
}

export type BoardDescription = Omit<Board, 'format' | 'files' | 'folderDigest' | 'qemu'> & { digest: string; bootable: boolean };

export async function describeBoard(name: string, { catalogs }: Workshop): Promise<BoardDescription> {
  const { catalog } = await catalogs.current();
  const { format: _format, files: _files, folderDigest: digest, qemu, ...board } = found('board', name, catalog.boards);
  return { ...board, digest, bootable: qemu !== undefined };
}

function found<T>(kind: 'recipe' | 'board', name: string, all: ReadonlyMap<string, T>): T {
  const one = all.get(name);
  if (one !== undefined) return one;
  const names = [...all.keys()];
  throw new Failure('CATALOG.NOT_FOUND', `there is no ${kind} "${name}"`, { place: name, hint: didYouMeanText(name, names) ?? `There are: ${names.join(', ')}.`, details: { candidates: names } });
}

export interface CatalogList {
  boards: readonly { name: string; architecture: string; summary: string }[];
  recipes: readonly { name: string; version: string; role: Recipe['role']; license: string; summary: string }[];
}

/** By name. */
export function listCatalog({ boards, recipes }: Catalog): CatalogList {
  return {
    boards: [...boards.values()].map(({ name, architecture, summary }) => ({ name, architecture, summary })),
    recipes: [...recipes.values()].map(({ name, version, role, license, summary }) => ({ name, version, role, license, summary })),
  };
}
