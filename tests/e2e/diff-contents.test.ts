import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { compareBuildWithBill, compareComponents, compareConfigurations, compareInputs, compareLicenses } from '../../src/actions/compare-contents.ts';
import { documentBuild } from '../../src/actions/document-build.ts';
import { makeDocument } from '../../src/actions/make-documents.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { encodeOutline, OUTLINE_FORMAT, outlineOf } from '../../src/compare/inventory-outline.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { TinyHome, type BuildJson } from '../support/tiny-home.ts';

/** One home with the plain board and the same with one option and another name. */
describe('what is in two builds on record', () => {
  let home: TinyHome;
  let workshop: Workshop & { close(): Promise<void> };
  let plain: BuildJson;
  let loud: BuildJson;

  beforeAll(async () => {
    home = await TinyHome.open();
    plain = await home.build(await home.configuration('plain', { images: [{ format: 'tar' }] }));
    loud = await home.build(await home.configuration('loud', { images: [{ format: 'tar' }], packages: { hello: { options: { loud: true } } }, system: { hostname: 'box' } }));
    workshop = await openWorkshop({ ...readEnvironment(), home: home.home, databaseUrl: undefined, catalogRoot: join(home.directory, 'catalog') });
  }, 600_000);
  afterAll(async () => {
    await workshop.close();
    await home.close();
  });

  test('is told by settings, components, licenses and inputs', async () => {
    const both = [plain.build, loud.build, workshop] as const;
    expect((await compareConfigurations(...both)).map(({ section, key, after }) => [section, key, after])).toEqual([['option', 'hello.loud', true], ['package', 'hello', true], ['system', 'hostname', 'box']]);
    expect((await compareComponents(...both)).map(({ kind, cause: { code }, after }) => [kind, code, after?.name])).toEqual([['content', 'build', 'hello']]);
    expect(await compareInputs(...both)).toEqual([]);
    expect(await compareLicenses(...both)).toEqual({ changes: [] });
    expect((await compareLicenses(...both, Buffer.from('format: 1\nname: strict\notherwise: deny\n'))).policy).toMatchObject({ name: 'strict', changes: [] });
  });

  test('is at hand when a build has ended: the outline of its inventory is on record with it', async () => {
    const { digest, outline } = (await workshop.reads.contents.currentInventory([loud.build])).get(loud.build)!;
    const inventory = JSON.parse(Buffer.from(await workshop.store.readBlobBytes(digest as Sha256)).toString('utf8')) as Inventory;
    expect(outline?.format).toBe(OUTLINE_FORMAT);
    expect(Buffer.from(await workshop.store.readBlobBytes(outline!.sha256 as Sha256))).toEqual(Buffer.from(encodeOutline(outlineOf(inventory))));
  });

  test('is nothing between a build and itself, nor its own bill of materials', async () => {
    const same = [plain.build, plain.build, workshop] as const;
    expect([await compareConfigurations(...same), await compareComponents(...same), (await compareLicenses(...same)).changes]).toEqual([[], [], []]);
    const made = await documentBuild(plain.build, workshop, { signal: new AbortController().signal, openYard: () => Promise.reject(new TypeError('a build ends with its texts captured')) });
    const { digests } = await makeDocument(plain.build, made, 'spdx-2.3', 'packages', workshop);
    const bill = join(home.directory, 'bill.json');
    await writeFile(bill, await workshop.store.readBlobBytes(digests.sha256));
    expect((await compareBuildWithBill(plain.build, bill, true, workshop)).changes).toEqual([]);
    expect((await compareBuildWithBill(loud.build, bill, false, workshop)).changes.map(({ kind, after }) => [kind, after?.name])).toEqual([['content', 'hello']]);
  });
});
