import { parentOf, type PathBytes } from '../tree/entry.ts';
import type { ExaminedElf } from './inventory-facts.ts';

export interface LoaderPaths {
  /** What `ld.so.conf` or `ld-musl-ARCH.path` of the root say. */
  configured: readonly string[];
}

/** Names that musl's loader gives itself for, wherever it lies (musl, ldso/dynlink.c, `load_library`). */
export const RESERVED_IN_MUSL = /^lib(c|pthread|rt|m|dl|util|xnet)\./;

/**
 * Where the loader looks for what `elf` at `path` needs, in order; absolute directories. glibc: RPATH only without
 * RUNPATH, its loaders' RPATH, RUNPATH, the cache of configured directories, then its own (ld.so(8)). musl: both paths, its loaders', then
 * configured ones instead of its own. LD_LIBRARY_PATH is nobody's here.
 */
export function librarySearch(path: PathBytes, elf: ExaminedElf, musl: boolean, { configured }: LoaderPaths, inherited: readonly string[]): string[] {
  const rpath = musl || elf.runpath.length === 0 ? elf.rpath : [];
  const own = [...rpath, ...inherited, ...elf.runpath].flatMap((directory) => expanded(directory, path));
  const wide = elf.bits === 64 ? ['/lib64', '/usr/lib64'] : [];
  const system = musl ? (configured.length > 0 ? configured : ['/lib', '/usr/local/lib', '/usr/lib']) : [...configured, ...wide, '/lib', '/usr/lib'];
  return [...new Set([...own, ...system])].filter((directory) => directory.startsWith('/'));
}

/** `$LIB` is what the loader was built with: both are tried. `$PLATFORM` names no directory of an image. */
function expanded(directory: string, path: PathBytes): string[] {
  const placed = directory.replace(/\$ORIGIN|\$\{ORIGIN\}/g, `/${parentOf(path)}`);
  if (/\$LIB|\$\{LIB\}/.test(placed)) return ['lib', 'lib64'].map((name) => placed.replace(/\$LIB|\$\{LIB\}/g, name));
  return /\$/.test(placed) ? [] : [placed];
}
