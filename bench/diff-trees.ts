/** A root file system's worth of this machine's own files: the same machine gives the same tree. */
import { createHash } from 'node:crypto';
import { closeSync, copyFileSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, symlinkSync, utimesSync, writeFileSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';

import { compileProgram, LIBRARY_V1, PROGRAMS } from './diff-programs.ts';

export interface TreeSize { bytes: number; files: number }

export const SIZES: Readonly<Record<string, TreeSize>> = {
  small: { bytes: 58e6, files: 1_700 }, medium: { bytes: 160e6, files: 7_000 }, large: { bytes: 640e6, files: 12_000 },
};

const FROM = ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/share', '/etc'];
/** What this repository's own tools leave there, and what changes by the hour. */
const LEFT_OUT = /^\/usr\/share\/(mime|applications)|\/__pycache__\/|^\/etc\/(mtab|resolv\.conf|hostname|hosts|ssl\/private|shadow|gshadow)/;
/** One file may take no more than this part of the tree. */
const LARGEST_PART = 1 / 16;
/** Time stamps are the machine's own, cut to seconds; directories have this one. */
export const EPOCH = 1_700_000_000;

interface Candidate { path: string; bytes: number }

/** Files, links and programs below `directory`; says what came together. */
export function makeTree(directory: string, size: TreeSize, scratch: string): TreeSize {
  const all = candidates(size);
  const taken = choose(all, size);
  for (const { path } of taken) copyInto(directory, path);
  for (const path of linksBeside(taken, size)) linkInto(directory, path);
  writeFile(join(directory, 'etc/issue'), 'Debian GNU/Linux \\n \\l\n');
  for (const program of [...PROGRAMS, LIBRARY_V1]) compileProgram(program, join(directory, program.path), join(scratch, 'compile'), '/srv/build-one');
  setDirectoryTimes(directory);
  return { bytes: taken.reduce((sum, { bytes }) => sum + bytes, 0), files: taken.length };
}

/** In an order that mixes directories and is the same each time: by the digest of the path. */
function candidates(size: TreeSize): Candidate[] {
  const found: [string, Candidate][] = [];
  for (const path of FROM.flatMap((from) => [...walk(from)])) {
    const stats = lstatSync(path);
    if (!stats.isFile() || stats.size > size.bytes * LARGEST_PART || (stats.mode & 0o444) !== 0o444 && process.getuid?.() !== 0) continue;
    found.push([createHash('sha256').update(path).digest('hex'), { path, bytes: stats.size }]);
  }
  return found.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, candidate]) => candidate);
}

function* walk(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (LEFT_OUT.test(path)) continue;
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** Programs while the mean is too small, other files while it is too large. */
function choose(all: readonly Candidate[], { bytes, files }: TreeSize): Candidate[] {
  const programs = all.filter(({ path, bytes: size }) => size > 8192 && isElf(path));
  const known = new Set(programs);
  const others = all.filter((one) => !known.has(one) && one.bytes > 0 && one.bytes < 65_536);
  const taken: Candidate[] = [];
  for (let sum = 0, p = 0, o = 0; taken.length < files && sum < bytes;) {
    const next = sum / (taken.length + 1) < bytes / files ? programs[p++] ?? others[o++] : others[o++] ?? programs[p++];
    if (next === undefined) break;
    taken.push(next);
    sum += next.bytes;
  }
  return taken;
}

export function isElf(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const magic = Buffer.alloc(4);
    return readSync(file, magic, 0, 4, 0) === 4 && magic.readUInt32BE(0) === 0x7f45_4c46;
  } finally {
    closeSync(file);
  }
}

function linksBeside(taken: readonly Candidate[], { files }: TreeSize): string[] {
  const directories = [...new Set(taken.map(({ path }) => dirname(path)))].toSorted();
  return directories.flatMap((from) => readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink()).map(({ name }) => join(from, name)).toSorted()).slice(0, Math.ceil(files / 5));
}

function copyInto(directory: string, path: string): void {
  const to = join(directory, path);
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(path, to);
  setTime(to, lstatSync(path));
}

function linkInto(directory: string, path: string): void {
  symlinkSync(readlinkSync(path), join(directory, path));
}

function writeFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o644 });
  utimesSync(path, EPOCH, EPOCH);
}

function setTime(path: string, { mtimeMs }: Stats): void {
  const seconds = Math.floor(mtimeMs / 1000);
  utimesSync(path, seconds, seconds);
}

/** Deepest first is not needed: setting the time of a child leaves its directory's alone. */
export function setDirectoryTimes(directory: string): void {
  for (const path of [directory, ...readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))]) utimesSync(path, EPOCH, EPOCH);
}

/** Regular files in the order of their paths, from the root of the tree. */
export function filesOf(directory: string): string[] {
  const found: string[] = [];
  // Not by readdir's own recursion, which goes through links to directories.
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
      if (entry.isDirectory()) walk(join(below, entry.name));
      else if (entry.isFile()) found.push(join(below, entry.name));
    }
  };
  walk('');
  return found.toSorted();
}

/** Changes a file's bytes, its time and that of all directories left as they were. */
export function rewrite(directory: string, path: string, change: (bytes: Buffer) => Buffer): void {
  const full = join(directory, path);
  const before = lstatSync(full);
  writeFileSync(full, change(readFileSync(full)));
  setTime(full, before);
}
