import { elfSymbols } from '../content/elf-symbols.ts';
import { isElf, parseElf } from '../content/elf.ts';
import { tolerate, type ContentProblem } from '../content/problem.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Store } from '../store/store.ts';

/** More than any program of a root has; what is larger is not read. */
const MAX_BYTES = 128 * 1024 * 1024;
/** Some 100 names of 30 bytes in each. */
const MOST_KEPT = 5_000;

type BlobStore = Pick<Store, 'statBlob' | 'readBlobBytes'>;

/** Symbols that files define for others, by digest: bytes never change, and builds share most of them. */
export class DefinedSymbols {
  readonly #store: BlobStore;
  /** Undefined: it could not be read. */
  readonly #known = new Map<string, ReadonlySet<string> | undefined>();

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Of the files those that define a symbol in their dynamic table, weakly too. */
  async filesDefining(name: string, files: readonly { sha256: string; sizeBytes: number }[]): Promise<{ digests: string[]; unread: number }> {
    const digests: string[] = [];
    let unread = 0;
    for (const file of files) {
      const defined = await this.#of(file);
      if (defined === undefined) unread++;
      else if (defined.has(name)) digests.push(file.sha256);
    }
    return { digests, unread };
  }

  async #of({ sha256, sizeBytes }: { sha256: string; sizeBytes: number }): Promise<ReadonlySet<string> | undefined> {
    if (this.#known.has(sha256)) return this.#known.get(sha256);
    const isAtHand = sizeBytes <= MAX_BYTES && await this.#store.statBlob(sha256 as Sha256) !== undefined;
    const symbols = isAtHand ? definedSymbols(await this.#store.readBlobBytes(sha256 as Sha256)) : undefined;
    if (this.#known.size >= MOST_KEPT) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(sha256, symbols);
    return symbols;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Hostile input; none for what is no ELF file. */
function definedSymbols(bytes: Uint8Array): ReadonlySet<string> | undefined {
  if (!isElf(bytes)) return NONE;
  const problems: ContentProblem[] = [];
  return tolerate(problems, () => new Set([...elfSymbols(parseElf(bytes, 'a file of the root'), 'dynsym')]
    .filter(({ section, binding, visibility }) => section !== undefined && binding !== 'local' && visibility !== 'hidden' && visibility !== 'internal').map(({ name }) => name)));
}
