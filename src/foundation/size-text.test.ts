import { signedSizeText } from './size-text.ts';

test.each([[0, '0 B'], [1, '+1 B'], [-1023, '-1023 B'], [-1024, '-1.0 KiB'], [1.5 * 2 ** 20, '+1.5 MiB'], [2 ** 51, '+2048.0 TiB']])('%d bytes more are told as %s', (bytes, text) => { expect(signedSizeText(bytes)).toBe(text); });
