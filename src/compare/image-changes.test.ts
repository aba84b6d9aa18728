import { craftGpt } from '../../tests/support/crafted-disk.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { sha256 } from '../foundation/digest.ts';
import { comparedImages, imageLines, type BuiltImage } from './image-changes.ts';
import { imageOutline, outlineLines } from './image-outline.ts';

const image = (name: string, text: string, more: Partial<BuiltImage> = {}): BuiltImage => ({ name, format: 'tar', sha256: sha256(text), sizeBytes: text.length, owner: null, ...more });

describe('what came out of two builds', () => {
  const images = comparedImages([image('kernel', 'k', { format: 'kernel', owner: 'linux' }), image('gone', 'g'), image('rootfs.tar', 'short')], [image('rootfs.tar', 'x'.repeat(2048)), image('kernel', 'k', { format: 'kernel', owner: 'linux' }), image('new', 'n')]);

  it('pairs by name, with digest and size of either side', () => {
    expect(images.map(({ name, left, right, sizeBytes, equal }) => [name, left === null ? null : left === right ? 'same' : 'left', right === null ? null : 'right', sizeBytes, equal])).toEqual([
      ['gone', 'left', null, { left: 1, right: null }, false], ['kernel', 'same', 'right', { left: 1, right: 1 }, true], ['new', null, 'right', { left: null, right: 1 }, false],
      ['rootfs.tar', 'left', 'right', { left: 5, right: 2048 }, false],
    ]);
  });

  it('is told line by line, what differs first, no name writing on the terminal', () => {
    const short = (text: string): string => sha256(text).slice(0, 12);
    expect(imageLines(images, 40).map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
      `- gone tar 1 B ${short('g')}`, `+ new tar 1 B ${short('n')}`, `~ rootfs.tar tar 5 B → 2.0 KiB ${short('short')} → ${short('x'.repeat(2048))}`, `= kernel kernel 1 B ${short('k')} of linux`,
    ]);
    expect(imageLines(images, 1).at(-1)).toBe('… 4 more images');
    expect(imageLines(comparedImages([], [image('\u001b[2J', 'x')]), 40)[0]).toContain(String.raw`\x1b[2J`);
  });
});

describe('a file from outside', () => {
  const sample = Buffer.alloc(4096, 'no image at all ');

  it('is told with its partitions, each with what lies in it', () => {
    const squashfs = Buffer.from('hsqs'.padEnd(96, '\0'));
    const { format, partitions } = imageOutline(bufferSource(craftGpt([{ name: 'boot', bytes: sample }, { name: 'root\u202e', bytes: squashfs }])));
    expect([format, partitions.map(({ number, name, offsetBytes, format: inner }) => [number, name, offsetBytes, inner])]).toEqual(['gpt', [[1, 'boot', 2 ** 20, null], [2, 'root\u202e', 2 * 2 ** 20, 'squashfs']]]);
  });

  it('is bytes where nothing is known of it', () => {
    expect(imageOutline(bufferSource(sample))).toEqual({ format: null, sizeBytes: 4096, sha256: sha256(sample), partitions: [] });
    expect(outlineLines('left', imageOutline(bufferSource(sample)))).toEqual([`left   bytes, 4.0 KiB, sha256:${sha256(sample)}`]);
  });

  it('is a disk that cannot be read, with the reason, where it is cut off', () => {
    const disk = craftGpt([{ name: 'root\u202e', bytes: sample }]);
    expect(outlineLines('right', imageOutline(bufferSource(disk)))[1]).toMatch(/^ {7}1 "root\\u\{202e\}": bytes, 4\.0 KiB at 1\.0 MiB, type /);
    const cut = imageOutline(bufferSource(disk.subarray(0, 1024)));
    expect([cut.partitions, typeof cut.unreadable]).toEqual([[], 'string']);
  });
});
