import { isReadFailure } from '../bytes/read-failure.ts';
import { elfSymbols } from '../content/elf-symbols.ts';
import { parseElf } from '../content/elf.ts';
import type { BytePair } from '../foundation/both.ts';

const MOST_SYMBOLS = 200_000;
const FEWEST = 2;

/** Functions of the program in the order of their addresses; nothing where that cannot be told. */
function functionsOf(bytes: Buffer): string[] {
  const functions: { name: string; address: bigint; sizeBytes: bigint }[] = [];
  try {
    const elf = parseElf(bytes, 'the ELF file');
    for (const table of ['symtab', 'dynsym'] as const) {
      for (const { name, value, sizeBytes, type, section } of elfSymbols(elf, table)) {
        if (functions.length === MOST_SYMBOLS) return [];
        if (type === 'func' && sizeBytes > 0n && section !== undefined) functions.push({ name, address: value, sizeBytes });
      }
      if (functions.length > 0) break;
    }
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return [];
  }
  const inOrder = functions.toSorted((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
  return inOrder.map(({ name, sizeBytes }) => `${name} ${sizeBytes}`);
}

/** How many functions two programs share where they have the same ones, of the same sizes, in another order; else undefined. */
export function reorderedFunctions({ left, right }: BytePair): number | undefined {
  const [a, b] = [functionsOf(left), functionsOf(right)];
  if (a.length < FEWEST || a.length !== b.length || a.join('\n') === b.join('\n')) return undefined;
  return a.toSorted().join('\n') === b.toSorted().join('\n') ? a.length : undefined;
}
