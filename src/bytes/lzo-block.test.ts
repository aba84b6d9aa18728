import fc from 'fast-check';

import { isReadFailure } from './read-failure.ts';
import { decodeLzo } from './lzo-block.ts';

const END = [0x11, 0, 0];
const decoded = (packed: readonly number[], room = 100): string => {
  const out = Buffer.alloc(room);
  return out.toString('latin1', 0, decodeLzo(Uint8Array.from(packed), out, 'a block'));
};
const letters = (text: string): number[] => [...Buffer.from(text)];

it('copies literals, and matches near and further back, each followed by up to three literals', () => {
  expect(decoded([17 + 4, ...letters('abcd'), ...END])).toBe('abcd');
  // Three bytes from one back; then a match of four from two back with one literal behind it.
  expect(decoded([17 + 4, ...letters('abcd'), 0x40, 0, 0x60 | 1 << 2 | 1, 0, ...letters('z'), ...END])).toBe(`abc${'d'.repeat(8)}z`);
  expect(decoded([17 + 4, ...letters('abcd'), 32 | 3, 3 << 2, 0, ...END])).toBe('abcdabcda');
  expect(decoded([0, 1, ...letters('x'.repeat(19)), ...END])).toBe('x'.repeat(19));
});

it('refuses a block that looks back before its start, would be longer than its room, or has no end', () => {
  const refused = (packed: readonly number[], room?: number): unknown => { try { return decoded(packed, room); } catch (error) { return (error as { code: string }).code; } };
  expect(refused([17 + 4, ...letters('abcd'), 32 | 3, 4 << 2, 0, ...END])).toBe('BYTES.DAMAGED');
  expect(refused([17 + 4, ...letters('abcd'), ...END], 3)).toBe('BYTES.DAMAGED');
  expect(refused([17 + 4, ...letters('abcd')])).toBe('BYTES.TRUNCATED');
  expect(refused([])).toBe('BYTES.TRUNCATED');
  expect(refused([0, ...Array.from({ length: 5000 }, () => 0)])).toBe('BYTES.DAMAGED');
});

it('ends in bytes or a reason, whatever the block', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (packed) => {
    try { expect(decodeLzo(packed, Buffer.alloc(1000), 'a block')).toBeLessThanOrEqual(1000); } catch (error) { expect(isReadFailure(error)).toBe(true); }
  }), { numRuns: 2000 });
});
