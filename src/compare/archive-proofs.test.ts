import { deflateSync } from 'node:zlib';

import { ar, png, tar, zip, type Member } from '../../tests/support/cause-corpus/archives.ts';
import { sampleTree } from '../../tests/support/sample-trees.ts';
import { compareTrees } from './compare.ts';
import type { Change, Side } from './comparison.ts';

async function change(left: Buffer, right: Buffer): Promise<Change> {
  const side = (content: Buffer): Side => ({ tree: sampleTree([['usr/file', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content }]]).tree, facts: new Map(), content: () => [content] });
  return (await compareTrees(side(left), side(right))).changes[0]!;
}
const codes = ({ causes, noise }: Change): [string[], boolean] => [causes.map(({ code }) => code), noise];
const MEMBERS: Member[] = ['one', 'two', 'three'].map((name) => ({ name, content: `${name} and much more of it, ${name}\n`.repeat(30), time: 1_700_000_000 }));
const later = (seconds: number): Member[] => MEMBERS.map((member) => ({ ...member, time: member.time! + seconds }));
const by = (user: string): Member[] => MEMBERS.map((member) => ({ ...member, user }));
const picture = (level: number, time: string, pixels = 'pixels '): Buffer => png([['IHDR', Buffer.alloc(13, 1)], ['tIME', Buffer.from(time, 'hex')], ['IDAT', deflateSync(Buffer.from(pixels.repeat(80)), { level })], ['IEND', Buffer.alloc(0)]]);

describe('an archive is the same', () => {
  test.each([
    ['a zip at another time', zip(MEMBERS), zip(later(1234)), 'embedded-timestamp'], ['a zip by another clock', zip(MEMBERS), zip(MEMBERS, { minutes: 330 }), 'time-zone'], ['a zip in another order', zip(MEMBERS), zip(MEMBERS.toReversed()), 'ordering'],
    ['a zip packed less', zip(MEMBERS), zip(MEMBERS, { level: 1 }), 'compression'], ['an ar in another order', ar(MEMBERS), ar(MEMBERS.toReversed()), 'ordering'], ['a tar in another order', tar(MEMBERS), tar(MEMBERS.toReversed()), 'ordering'],
    ['a tar of another user', tar(by('ann')), tar(by('joe')), 'host-leak'], ['a picture packed less', picture(9, '07e80101000000'), picture(1, '07e80101000000'), 'compression'], ['a picture of another day', picture(9, '07e80101000000'), picture(9, '07e80102030405'), 'embedded-timestamp'],
    ['a stream of zlib packed less', deflateSync(Buffer.from('words '.repeat(90)), { level: 9 }), deflateSync(Buffer.from('words '.repeat(90)), { level: 1 }), 'compression'],
  ])('as %s', async (_title, left, right, cause) => { expect(codes(await change(left, right))).toEqual([[cause], true]); });
});

describe('nothing is excused where more than that differs', () => {
  const hidden = Buffer.from('hidden words, of which no directory tells');
  const withCentral = (bytes: Buffer, put: (copy: Buffer, end: number) => void): Buffer => { const copy = Buffer.from(bytes); put(copy, copy.length - 22); return copy; };
  const padded = (bytes: Buffer): Buffer => { const copy = Buffer.from(bytes); copy.write('x', 512 + MEMBERS[0]!.content.length + 3, 'latin1'); return copy; };
  test.each([
    ['an account that owns what root did, by name alone', tar(by('root')), tar(by('joe'))], ['the same where nothing named root', tar(by('')), tar(by('joe'))], ['a service that owns what a person did', tar(by('joe')), tar([...by('joe').slice(0, 2), { ...MEMBERS[2]!, user: 'www-data' }])],
    ['a member of a zip', zip(MEMBERS), zip([...later(1234).slice(0, 2), { name: 'three', content: 'other', time: 1_700_001_234 }])],
    ['bytes before a zip', zip(MEMBERS), Buffer.concat([hidden, zip(later(1234))])], ['bytes behind a zip', zip(MEMBERS), Buffer.concat([zip(later(1234)), hidden])],
    ['a number in the last record of a zip', zip(MEMBERS), withCentral(zip(later(1234)), (copy, end) => { copy.writeUInt16LE(7, end + 4); })],
    ['the time of a member in one of its two headers', zip(MEMBERS), withCentral(zip(MEMBERS), (copy) => { copy.writeUInt32LE(0x1234_5678, 10); })],
    ['a member of a zip that another lies over', zip(MEMBERS), withCentral(zip(MEMBERS), (copy, end) => { copy.writeUInt32LE(0, copy.readUInt32LE(end + 16) + 42 + 46 + 3); })],
    ['a pixel', picture(9, '07e80101000000'), picture(1, '07e80101000000', 'pixelz ')], ['bytes behind the pixels', picture(9, '07e80101000000'), png([['IHDR', Buffer.alloc(13, 1)], ['tIME', Buffer.from('07e80101000000', 'hex')], ['IDAT', Buffer.concat([deflateSync(Buffer.from('pixels '.repeat(80))), hidden])], ['IEND', Buffer.alloc(0)]])],
    ['a time of a picture that is too long for one', picture(9, '07e80101000000'), picture(9, '07e801010000000000000000')], ['a byte in the padding of a tar', tar(MEMBERS), padded(tar(later(1234)))], ['a byte in the padding of a tar and nothing else', tar(MEMBERS), padded(tar(MEMBERS))],
    ['bytes behind a stream of zlib', deflateSync(Buffer.from('words '.repeat(90))), Buffer.concat([deflateSync(Buffer.from('words '.repeat(90)), { level: 1 }), hidden])], ['a member of an ar', ar(MEMBERS), ar([MEMBERS[1]!, { ...MEMBERS[0]!, content: 'other' }, MEMBERS[2]!])],
  ])('%s', async (_title, left, right) => { expect((await change(left, right)).noise).toBe(false); });
});
