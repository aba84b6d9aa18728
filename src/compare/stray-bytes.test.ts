import { archive, END, member } from '../../tests/support/crafted-tar.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { compareImages } from './compare.ts';
import { exitOf } from './verdict.ts';

const plain = archive(member({ name: 'etc/issue' }, 'hello\n'), member({ name: 'etc/motd' }, 'welcome\n'), END);
const with_ = (at: number, byte = 0x41): Buffer => { const copy = Buffer.from(plain); copy[at] = byte; return copy; };
/** The header's checksum as it is with another byte in it. */
const withHeader = (at: number): Buffer => {
  const copy = with_(at);
  const sum = Number.parseInt(copy.toString('latin1', 148, 154), 8) + 0x41;
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return copy;
};
const compared = (left: Buffer, right: Buffer): ReturnType<typeof compareImages> => compareImages(bufferSource(left), bufferSource(right));

describe('bytes of a tar that no entry has', () => {
  it.each([
    ['behind the content of a file', with_(512 + 6)], ['at the end of the block', with_(1023)], ['behind the content of the last file', with_(1024 + 512 + 200)],
    ['behind a name', withHeader(50)], ['behind a target', withHeader(200)], ['behind the end', Buffer.concat([plain, Buffer.alloc(512), Buffer.from('A'.repeat(512))])],
  ])('are no noise: %s', async (_title, other) => {
    const comparison = await compared(plain, other);
    expect([comparison.changes, exitOf(comparison)]).toEqual([[], 1]);
    expect(comparison.layout.some(({ key, noise }) => key === 'strayBytes' && !noise)).toBe(true);
  });

  it('are told apart where both sides have some', async () => {
    expect(exitOf(await compared(with_(1020, 0x41), with_(1020, 0x42)))).toBe(1);
    const [left, right] = [Buffer.concat([plain, Buffer.from('A'.repeat(512))]), Buffer.concat([plain, Buffer.from('B'.repeat(512))])];
    expect(exitOf(await compared(left, right))).toBe(1);
  });

  it('are none where only the length of the end differs', async () => {
    const comparison = await compared(plain, Buffer.concat([plain, Buffer.alloc(9 * 1024)]));
    expect([comparison.layout.map(({ key }) => key), exitOf(comparison)]).toEqual([['bytes'], 3]);
  });
});
