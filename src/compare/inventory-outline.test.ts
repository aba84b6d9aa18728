import fc from 'fast-check';

import { sampleComponent, sampleFile, sampleInventory, samplePackage } from '../../tests/support/inventory-sample.ts';
import type { Inventory, InventoryFile } from '../inventory/inventory.ts';
import type { PathBytes } from '../tree/entry.ts';
import { decodeOutline, encodeOutline, outlineOf } from './inventory-outline.ts';
import { ownershipOf } from './ownership.ts';

const OWNERS = [samplePackage('alpha'), samplePackage('beta'), sampleComponent({ kind: 'generator', name: 'accounts' })];
const name = fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte))));
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => Buffer.concat(names.flatMap((one, at) => (at === 0 ? [one] : [Buffer.from('/'), one]))));
const owner = fc.constantFrom(...OWNERS.map(({ ref }) => ref), 'package:nobody', undefined);

/** As an inventory tells a path: bytes apart where they are no UTF-8. */
function fileAt(bytes: Buffer, of: string | undefined): InventoryFile {
  const text = bytes.toString('utf8');
  return sampleFile(`/${text}`, of, Buffer.from(text, 'utf8').equals(bytes) ? {} : { pathHex: bytes.toString('hex') });
}

const inventoryOf = (files: readonly InventoryFile[]): Inventory => ({ ...sampleInventory(), components: OWNERS, files });

describe('the outline of an inventory', () => {
  test('says of every path whose it is, as the inventory does, and nothing of others', () => {
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(path, owner), { selector: ([bytes]) => bytes.toString('hex'), maxLength: 100 }), fc.array(path), (owned, others) => {
      const { ownerAt } = ownershipOf(decodeOutline(encodeOutline(outlineOf(inventoryOf(owned.map(([bytes, of]) => fileAt(bytes, of))))))!);
      const names = new Map(OWNERS.map((one) => [one.ref, one.name]));
      const expected = new Map(owned.map(([bytes, of]) => [bytes.toString('latin1'), names.get(of ?? '')]));
      const asked = [...expected.keys(), ...others.map((bytes) => bytes.toString('latin1')), ...owned.map(([bytes]) => `${bytes.toString('latin1')}/x`), ''];
      expect(asked.map((one) => ownerAt(one as PathBytes))).toEqual(asked.map((one) => expected.get(one)));
    }));
  });

  test('is read as it was written, of one that has everything an inventory can hold', () => {
    const outline = outlineOf(sampleInventory());
    expect(decodeOutline(encodeOutline(outline))).toEqual(outline);
    expect(outline).toMatchObject({ rootTree: sampleInventory().build.rootTree, images: [{ name: 'root.squashfs', format: 'squashfs', owner: null }] });
    expect(outline.packages.map((one) => one.name)).toEqual(sampleInventory().components.filter(({ kind }) => kind === 'package').map((one) => one.name));
  });

  test('has the same bytes, whatever order members and paths come in', () => {
    const reversed = (value: unknown): unknown => Array.isArray(value) ? value.map(reversed)
      : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).toReversed().map(([key, one]) => [key, reversed(one)])) : value;
    const inventory = sampleInventory();
    const other = reversed({ ...inventory, files: inventory.files.toReversed() }) as Inventory;
    expect(encodeOutline(outlineOf(other))).toEqual(encodeOutline(outlineOf(inventory)));
  });

  test('in another format is not taken', () => {
    expect(decodeOutline(Buffer.from(JSON.stringify({ ...outlineOf(sampleInventory()), format: 0 })))).toBeUndefined();
  });
});
