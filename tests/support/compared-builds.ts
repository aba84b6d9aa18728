import { inventoryRows } from '../../src/actions/inventory-rows.ts';
import { plainConfiguration } from '../../src/catalog/configuration.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import type { ContentFacts } from '../../src/inventory/inventory-facts.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { inventoryOf } from '../../src/inventory/inventory-of.ts';
import type { Records } from '../../src/records/records.ts';
import { makeTree } from '../../src/tree/tree.ts';
import type { TestApi } from './api-server.ts';
import { packagesOfPlan, rootFacts, TINY_ROWS } from './inventory-facts.ts';
import { catalogAt, planOf, TINY_CATALOG } from './planning.ts';
import { buildIdOf } from './synthetic-record.ts';

/** `mode` of it; `owner` as `rootFacts` has it. */
export interface OtherFile { bytes: Uint8Array; mode?: number; owner?: string }

export interface ComparedBuild {
  number: number;
  /** Options of the package hello. */
  options: Readonly<Record<string, boolean>>;
  /** Beside the rows of the tiny root, or in place of them; null: gone. */
  files: Readonly<Record<string, OtherFile | null>>;
  /** Bytes of its kernel, told by a word. */
  kernel?: string;
  /** What its inventory says beside or in place of that. */
  alter?: (inventory: Inventory) => Inventory;
  /** As it was asked for. */
  configuration?: Readonly<Record<string, unknown>>;
}

/** A build with its root, inventory and packages on record, as comparing needs them. Returns the digest of its inventory. */
export async function recordComparedBuild({ number, options, files, kernel, alter = (same) => same, configuration }: ComparedBuild, api: TestApi, records: Records): Promise<Sha256> {
  const plan = planOf(await catalogAt(TINY_CATALOG), { ...plainConfiguration('tiny'), packages: { hello: { options } } });
  const rows = TINY_ROWS.filter(([path]) => !(path in files));
  const others = Object.entries(files).flatMap(([path, file]): [string, OtherFile][] => (file === null ? [] : [[path, file]]));
  const facts = rootFacts([...rows, ...others.map(([path, { bytes, mode = 0o644, owner = 'hello' }]) => [path, { kind: 'file' as const, sha256: sha256(bytes), sizeBytes: bytes.length, mode }, owner] as const)], packagesOfPlan(plan));
  const contents = Object.fromEntries(others.map(([, { bytes }]): [Sha256, ContentFacts] => [sha256(bytes), { sha512: sha256(bytes).repeat(2), content: { kind: 'data' } }]));
  const images = facts.images.map((image) => (image.format === 'kernel' && kernel !== undefined ? { ...image, hashes: { sha256: sha256(kernel), sha512: sha256(kernel).repeat(2) } }
    : { ...image, hashes: { sha256: sha256(image.name + facts.rootTree), sha512: sha256(image.name).repeat(2) } }));
  const inventory = alter(inventoryOf({ ...facts, images, contents: { ...facts.contents, ...contents } }));
  for (const bytes of [...rows.map(([path]) => Buffer.from(path)), ...others.map(([, file]) => file.bytes)]) await api.store.putBlob(bytes);
  await api.store.putTree(makeTree(facts.files.map(({ path, entry }) => [path, entry] as const).filter(([path]) => path !== '')));
  await recordPackages(number, inventory.components.filter(({ kind }) => kind === 'package').map(({ name }) => name), api, configuration === undefined ? {} : { request: { configuration } });
  const { sha256: digest } = await api.record.blob(Buffer.from(canonicalJson(inventory)));
  await records.contents.recordInventory({ digest, definitionDigest: inventory.build.definitionDigest, rootTree: facts.rootTree, components: inventoryRows(inventory) });
  await records.contents.linkInventory(buildIdOf(number), digest);
  return digest;
}

async function recordPackages(number: number, names: readonly string[], api: TestApi, asked: { request?: object }): Promise<void> {
  const build = buildIdOf(number);
  await api.record.build({ number, packages: 0, ...asked });
  for (const name of names) await api.record.catalogItem('recipe', name, {});
  await api.record.insert('build_packages', names.map((name) => ({
    build_id: build, name, version: '1', recipe_digest: sha256(`recipe ${name} 1`), role: 'package', license: 'MIT', options: {}, reasons: [{ kind: 'board' }], step_name: name,
  })));
}
