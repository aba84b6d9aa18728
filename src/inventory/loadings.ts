import type { Sha256 } from '../foundation/digest.ts';
import { nameOf, parentOf, type PathBytes } from '../tree/entry.ts';
import { librarySearch, RESERVED_IN_MUSL, type LoaderPaths } from './library-search.ts';
import type { ContentFacts, ExaminedContent, ExaminedElf, OwnedEntry } from './inventory-facts.ts';
import { RootIndex } from './root-index.ts';

/** A file of the root that asks for another by name. */
export interface Loading {
  from: PathBytes;
  kind: 'library' | 'interpreter' | 'kernel-module';
  /** Bytes, as in the file. */
  name: string;
  /** Of the file that it gets; absent where nothing in the root has that name. */
  to?: PathBytes;
}

export interface LoadingsInput {
  /** In order of path, each path once. */
  files: readonly OwnedEntry[];
  contents: Readonly<Record<Sha256, ContentFacts>>;
  loaderPaths: readonly string[];
}

/** Who asks for whom by what stands in ELF headers, first lines of scripts and module information. What programs open or start by themselves is not seen. */
export function loadingsOf(input: LoadingsInput): Loading[] {
  const root = new LoadableRoot(input);
  const found = input.files.flatMap(({ path, entry }) => entry.kind === 'file' ? root.loadingsOf(path, (entry.mode & 0o111) !== 0) : []);
  return inherited(found, root);
}

class LoadableRoot {
  readonly index: RootIndex;
  readonly paths: LoaderPaths;
  readonly #contents: LoadingsInput['contents'];
  readonly #modules: ReadonlyMap<string, PathBytes>;
  /** By machine and word size: the musl loader, which is the C library too. */
  readonly #musl: ReadonlyMap<string, PathBytes>;

  constructor({ files, contents, loaderPaths }: LoadingsInput) {
    this.index = new RootIndex(files);
    this.paths = { configured: loaderPaths };
    this.#contents = contents;
    const regular = files.filter(({ entry }) => entry.kind === 'file').map(({ path }) => ({ path, content: this.content(path) }));
    this.#modules = new Map(regular.toReversed().flatMap(({ path, content }) => content?.kind === 'kernel-module' ? [[moduleKey(content.name), path] as const] : []));
    this.#musl = new Map(regular.toReversed().flatMap(({ content }) => {
      const loader = content?.kind === 'elf' && isMuslLoader(content.interpreter) ? this.index.resolve(content.interpreter) : undefined;
      return content?.kind === 'elf' && loader !== undefined ? [[abiOf(content), loader] as const] : [];
    }));
  }

  content(path: PathBytes): ExaminedContent | undefined {
    const entry = this.index.entry(path);
    return entry?.kind === 'file' ? this.#contents[entry.sha256]?.content : undefined;
  }

  muslOf(elf: ExaminedElf): PathBytes | undefined {
    return this.#musl.get(abiOf(elf));
  }

  loadingsOf(path: PathBytes, executable: boolean): Loading[] {
    const content = this.content(path);
    switch (content?.kind) {
      case 'elf': return this.#elfLoadings(path, content);
      case 'kernel-module': return content.depends.map((name) => loading(path, 'kernel-module', name, this.#modules.get(moduleKey(name))));
      case 'script': return executable ? [this.#scriptLoading(path, content.interpreter)] : [];
      default: return [];
    }
  }

  #elfLoadings(path: PathBytes, elf: ExaminedElf): Loading[] {
    const { interpreter } = elf;
    const loaders = interpreter === undefined ? [] : [loading(path, 'interpreter', interpreter, this.#file(interpreter))];
    return [...loaders, ...elf.needed.map((name) => loading(path, 'library', name, this.libraryFor(path, elf, name, [])))];
  }

  libraryFor(path: PathBytes, elf: ExaminedElf, name: string, more: readonly string[]): PathBytes | undefined {
    const musl = this.muslOf(elf);
    if (musl !== undefined && RESERVED_IN_MUSL.test(name)) return musl;
    if (name.includes('/')) return this.#library(name, elf);
    for (const directory of librarySearch(path, elf, musl !== undefined, this.paths, more)) {
      const found = this.#library(`${directory}/${name}`, elf);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The loader goes on searching where a file is of another machine. */
  #library(absolute: string, elf: ExaminedElf): PathBytes | undefined {
    const path = this.index.resolve(absolute);
    const content = path === undefined ? undefined : this.content(path);
    return content?.kind === 'elf' && abiOf(content) === abiOf(elf) ? path : undefined;
  }

  #file(absolute: string): PathBytes | undefined {
    const path = this.index.resolve(absolute);
    return path !== undefined && this.index.entry(path)?.kind === 'file' ? path : undefined;
  }

  /** `/usr/bin/env NAME` asks for NAME along the path that init sets. */
  #scriptLoading(path: PathBytes, line: string): Loading {
    const [program = '', argument] = line.split(/[ \t]+/);
    if (nameOf(program as PathBytes) !== 'env' || argument === undefined || argument.startsWith('-')) return loading(path, 'interpreter', program, this.#file(program));
    const found = PROGRAM_PATH.map((directory) => this.#file(`${directory}/${argument}`)).find((one) => one !== undefined);
    return loading(path, 'interpreter', argument, found);
  }
}

const PROGRAM_PATH = ['/sbin', '/usr/sbin', '/bin', '/usr/bin'];

/** A library that carries no search path of its own is found by that of whoever loads it: once more for what is open, with the paths of all loaders above. */
function inherited(loadings: readonly Loading[], root: LoadableRoot): Loading[] {
  const open = loadings.filter(({ kind, to }) => kind === 'library' && to === undefined);
  if (open.length === 0) return [...loadings];
  const loadedBy = Map.groupBy(loadings.filter(({ kind, to }) => kind === 'library' && to !== undefined), ({ to }) => to!);
  return loadings.map((one) => {
    const content = root.content(one.from);
    if (one.kind !== 'library' || one.to !== undefined || content?.kind !== 'elf') return one;
    const above = loadersAbove(one.from, loadedBy);
    const more = above.flatMap((loader) => inheritedPath(loader, root));
    return loading(one.from, one.kind, one.name, root.libraryFor(one.from, content, one.name, more));
  });
}

function loadersAbove(path: PathBytes, loadedBy: ReadonlyMap<PathBytes, readonly Loading[]>): PathBytes[] {
  const seen = new Set([path]);
  for (const one of seen) for (const { from } of loadedBy.get(one) ?? []) seen.add(from);
  return [...seen].slice(1).toSorted();
}

/** RUNPATH is for its own object alone in glibc (ld.so(8)); musl hands both down. */
function inheritedPath(loader: PathBytes, root: LoadableRoot): string[] {
  const elf = root.content(loader);
  if (elf?.kind !== 'elf') return [];
  const musl = root.muslOf(elf) !== undefined;
  const handed = musl ? [...elf.rpath, ...elf.runpath] : elf.runpath.length === 0 ? elf.rpath : [];
  return handed.map((directory) => directory.replace(/\$ORIGIN|\$\{ORIGIN\}/g, `/${parentOf(loader)}`));
}

function loading(from: PathBytes, kind: Loading['kind'], name: string, to: PathBytes | undefined): Loading {
  return { from, kind, name, ...(to === undefined ? {} : { to }) };
}

function abiOf({ machine, bits }: ExaminedElf): string {
  return `${machine} ${bits}`;
}

/** File names may have dashes where the kernel's names have underscores. */
function moduleKey(name: string): string {
  return name.replaceAll('-', '_');
}

function isMuslLoader(interpreter: string | undefined): interpreter is string {
  return interpreter !== undefined && nameOf(interpreter as PathBytes).startsWith('ld-musl-');
}
