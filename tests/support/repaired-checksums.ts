import { headerChecksum } from '../../src/readers/tar-header.ts';

const TAR_BLOCK = 512;

/** Every block that looks like a header has the checksum of its bytes. */
export function repairTar(image: Buffer): void {
  for (let at = 0; at + TAR_BLOCK <= image.length; at += TAR_BLOCK) {
    const block = image.subarray(at, at + TAR_BLOCK);
    if (block.toString('latin1', 257, 260) !== 'ust') continue;
    block.write(`${headerChecksum(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}
