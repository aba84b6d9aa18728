import { gatherInventoryFacts, inventoryOfBuild } from '../../src/actions/inventory-facts.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { checkInventory } from '../../src/inventory/check-inventory.ts';
import type { InventoryFacts } from '../../src/inventory/inventory-facts.ts';
import { inventoryOf, inventoryText } from '../../src/inventory/inventory-of.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { TinyHome, type BuildJson } from '../support/tiny-home.ts';

/** A real build of the tiny catalog: what is on record of it is all that its inventory takes. */
describe('the inventory of a build', () => {
  let home: TinyHome;
  let built: BuildJson;
  let facts: InventoryFacts;

  beforeAll(async () => {
    home = await TinyHome.open();
    built = await home.build();
    facts = await withWorkshop(home, (workshop) => gatherInventoryFacts(built.build, workshop));
  }, 600_000);
  afterAll(() => home.close());

  async function withWorkshop<T>(at: TinyHome, use: (workshop: Workshop) => Promise<T>): Promise<T> {
    const workshop = await openWorkshop({ ...readEnvironment(), home: at.home, databaseUrl: undefined });
    try {
      return await use(workshop);
    } finally {
      await workshop.close();
    }
  }

  test('lists the root whole, every path with its owner, every file with its digests', () => {
    const { completeness, files } = inventoryOf(facts);
    const claimed = Object.fromEntries(completeness.map(({ subject, state }) => [subject, state]));
    expect(claimed).toMatchObject({ files: 'complete', ownership: 'complete', hashes: 'complete', 'build-dependencies': 'complete', licenses: 'complete', sources: 'complete', sandbox: 'complete' });
    expect(files.find(({ path }) => path === '/usr/bin/hello')).toMatchObject({ kind: 'file', ownership: { kind: 'package' }, properties: { executable: true } });
    expect(files.find(({ path }) => path === '/dev/console')).toMatchObject({ ownership: { kind: 'table' }, device: { major: 5, minor: 1 } });
  });

  test('names every image with what it holds, and nothing of the run that made it', () => {
    const inventory = inventoryOf(facts);
    const images = inventory.components.filter(({ kind }) => kind === 'image');
    expect(Object.fromEntries(images.map(({ name, hashes }) => [name, hashes?.sha256]))).toEqual(Object.fromEntries(built.images.map(({ name, sha256 }) => [name, sha256])));
    const kernel = inventory.components.find(({ recipe }) => recipe?.role === 'kernel')!;
    const holders = inventory.relations.filter(({ kind, to }) => kind === 'contains' && to === kernel.ref).map(({ from }) => images.find(({ ref }) => ref === from)?.image?.format);
    expect(holders).toEqual(['kernel']);
    expect(inventoryText(inventory)).not.toContain(built.build);
  });

  test('finds no more wrong with it than that its made-up packages have no sources', () => {
    const found = checkInventory(inventoryOf(facts)).filter(({ severity }) => severity !== 'note').map(({ rule, path }) => `${rule} ${path}`);
    // The tiny catalog's programs run with the sandbox's C library, which it does not ship.
    expect(found.filter((one) => !/^(library|interpreter)-missing \//.test(one))).toEqual([]);
  });

  test('comes out the same on another server that builds the same definition', async () => {
    const other = await TinyHome.open();
    try {
      const again = await other.build();
      expect([again.definitionDigest, again.build === built.build]).toEqual([built.definitionDigest, false]);
      expect(inventoryText(await withWorkshop(other, (workshop) => inventoryOfBuild(again.build, workshop)))).toBe(inventoryText(inventoryOf(facts)));
    } finally {
      await other.close();
    }
  }, 600_000);
});
