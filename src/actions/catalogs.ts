import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import { catalogFromFolders, catalogOnRecord, type CatalogReading } from '../catalog/catalog-from-folders.ts';
import { fittingCatalog } from '../catalog/fitting-catalog.ts';
import { folderDigest, type CatalogFolder, type FolderKind } from '../catalog/folder.ts';
import { loadFolders } from '../catalog/load-catalog.ts';
import type { Catalog } from '../catalog/model.ts';
import type { CatalogEntry, CatalogKind } from '../records/catalog-records.ts';
import type { Records } from '../records/records.ts';

/** Catalog versions by kind and name: everything that a plan was made from. */
export type CatalogPins = Readonly<Record<CatalogKind, Readonly<Record<string, Sha256>>>>;

export interface PinnedCatalog {
  catalog: Catalog;
  pins: CatalogPins;
}

const KINDS: readonly CatalogKind[] = ['recipe', 'template', 'board', 'architecture'];

/** Where catalogs come from: the checkout, kept in step with the record, and any versions that the record holds. */
export interface Catalogs {
  /** The checkout brought into the record, and what every name stands for then. Throws CATALOG.INVALID with all findings. */
  current(): Promise<PinnedCatalog>;
  /** Exactly these versions, which are on record and were checked when they came there. */
  pinned(pins: CatalogPins): Promise<PinnedCatalog>;
  /** These versions, and of the current ones of other names whatever fits with them. */
  pinnedOver(pins: CatalogPins): Promise<PinnedCatalog>;
  /** What the current catalog would be with this folder in the place of its name. Nothing is recorded. */
  withFolder(folder: CatalogFolder): Promise<CatalogReading>;
}

/** Parsing a catalog of 100 recipes takes about 0.2 s; the newest few are kept. */
const PARSED_KEPT = 8;

export function createCatalogs(root: string | undefined, records: Records): Catalogs {
  const folders = new Map<Sha256, CatalogFolder>();
  const folder = async (kind: FolderKind, name: string, digest: Sha256): Promise<CatalogFolder> => {
    const known = folders.get(digest);
    if (known !== undefined) return known;
    const files = await records.catalog.files(digest);
    if (files.length === 0) {
      throw new Failure('CATALOG.NOT_FOUND', `the ${kind} ${name} of version ${digest} is not on record`, { place: `${kind}:${name}` });
    }
    const read = { kind, name, files: new Map(files.map(({ path, bytes, executable }) => [path, { bytes, executable }])) };
    folders.set(digest, read);
    return read;
  };
  const foldersOf = async (pins: CatalogPins): Promise<CatalogFolder[]> => {
    const chosen: CatalogFolder[] = [];
    for (const kind of KINDS) for (const [name, digest] of Object.entries(pins[kind])) chosen.push(await folder(kind, name, digest));
    return chosen;
  };
  const parsed = new Map<string, PinnedCatalog>();
  /** `how` is what becomes of the versions: it tells results apart. */
  const kept = async (how: string, pins: CatalogPins, read: () => Promise<PinnedCatalog>): Promise<PinnedCatalog> => {
    const key = `${how} ${jsonDigest(pins)}`;
    const catalog = parsed.get(key) ?? await read();
    // The one used last goes to the end; the one at the front goes.
    parsed.delete(key);
    parsed.set(key, catalog);
    for (const oldest of parsed.keys()) if (parsed.size > PARSED_KEPT) parsed.delete(oldest);
    return catalog;
  };
  let synced: Promise<void> | undefined;
  const sync = async (): Promise<void> => {
    if (root !== undefined) await (synced ??= syncCheckout(root, records, folders).catch((error: unknown) => { synced = undefined; throw error; }));
  };
  const current = async (): Promise<PinnedCatalog> => {
    await sync();
    const pins = await currentPins(records);
    return kept('checked', pins, async () => ({ catalog: refused(catalogFromFolders(await foldersOf(pins))), pins }));
  };
  return {
    current,
    pinned: (pins) => kept('on record', pins, async () => ({ catalog: refused(catalogOnRecord(await foldersOf(pins))), pins })),
    pinnedOver: async (own) => {
      const now = await current();
      const united = unitedPins(now.pins, own);
      // Where nothing has changed since, the current catalog is the answer.
      if (canonicalJson(united) === canonicalJson(now.pins)) return now;
      return kept(`over ${jsonDigest(own)}`, united, async () => {
        const newer = (await foldersOf(now.pins)).filter(({ kind, name }) => own[kind][name] === undefined);
        const { folders: fitting, ...reading } = fittingCatalog(await foldersOf(own), newer);
        return { catalog: refused(reading), pins: folderPins(fitting) };
      });
    },
    withFolder: async (changed) => {
      await sync();
      const others = (await foldersOf(await currentPins(records))).filter(({ kind, name }) => kind !== changed.kind || name !== changed.name);
      return catalogFromFolders([...others, changed]);
    },
  };
}

/** Findings that are errors refuse the whole; warnings do not. */
function refused({ catalog, findings }: CatalogReading): Catalog {
  if (catalog === undefined) {
    const errors = findings.filter(({ severity }) => severity === 'error');
    throw new Failure('CATALOG.INVALID', `the catalog has ${errors.length} error${errors.length === 1 ? '' : 's'}`, { details: { findings } });
  }
  return catalog;
}

async function syncCheckout(root: string, records: Records, folders: Map<Sha256, CatalogFolder>): Promise<void> {
  const loaded = await loadFolders(root);
  if (loaded.findings.length > 0) {
    throw new Failure('CATALOG.INVALID', 'the catalog has folders that cannot be read', { details: { findings: loaded.findings } });
  }
  for (const one of loaded.folders) folders.set(folderDigest(one), one);
  // Parsing twice would cost a no-op build a third of a second; what is current is parsed by whoever asked for it.
  if (canonicalJson(await currentPins(records)) === canonicalJson(folderPins(loaded.folders))) return;
  const catalog = refused(catalogFromFolders(loaded.folders));
  await records.catalog.sync(loaded.folders.map((one) => catalogEntry(one, catalog)));
}

/** All of `own`, and of `current` what has another name. */
function unitedPins(current: CatalogPins, own: CatalogPins): CatalogPins {
  return { recipe: { ...current.recipe, ...own.recipe }, template: { ...current.template, ...own.template }, board: { ...current.board, ...own.board }, architecture: { ...current.architecture, ...own.architecture } };
}

function folderPins(folders: readonly CatalogFolder[]): CatalogPins {
  const of = (kind: CatalogKind): Record<string, Sha256> => Object.fromEntries(folders.filter((one) => one.kind === kind).map((one) => [one.name, folderDigest(one)]));
  return { recipe: of('recipe'), template: of('template'), board: of('board'), architecture: of('architecture') };
}

/** One folder as it goes on record. */
export function catalogEntry(folder: CatalogFolder, catalog: Catalog): CatalogEntry {
  const files = sortedBy(folder.files, ([path]) => path).map(([path, { bytes, executable }]) => ({ path, bytes, executable }));
  const base = { kind: folder.kind, name: folder.name, digest: folderDigest(folder), files };
  switch (folder.kind) {
    case 'recipe': {
      const recipe = catalog.recipes.get(folder.name)!;
      return { ...base, version: recipe.version, summary: recipe.summary, license: recipe.license, definition: { ...recipe, files: withoutBytes(recipe.files) } };
    }
    case 'template': { const one = catalog.templates.get(folder.name)!; return { ...base, summary: one.summary, definition: one }; }
    case 'board': { const one = catalog.boards.get(folder.name)!; return { ...base, summary: one.summary, definition: { ...one, files: withoutBytes(one.files) } }; }
    case 'architecture': return { ...base, definition: catalog.architectures.get(folder.name)! };
  }
}

function withoutBytes(files: readonly { path: string; sha256: Sha256; sizeBytes: number; executable: boolean }[]): unknown[] {
  return files.map(({ path, sha256, sizeBytes, executable }) => ({ path, sha256, sizeBytes, executable }));
}

async function currentPins(records: Records): Promise<CatalogPins> {
  const kinds = await Promise.all(KINDS.map(async (kind) => [kind, Object.fromEntries(sortedBy(await records.catalog.current(kind), ([name]) => name))] as const));
  return Object.fromEntries(kinds) as unknown as CatalogPins;
}
