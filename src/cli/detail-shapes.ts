import { z } from 'zod';

const count = z.int().min(0);
const more = count.describe('So many were left out.');
const listed = <T extends z.ZodType>(item: T): z.ZodObject<{ items: z.ZodArray<T>; more: z.ZodInt }, z.core.$strict> => z.strictObject({ items: z.array(item), more });
const value = z.string().nullable().describe('null: that side has none of the name.');
const place = z.strictObject({ address: z.string().describe('Hexadecimal.'), sizeBytes: count.describe('Bytes.') }).nullable();
const fate = z.enum(['added', 'removed', 'changed', 'operands', 'bytes', 'shifted']);

/** `ContentDetail` of the room `compare`. */
export const contentDetail = z.strictObject({
  kinds: z.strictObject({ left: z.string(), right: z.string() }).describe('elf, kernel-module, kernel-image, device-tree, fit, uimage, ar, deb, compressed, image, text or data.'),
  tables: z.array(z.strictObject({ name: z.string(), rows: listed(z.strictObject({ name: z.string(), left: value, right: value })) })).describe('Values that differ: properties, symbols, configuration, device tree …'),
  functions: z.strictObject({
    from: z.enum(['symbols', 'frames', 'symbols and frames']), counts: z.record(z.string(), count).describe('By fate; `same` and `shifted` (suspected: the same but for addresses) are counted alone.'),
    changes: listed(z.strictObject({
      name: z.string().nullable(), after: z.string().exactOptional().describe('Of one without a name: the next before it that has one.'), fate, left: place, right: place,
      instructions: count.exactOptional().describe('That differ, where instructions were compared.'),
    })),
  }).exactOptional(),
  lists: z.array(z.strictObject({ name: z.string(), removed: listed(z.string()), added: listed(z.string()) })),
  texts: z.array(z.strictObject({
    name: z.string(), lines: z.array(z.string()), moreLines: count.nullable().describe('Lines that were left out; null where the two are too large, or too different, to tell line by line.'),
  })),
  bytes: listed(z.strictObject({ leftOffset: count, rightOffset: count, left: z.string().describe('Hexadecimal.'), right: z.string() })).exactOptional().describe('Of what is not understood: where the first bytes differ.'),
  get inside() { return listed(z.strictObject({ name: z.string(), detail: contentDetail })); },
  problems: z.array(z.string()),
});
