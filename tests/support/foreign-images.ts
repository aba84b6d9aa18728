import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { writeTar } from '../../src/image/write-tar.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { bytesOf, everything } from './sample-trees.ts';
import { treeOnDisk } from './unpacked.ts';

export const EPOCH = 1_700_000_000;
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Runs somebody else's tool; what it prints is what it returns. */
export function tool(command: string, words: readonly string[], input?: Uint8Array): string {
  return execFileSync(command, words, { encoding: 'latin1', input, env: { PATH, SOURCE_DATE_EPOCH: String(EPOCH) }, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
}

/** Those of these tools that this machine lacks; `provenroot test` installs them (actions/set-up-machine.ts), a bare `npm run test:contracts` skips what needs them. */
export function missing(...commands: readonly string[]): string[] {
  return commands.filter((command) => {
    try { execFileSync('sh', ['-c', `command -v ${command}`], { env: { PATH }, stdio: 'ignore' }); return false; } catch { return true; }
  });
}

/** A directory with one of everything, a file with holes, many names and a deep path; and what it holds. Needs root. */
export async function directoryOfEverything(directory: string): Promise<Tree> {
  mkdirSync(directory, { recursive: true });
  const { tree, blobs } = everything();
  execFileSync('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--same-owner', '-C', directory, '-xpf', '-'], { input: await bytesOf(writeTar(tree, blobs, { epochSeconds: EPOCH })) });
  // mke2fs takes no target of more than a block and makes two of a link with two names.
  for (const name of ['slow', 'slow2']) rmSync(join(directory, 'etc', name));
  symlinkSync(`/${'far/'.repeat(200)}`, join(directory, 'etc/slow'));
  const holes = join(directory, 'holes');
  writeFileSync(holes, '');
  truncateSync(holes, 4_000_000);
  const descriptor = openSync(holes, 'r+');
  writeSync(descriptor, 'in the middle', 2_000_000);
  writeSync(descriptor, 'near the end', 3_999_000);
  closeSync(descriptor);
  const many = join(directory, 'many');
  mkdirSync(many);
  for (let i = 0; i < 700; i++) writeFileSync(join(many, `${'n'.repeat(i % 60)}-${i}`), `content ${i}\n`.repeat(i % 40));
  const deep = join(directory, ...Array.from({ length: 40 }, (_, i) => `level-${i}`));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, 'random'), pseudoRandom(700_001));
  utimesSync(join(deep, 'random'), EPOCH, EPOCH + 0.5);
  return treeOnDisk(directory, blobs);
}

/** Bytes that no compressor makes smaller, the same every time. */
export function pseudoRandom(length: number): Buffer {
  let state = 1;
  return Buffer.from(Uint8Array.from({ length }, () => { state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0; return state >>> 16; }));
}
