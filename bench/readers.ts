// What reading a whole image costs, contents hashed, in one fresh process: ours beside the tools that made the image.
//   node bench/readers.ts DIRECTORY        (as root; needs squashfs-tools, e2fsprogs, erofs-utils)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openFileSource } from '../src/bytes/file-source.ts';
import { readImage } from '../src/readers/read-image.ts';

const CASES: readonly (readonly [name: string, make: string, tool: string])[] = [
  ['squashfs gzip', 'mksquashfs DIR IMG -comp gzip -quiet -no-progress', 'unsquashfs -q -n -d OUT IMG'],
  ['squashfs zstd', 'mksquashfs DIR IMG -comp zstd -quiet -no-progress', 'unsquashfs -q -n -d OUT IMG'],
  ['squashfs xz', 'mksquashfs DIR IMG -comp xz -quiet -no-progress', 'unsquashfs -q -n -d OUT IMG'],
  ['ext4', 'mke2fs -q -t ext4 -d DIR IMG 600M', 'mkdir OUT; debugfs -R "rdump / OUT" IMG 2>/dev/null'],
  ['erofs lz4hc', 'mkfs.erofs --quiet -zlz4hc,9 -C65536 IMG DIR', 'mkdir OUT; fsck.erofs --extract=OUT IMG'],
  ['tar', 'tar -C DIR -cf IMG .', 'mkdir OUT; tar -C OUT -xf IMG'],
  ['cpio.gz', '(cd DIR && find . | cpio --quiet -o -H newc | gzip -1) > IMG', 'mkdir OUT; (cd OUT && gzip -dc < IMG | cpio --quiet -idm)'],
];

/** User and system time of a command and all its children; what it prints. */
const cpuSeconds = (command: string, scratch: string): { seconds: number; told: string } => {
  const script = `TIMEFORMAT='%U %S'; { time { ${command}; } > ${scratch}/told 2> ${scratch}/complaints; } 2>&1; cat ${scratch}/told`;
  const [times, ...told] = execFileSync('bash', ['-c', script], { encoding: 'utf8' }).split('\n');
  return { seconds: times!.split(' ').reduce((sum, part) => sum + Number(part), 0), told: told.join(' ').trim() };
};

if (process.argv[2] === 'read') {
  const source = openFileSource(process.argv[3]!);
  const content = readImage(source);
  const inner = content.kind === 'compressed' ? content.content : content;
  process.stdout.write(`${inner.kind === 'tree' ? inner.tree.entries.size : JSON.stringify(inner.findings)} entries, ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
} else {
  const directory = process.argv[2]!;
  const scratch = mkdtempSync(join(tmpdir(), 'bench-readers-'));
  for (const [name, make, tool] of CASES) {
    const image = join(scratch, 'image');
    const fill = (words: string): string => words.replaceAll('DIR', directory).replaceAll('IMG', image).replaceAll('OUT', join(scratch, 'out'));
    rmSync(image, { force: true });
    execFileSync('bash', ['-c', fill(make)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const ours = cpuSeconds(`${process.execPath} ${import.meta.filename} read ${image}`, scratch);
    const theirs = cpuSeconds(`rm -rf ${scratch}/out; ${fill(tool)}; find ${scratch}/out -type f -print0 | xargs -0 sha256sum > /dev/null`, scratch);
    process.stdout.write(`${name.padEnd(14)} ${(statSync(image).size / 2 ** 20).toFixed(0).padStart(4)} MiB  ours ${ours.seconds.toFixed(2)} s  tool and sha256sum ${theirs.seconds.toFixed(2)} s  ${ours.told}\n`);
  }
  rmSync(scratch, { recursive: true, force: true });
}
