import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sha256 } from '../../src/foundation/digest.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';

interface Found { path: PathBytes; inode: number; mode: number }

/** Every field of every inode as debugfs of e2fsprogs tells it; lost+found is left out where it is empty. */
export function treeThroughDebugfs(image: string): Tree {
  const scratch = mkdtempSync(join(tmpdir(), 'debugfs-'));
  try {
    return readTree(new Debugfs(image, scratch));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function readTree(debugfs: Debugfs): Tree {
  const found: Found[] = [{ path: '' as PathBytes, inode: 2, mode: 0o040000 }];
  for (let level = found; level.length > 0;) {
    level = level.filter(({ mode }) => (mode & 0o170000) === 0o040000).flatMap((directory) => debugfs.list(directory));
    found.push(...level);
  }
  const first = new Map<number, PathBytes>();
  const entries = found.map(({ path, inode }): [PathBytes, TreeEntry] => {
    const standing = first.get(inode);
    if (standing !== undefined) return [path, { kind: 'hard-link', target: standing }];
    first.set(inode, path);
    return [path, debugfs.entry(inode)];
  });
  const isLostAndFound = (path: string): boolean => path === 'lost+found' && !found.some((other) => other.path.startsWith('lost+found/'));
  return makeTree(entries.filter(([path]) => !isLostAndFound(path)));
}

class Debugfs {
  readonly #image: string;
  readonly #scratch: string;

  constructor(image: string, scratch: string) {
    this.#image = image;
    this.#scratch = scratch;
  }

  list(directory: Found): Found[] {
    return this.#run(`ls -p <${directory.inode}>`).split('\n').flatMap((line) => {
      const fields = /^\/(\d+)\/(\d+)\/(-?\d+)\/(-?\d+)\/(.*)\/(\d*)\/$/s.exec(line);
      const name = fields?.[5];
      if (fields === null || name === undefined || name === '.' || name === '..') return [];
      return [{ path: (directory.path === '' ? name : `${directory.path}/${name}`) as PathBytes, inode: Number(fields[1]), mode: Number.parseInt(fields[2]!, 8) }];
    });
  }

  entry(inode: number): TreeEntry {
    const told = this.#run(`stat <${inode}>`);
    const field = (pattern: RegExp): string => pattern.exec(told)?.[1] ?? 'absent';
    const names = [...told.matchAll(/^ {2}((?:user|trusted|security)\..*?) \(\d+\)/gm)].map((match) => match[1]!);
    const owned = {
      mode: Number.parseInt(field(/Mode:\s+(\d+)/), 8), uid: Number(field(/User:\s+(-?\d+)/)) >>> 0, gid: Number(field(/Group:\s+(-?\d+)/)) >>> 0,
      ...(names.length === 0 ? {} : { xattrs: Object.fromEntries(names.map((name) => [name, this.#content(`ea_get -f OUT <${inode}> ${name}`).toString('latin1')])) }),
    };
    const device = (): { major: number; minor: number } => {
      const [major, minor] = /Device major\/minor number: (\d+):(\d+)/.exec(told)!.slice(1).map(Number) as [number, number];
      return { major, minor };
    };
    const type = field(/Type: (.*?) {2}/);
    switch (type) {
      case 'directory': return { kind: 'directory', ...owned };
      case 'regular': {
        const content = this.#content(`dump <${inode}> OUT`);
        return { kind: 'file', ...owned, sizeBytes: content.length, sha256: sha256(content) };
      }
      case 'symlink': {
        const short = /^Fast link dest: "(.*)"$/m.exec(told)?.[1];
        return { kind: 'symlink', ...owned, target: (short ?? this.#content(`dump <${inode}> OUT`).toString('latin1')) as PathBytes };
      }
      case 'character special': return { kind: 'character-device', ...owned, ...device() };
      case 'block special': return { kind: 'block-device', ...owned, ...device() };
      case 'FIFO': return { kind: 'fifo', ...owned };
      default: throw new RangeError(`debugfs tells of an inode of type "${type}"`);
    }
  }

  #run(command: string): string {
    return execFileSync('debugfs', ['-R', command, this.#image], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 28 });
  }

  #content(command: string): Buffer {
    const out = join(this.#scratch, 'out');
    writeFileSync(out, '');
    this.#run(command.replace('OUT', out));
    return readFileSync(out);
  }
}
