import fc from 'fast-check';

import { blankControls, safeName, safeText } from './safe-text.ts';

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));

describe('text of a build', () => {
  it('keeps what is plain', () => {
    expect(safeText(Buffer.from('a\tb\nc é 🙂'))).toBe('a\tb\nc é 🙂');
  });

  it('has no byte that a terminal or a page acts on', () => {
    expect(safeText(Buffer.from('\x1b]52;c;eA==\x07\rfake\x9b1m\u202egnp.\u2066\0\x7f'))).toBe(String.raw`\x1b]52;c;eA==\x07\x0dfake\x9b1m\u202egnp.\u2066\x00\x7f`);
    fc.assert(fc.property(bytes, (input) => { expect(safeText(input)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/); }));
  });

  it('shows each byte that is not UTF-8, and a true replacement character as it is', () => {
    expect(safeText(Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x62]))).toBe(String.raw`a\xff\xc3(\xe2\x82b`);
    expect(safeText(Buffer.from([0xef, 0xbf, 0xbd, 0xfe]))).toBe('\ufffd' + String.raw`\xfe`);
    expect(safeText(Buffer.from([0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80]))).toBe(String.raw`\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80`);
  });

  it('is the same as plain decoding for all well-formed text without controls', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(!/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(text));
      expect(safeText(Buffer.from(text))).toBe(text);
    }));
  });

  it('is one line where it is a name', () => {
    expect(safeName(Buffer.from('a\nb\tc'))).toBe(String.raw`a\x0ab\x09c`);
  });

  it('blanked in place keeps its length, and blanking again changes nothing', () => {
    fc.assert(fc.property(bytes, (input) => {
      const once = blankControls(input);
      expect(once.length).toBe(input.length);
      expect(blankControls(once).equals(once)).toBe(true);
      expect(once.toString('utf8')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]/);
    }));
  });
});
