import type { IncomingMessage } from 'node:http';

import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { byteCount, parseMetadata } from './tus.ts';

const asked = (headers: Record<string, string>): IncomingMessage => ({ headers }) as unknown as IncomingMessage;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('headers of an upload', () => {
  it('are read whatever name and further keys they have', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), fc.boolean(), (name, digested) => {
      const header = `type ${base64('image')},is_last,${digested ? `sha256 ${base64(sha256(name))},` : ''} filename ${base64(name)}`;
      expect(parseMetadata(header)).toEqual({ name: Buffer.from(name).toString('utf8'), ...(digested ? { sha256: sha256(name) } : {}) });
    }));
    expect(parseMetadata(undefined)).toEqual({ name: 'unnamed' });
  });

  it.each(['filename %', 'filename YQ== YQ==', `sha256 ${base64('abc')}`, 'filename a'])('are refused where they are malformed: %s', (header) => {
    expect(() => parseMetadata(header)).toThrow(expect.objectContaining({ code: 'API.BAD_REQUEST' }));
  });

  it('count bytes in whole numbers', () => {
    expect(byteCount(asked({ 'upload-offset': '0' }), 'upload-offset')).toBe(0);
    expect(byteCount(asked({ 'upload-length': '9007199254740991' }), 'upload-length')).toBe(Number.MAX_SAFE_INTEGER);
    for (const text of ['', '-1', '1.5', '01', '0x10', '1e3', '9007199254740992', ' 1', 'NaN']) expect(() => byteCount(asked({ 'upload-offset': text }), 'upload-offset')).toThrow(expect.objectContaining({ code: 'API.BAD_REQUEST' }));
    expect(() => byteCount(asked({}), 'upload-offset')).toThrow(expect.objectContaining({ code: 'API.BAD_REQUEST' }));
  });
});
