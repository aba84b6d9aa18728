import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { repairJffs2, repairTar, repairUbi, repairUbifs } from './repaired-checksums.ts';

export interface SmallImage {
  /** Tools that `provenroot test` installs and a bare machine may lack. */
  needs: readonly string[];
  /** Makes `image` of the directory `src`, in the shell. */
  script: string;
  /** What an attacker does after changing bytes: makes the checksums fit again. */
  repair?: (image: Buffer) => void;
}

/** Small images of every format, each with a directory of many names, links, a device and attributes. */
export const SMALL_IMAGES: Readonly<Record<string, SmallImage>> = {
  'ext2': { needs: [], script: 'mke2fs -q -t ext2 -b 1024 -I 128 -N 256 -d src image 1M' },
  'ext4': { needs: [], script: 'mke2fs -q -t ext4 -b 1024 -O ^has_journal -N 256 -d src image 1M' },
  'ext4 with data in inodes': { needs: [], script: 'mke2fs -q -t ext4 -O inline_data,^has_journal -I 512 -b 1024 -d src image 2M' },
  'squashfs with gzip': { needs: [], script: 'mksquashfs src image -comp gzip -b 4096 -quiet -no-progress' },
  'squashfs with plain tables': { needs: [], script: 'mksquashfs src image -comp zstd -b 4096 -noI -noX -quiet -no-progress' },
  'squashfs with nothing packed': { needs: [], script: 'mksquashfs src image -noI -noX -noD -noF -b 4096 -quiet -no-progress' },
  'squashfs with lz4': { needs: [], script: 'mksquashfs src image -comp lz4 -b 4096 -quiet -no-progress' },
  'squashfs with lzo': { needs: [], script: 'mksquashfs src image -comp lzo -b 4096 -quiet -no-progress' },
  'squashfs with xz': { needs: [], script: 'mksquashfs src image -comp xz -b 8192 -quiet -no-progress' },
  'erofs': { needs: ['mkfs.erofs'], script: 'mkfs.erofs -x100 image src' },
  'erofs in chunks': { needs: ['mkfs.erofs'], script: 'mkfs.erofs --chunksize=4096 image src' },
  'erofs with lz4': { needs: ['mkfs.erofs'], script: 'mkfs.erofs -zlz4hc -C65536 -Eztailpacking image src' },
  'erofs with fragments': { needs: ['mkfs.erofs'], script: 'mkfs.erofs -zlz4hc -Efragments image src' },
  'erofs with the old index': { needs: ['mkfs.erofs'], script: 'mkfs.erofs -zlz4hc -Elegacy-compress image src' },
  'FAT12': { needs: ['mkfs.vfat', 'mcopy'], script: 'truncate -s 512K image; mkfs.vfat -F 12 image; mcopy -s -i image src/many src/file ::' },
  'FAT16': { needs: ['mkfs.vfat', 'mcopy'], script: 'truncate -s 3M image; mkfs.vfat -F 16 -s 1 image; mcopy -s -i image src/many src/file ::' },
  'FAT32': { needs: ['mkfs.vfat', 'mcopy'], script: 'truncate -s 34M image; mkfs.vfat -F 32 -s 1 image; mcopy -s -i image src/many src/file ::' },
  'UBI': { needs: ['mkfs.ubifs', 'ubinize'], script: 'mkfs.ubifs -r src -m 2048 -e 126976 -c 100 -x zlib -o volume; printf "[a]\\nmode=ubi\\nimage=volume\\nvol_id=0\\nvol_type=dynamic\\nvol_name=root\\nvol_flags=autoresize\\nvol_size=4MiB\\n[b]\\nmode=ubi\\nimage=src/file\\nvol_id=2\\nvol_type=static\\nvol_name=b\\n" > ini; ubinize -o image -m 2048 -p 128KiB ini', repair: repairUbi },
  'UBIFS with LZO': { needs: ['mkfs.ubifs'], script: 'mkfs.ubifs -r src -m 512 -e 16384 -c 200 -x lzo -o image', repair: repairUbifs },
  'UBIFS with nothing packed': { needs: ['mkfs.ubifs'], script: 'mkfs.ubifs -r src -m 512 -e 16384 -c 200 -x none -o image', repair: repairUbifs },
  'JFFS2': { needs: ['mkfs.jffs2'], script: 'mkfs.jffs2 -l -r src -o image --with-xattr', repair: repairJffs2 },
  'JFFS2 with LZO': { needs: ['mkfs.jffs2'], script: 'mkfs.jffs2 -l -X lzo -x zlib -x rtime -r src -o image', repair: repairJffs2 },
  'JFFS2 with rtime': { needs: ['mkfs.jffs2'], script: 'mkfs.jffs2 -l -n -x zlib -r src -o image', repair: repairJffs2 },
  'GPT': { needs: ['sfdisk'], script: 'truncate -s 1M image; printf "label: gpt\\nsize=512,name=one\\nsize=100\\n" | sfdisk -q image; dd if=/dev/zero of=image bs=1 seek=1 count=1 conv=notrunc status=none' },
  'MBR': { needs: ['sfdisk'], script: 'truncate -s 4M image; printf "label: dos\\nimage1: size=1024,type=83\\nimage2: size=6000,type=5\\nimage5: size=100,type=83\\nimage6: size=100,type=83\\n" | sfdisk -q image' },
  'tar': { needs: [], script: 'tar --format=posix --xattrs -C src -cf image .', repair: repairTar },
  'tar with sparse files': { needs: [], script: 'tar --format=posix --sparse -C src -cf image .', repair: repairTar },
  'tar as GNU had it': { needs: [], script: 'tar --format=gnu --sparse -C src -cf image .', repair: repairTar },
  'tar from before ustar': { needs: [], script: 'tar --format=v7 -C src -cf image many file link soft', repair: repairTar },
  'cpio of POSIX': { needs: [], script: '(cd src && find . -print0 | sort -z | cpio -0 --quiet -o -H odc) > image' },
  'cpio': { needs: [], script: '(cd src && find . -print0 | sort -z | cpio -0 --quiet -o -H newc) > image' },
  'initramfs of two': { needs: [], script: '(cd src && echo ./file | cpio --quiet -o -H newc; find . -print0 | sort -z | cpio -0 --quiet -o -H newc | gzip -n) > image' },
};

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** The directory `src` in `scratch` that all of them are made of. Needs root. */
export function smallDirectory(scratch: string): void {
  mkdirSync(join(scratch, 'src/many'), { recursive: true });
  for (let i = 0; i < 120; i++) writeFileSync(join(scratch, `src/many/file-with-a-name-${i}`), `${i}\n`);
  writeFileSync(join(scratch, 'src/file'), Buffer.alloc(20_000, 'content '));
  execFileSync('sh', ['-euc', 'cd src; ln file link; ln -s file soft; mknod null c 1 3; mkfifo fifo; mkdir -p a/b/c; truncate -s 100000 holes; echo end >> holes; setfattr -n user.x -v y file 2>/dev/null || true'], { cwd: scratch });
}

/** One of them, by its name. */
export function smallImage(scratch: string, name: string): Buffer {
  rmSync(join(scratch, 'image'), { force: true });
  execFileSync('sh', ['-euc', SMALL_IMAGES[name]!.script], { cwd: scratch, env: { PATH, SOURCE_DATE_EPOCH: '1700000000' }, stdio: ['ignore', 'ignore', 'pipe'] });
  return readFileSync(join(scratch, 'image'));
}
