import { bytesOf, everything, sampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import type { TreeEntry } from '../tree/entry.ts';
import { IMAGE_FORMATS, imageStep } from './image-formats.ts';

const EPOCH = 1_700_000_000;

describe('image formats', () => {
  test('what each is made with is on record, and the phases are those of this version', () => {
    const { tree } = everything();
    const told = (['tar', 'cpio.gz', 'squashfs', 'ext4'] as const).map((format) => {
      const { fileName, inputName, writerVersion, parameters, phase } = imageStep({ format }, tree, EPOCH);
      return { fileName, inputName, writerVersion, parameters, phase };
    });
    // Raise the writerVersion of a format whose phase or parameters change here.
    expect(told).toMatchSnapshot();
    expect(imageStep({ format: 'ext4', sizeBytes: 2 ** 25 }, tree, EPOCH).parameters).toEqual({ epochSeconds: EPOCH, sizeBytes: 2 ** 25 });
  });

  test('the tar that squashfs-tools gets is what this version of the writer writes', async () => {
    const { tree, blobs } = everything();
    // Another digest here means another squashfs for every user: raise its writerVersion with it.
    expect(sha256(await bytesOf(imageStep({ format: 'squashfs' }, tree, EPOCH).write(blobs)))).toBe('fdba40a446f841b23154cd11386a0dca9ad15678dc6eb75ed202010647c012a7');
  });

  test('no two formats give a file of one name', () => {
    const names = Object.values(IMAGE_FORMATS).map(({ fileName }) => fileName);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each<[string, [string, TreeEntry][]]>([
    ['attributes of the root', [['', { kind: 'directory', mode: 0o755, uid: 0, gid: 0, xattrs: { 'user.a': '1' } }]]],
    ['another owner of the root', [['', { kind: 'directory', mode: 0o755, uid: 1, gid: 0 }]]],
    ['an attribute of another name space', [['f', { kind: 'fifo', mode: 0, uid: 0, gid: 0, xattrs: { 'system.posix_acl_access': '1' } }]]],
    ['a minor number of more than 20 bits', [['f', { kind: 'block-device', mode: 0, uid: 0, gid: 0, major: 1, minor: 2 ** 20 }]]],
  ])('squashfs: refuses %s, which its tool would lose', (_title, rows) => {
    const { tree, blobs } = sampleTree(rows);
    expect(() => imageStep({ format: 'squashfs' }, tree, EPOCH).write(blobs)).toThrow(expect.objectContaining({ code: 'IMAGE.UNSUPPORTED', place: rows[0]![0] }) as Error);
  });
});
