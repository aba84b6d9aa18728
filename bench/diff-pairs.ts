/** Pairs of images that differ in a known way, made by other people's tools. */
import { rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { isInstalled, tool } from './diff-measured.ts';
import { compileProgram, LIBRARY_V1, LIBRARY_V2, PROGRAMS } from './diff-programs.ts';
import { EPOCH, filesOf, isElf, rewrite, setDirectoryTimes } from './diff-trees.ts';

export interface Format {
  needs: readonly string[];
  /** With DIR, IMG and MIB, the room of a file system; run in a directory of its own. */
  make: string;
}

const EXT4 = (image: string, room: string): string => `mke2fs -q -t ext4 -U 6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c11 -E hash_seed=6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c12,root_owner=0:0 -d DIR ${image} ${room}M`;

export const FORMATS: Readonly<Record<string, Format>> = {
  tar: { needs: ['tar'], make: 'tar --sort=name --format=pax --pax-option=delete=atime,delete=ctime --owner=0 --group=0 --numeric-owner -C DIR -cf IMG .' },
  squashfs: { needs: ['mksquashfs', 'unsquashfs'], make: 'mksquashfs DIR IMG -comp zstd -all-root -noappend -quiet -no-progress' },
  ext4: { needs: ['mke2fs'], make: EXT4('IMG', 'MIB') },
  gpt: {
    needs: ['mke2fs', 'sfdisk', 'mkfs.vfat', 'mcopy'],
    make: `truncate -s 32M esp && mkfs.vfat --invariant -i 12345678 esp > /dev/null && mcopy -m -i esp DIR/usr/bin/bench-server ::kernel.img && mcopy -m -i esp DIR/etc/issue ::loader.conf &&
      ${EXT4('root', 'MIB')} && truncate -s $((MIB + 34))M IMG &&
      printf 'label: gpt\\nlabel-id: 6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c20\\nstart=2048, size=65536, type=U, uuid=6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c21, name=esp\\nstart=67584, size=%s, type=L, uuid=6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c22, name=root\\n' $((MIB * 2048)) | sfdisk -q IMG &&
      dd if=esp of=IMG bs=1M seek=1 conv=notrunc,sparse status=none && dd if=root of=IMG bs=1M seek=33 conv=notrunc,sparse status=none; rm -f esp root`,
  },
  'cpio.gz': { needs: ['cpio', 'gzip'], make: '(cd DIR && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --renumber-inodes | gzip -n -6) > IMG' },
  erofs: { needs: ['mkfs.erofs'], make: 'mkfs.erofs --quiet -zlz4hc,9 -C65536 -U 6a5f0f3e-8a0b-4c52-9d57-0d9f6a3f4c30 --all-root IMG DIR' },
};

export const isAvailable = (format: Format): boolean => isInstalled(...format.needs);

export function makeImage(format: string, tree: string, image: string, treeBytes: number): void {
  const room = Math.ceil((treeBytes * 1.3) / 2 ** 20) + 64;
  const fill = FORMATS[format]!.make.replaceAll('DIR', tree).replaceAll('IMG', image).replaceAll('MIB', String(room));
  rmSync(image, { force: true });
  tool(`cd $(dirname ${image}) && ${fill}`, { SOURCE_DATE_EPOCH: '' });
  if (statSync(image).size === 0) throw new Error(`${image} is empty`);
}

const DAY = 86_400;
const ONE_OF = 20;

/** Each turns a copy of the tree into the other side; `identical` is a copy of the image instead. */
export const VARIANTS: Readonly<Record<string, (tree: string, scratch: string) => void>> = {
  identical: () => undefined,
  line: (tree) => rewrite(tree, 'etc/issue', (bytes) => Buffer.concat([bytes, Buffer.from('one more line\n')])),
  elf: (tree, scratch) => {
    for (const program of PROGRAMS) compileProgram(program, join(tree, program.path), join(scratch, 'compile'), '/srv/a-longer/build-two');
  },
  times: (tree) => {
    for (const path of filesOf(tree)) shiftTime(join(tree, path));
  },
  five: (tree) => {
    for (const path of filesOf(tree).filter((_, i) => i % ONE_OF === ONE_OF - 1)) rewrite(tree, path, isElf(join(tree, path)) ? otherBytes : otherLine);
  },
  upgrade: (tree, scratch) => compileProgram(LIBRARY_V2, join(tree, LIBRARY_V1.path), join(scratch, 'compile'), '/srv/build-one'),
};

export function makeVariant(variant: string, tree: string, scratch: string): void {
  VARIANTS[variant]!(tree, scratch);
  setDirectoryTimes(tree);
  if (variant === 'times') tool(`find ${tree} -type d -exec touch -h -d @${EPOCH + DAY} {} + ; find ${tree} -type l -exec touch -h -d @${EPOCH + DAY} {} +`);
}

function shiftTime(path: string): void {
  const seconds = Math.floor(statSync(path).mtimeMs / 1000) + DAY;
  utimesSync(path, seconds, seconds);
}

/** Sixteen bytes in the middle. */
function otherBytes(bytes: Buffer): Buffer {
  const middle = bytes.length >> 1;
  for (let i = middle; i < Math.min(bytes.length, middle + 16); i++) bytes[i] = bytes[i]! ^ 0x5a;
  return bytes;
}

/** A line more in the middle. */
function otherLine(bytes: Buffer): Buffer {
  const at = bytes.indexOf(10, bytes.length >> 1) + 1;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from('a line that was not there before\n'), bytes.subarray(at)]);
}
