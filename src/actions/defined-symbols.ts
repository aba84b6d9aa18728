import { elfSymbols } from '../content/elf-symbols.ts';
import { isElf, parseElf } from '../content/elf.ts';
import { tolerate, type ContentProblem } from '../content/problem.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Store } from '../store/store.ts';

/** More than any program of a root has; what is larger is not read. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Some 100 names of 30 bytes in each. */
const MOST_KEPT = 5_000;

/** Symbols that files define for others, by digest: bytes never change, and builds share most of them. Undefined: it could not be read. */
export class DefinedSymbols {
  readonly #known = new Map<string, ReadonlySet<string> | undefined>();

  async of(digest: string, read: () => Promise<Uint8Array | undefined>): Promise<ReadonlySet<string> | undefined> {
    if (this.#known.has(digest)) return this.#known.get(digest);
    const bytes = await read();
    const symbols = bytes === undefined ? undefined : definedSymbols(bytes);
    if (this.#known.size >= MOST_KEPT) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(digest, symbols);
    return symbols;
  }
}

/** Of the files those that define a symbol in their dynamic table, weakly too. */
export async function filesDefining(name: string, files: readonly { sha256: string; sizeBytes: number }[], store: Pick<Store, 'statBlob' | 'readBlobBytes'>, symbols: DefinedSymbols): Promise<{ digests: string[]; unread: number }> {
  const digests: string[] = [];
  let unread = 0;
  for (const { sha256, sizeBytes } of files) {
    const defined = await symbols.of(sha256, async () => sizeBytes > MAX_BYTES || await store.statBlob(sha256 as Sha256) === undefined ? undefined : store.readBlobBytes(sha256 as Sha256));
    if (defined === undefined) unread++;
    else if (defined.has(name)) digests.push(sha256);
  }
  return { digests, unread };
}

const NONE: ReadonlySet<string> = new Set();

/** Hostile input; none for what is no ELF file. */
function definedSymbols(bytes: Uint8Array): ReadonlySet<string> | undefined {
  if (!isElf(bytes)) return NONE;
  const problems: ContentProblem[] = [];
  return tolerate(problems, () => new Set([...elfSymbols(parseElf(bytes, 'a file of the root'), 'dynsym')]
    .filter(({ section, binding, visibility }) => section !== undefined && binding !== 'local' && visibility !== 'hidden' && visibility !== 'internal').map(({ name }) => name)));
}
