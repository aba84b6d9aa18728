import { disassemblerOf, type Disassembler } from '../content/disassembler.ts';
import { codeBytes, codeRanges, type CodeRange } from '../content/elf-code.ts';
import { relocations } from '../content/elf-relocations.ts';
import type { ElfFile } from '../content/elf.ts';
import type { Both } from '../foundation/both.ts';
import { codeDifference, type CodeSide } from './code-difference.ts';
import { CodeTargets } from './code-targets.ts';
import { told, type DetailRoom, type FunctionChange, type FunctionDetail, type FunctionFate, type FunctionPlace } from './detail.ts';
import { pairCode, type CodePair } from './pair-code.ts';

type Fate = Pick<FunctionChange, 'fate' | 'instructions'>;
type WholePair = Both<CodeRange>;

/** Which functions of a program differ, and in what; undefined where neither side has any that can be told apart. */
export async function functionDetail({ left, right }: Both<ElfFile>, room: DetailRoom): Promise<FunctionDetail | undefined> {
  const [a, b] = [codeRanges(left), codeRanges(right)];
  if (a.ranges.length + b.ranges.length === 0) return undefined;
  const pairs = pairCode({ left: a.ranges, right: b.ranges });
  const judge = await judgeOf({ left, right }, { left: a.ranges, right: b.ranges }, pairs, room);
  const counts: Record<FunctionFate | 'same', number> = { same: 0, added: 0, removed: 0, changed: 0, operands: 0, bytes: 0, shifted: 0 };
  const changes: FunctionChange[] = [];
  for (const pair of pairs) {
    const fate = judge(pair);
    counts[fate?.fate ?? 'same']++;
    if (fate !== undefined && fate.fate !== 'shifted') changes.push(presentPair(pair, fate));
  }
  return { from: a.ranges.length === 0 ? b.from : a.from, counts, changes: room.list(changes.toSorted(byWeight)) };
}

async function judgeOf(files: Both<ElfFile>, ranges: Both<readonly CodeRange[]>, pairs: readonly CodePair[], room: DetailRoom): Promise<(pair: CodePair) => Fate | undefined> {
  const isRelocatable = files.left.type === 'relocatable' || files.right.type === 'relocatable';
  const filled = isRelocatable ? { left: filledIn(files.left), right: filledIn(files.right) } : undefined;
  const sides = isRelocatable || files.left.machine !== files.right.machine ? undefined : sidesOf(files, ranges, pairs);
  // Loaded only where it is needed: it costs more than most programs.
  const reader = sides === undefined || !pairs.some((pair) => isWhole(pair) && isOtherCode(files, pair)) ? undefined : await disassemblerOf(files.left);
  return (pair) => {
    if (pair.right === undefined) return { fate: 'removed' };
    if (pair.left === undefined) return { fate: 'added' };
    const whole: WholePair = { left: pair.left, right: pair.right };
    if (pair.left.sizeBytes !== pair.right.sizeBytes) return { fate: 'changed' };
    const isOther = isOtherCode(files, whole);
    // The same bytes may lead elsewhere, where what they lead to moved and they did not.
    if (sides !== undefined && reader !== undefined && room.takeCode(2 * pair.left.sizeBytes)) return codeFate(sides, whole, reader, isOther);
    if (isOther) return { fate: 'bytes' };
    return filled === undefined || filled.left(pair.left) === filled.right(pair.right) ? undefined : { fate: 'operands' };
  };
}

function isWhole(pair: CodePair): pair is CodePair & WholePair {
  return pair.left !== undefined && pair.right !== undefined && pair.left.sizeBytes === pair.right.sizeBytes;
}

function isOtherCode(files: Both<ElfFile>, { left, right }: WholePair): boolean {
  return !codeBytes(files.left, left).equals(codeBytes(files.right, right));
}

function sidesOf({ left, right }: Both<ElfFile>, ranges: Both<readonly CodeRange[]>, pairs: readonly CodePair[]): Both<CodeSide> {
  const numbers = new Map<CodeRange, number>();
  for (const [number, pair] of pairs.entries()) {
    if (pair.left !== undefined) numbers.set(pair.left, number);
    if (pair.right !== undefined) numbers.set(pair.right, number);
  }
  return { left: { elf: left, targets: new CodeTargets(left, ranges.left, numbers) }, right: { elf: right, targets: new CodeTargets(right, ranges.right, numbers) } };
}

function codeFate(sides: Both<CodeSide>, pair: WholePair, reader: Disassembler, isOther: boolean): Fate | undefined {
  const difference = codeDifference(sides, pair, reader);
  if (difference === undefined) return isOther ? { fate: 'bytes' } : undefined;
  const { changed, operands } = difference;
  return changed > 0 ? { fate: 'changed', instructions: changed + operands } : operands > 0 ? { fate: 'operands', instructions: operands } : isOther ? { fate: 'shifted' } : undefined;
}

/**
 * In a relocatable file the operands stand in the tables of what is to be filled in. Places within other sections are left
 * out: they move along with what comes before them there.
 */
function filledIn(elf: ElfFile): (range: CodeRange) => string {
  const bySection = new Map<number, { offset: bigint; text: string; symbol: string }[]>();
  const sections = new Set(elf.sections.map(({ name }) => name));
  for (const { section, offset, type, symbol, addend } of relocations(elf)) {
    const list = bySection.get(section) ?? [];
    list.push({ offset, symbol, text: sections.has(symbol) ? `${type} ${symbol}` : `${type} ${symbol}+${addend}` });
    bySection.set(section, list);
  }
  for (const list of bySection.values()) list.sort((a, b) => (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0));
  let left = MOST_FILLED;
  return ({ section, address, sizeBytes }) => {
    const list = bySection.get(section) ?? [];
    const end = address + BigInt(sizeBytes);
    const texts: string[] = [];
    for (let i = firstFrom(list, address); i < list.length && list[i]!.offset < end && left-- > 0; i++) texts.push(`${list[i]!.offset - address} ${list[i]!.text}`);
    return texts.join('\n');
  };
}

/** Functions of a hostile file lie over each other, and all over the same places. */
const MOST_FILLED = 4_000_000;

function firstFrom(list: readonly { offset: bigint }[], offset: bigint): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]!.offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function presentPair({ left, right, after }: CodePair, fate: Fate): FunctionChange {
  const name = right?.name ?? left?.name;
  return { name: name === undefined ? null : told(name), ...(after === undefined || name !== undefined ? {} : { after: told(after) }), ...fate, left: placeOf(left), right: placeOf(right) };
}

function placeOf(range: CodeRange | undefined): FunctionPlace | null {
  return range === undefined ? null : { address: `0x${range.address.toString(16)}`, sizeBytes: range.sizeBytes };
}

const WEIGHTS: Readonly<Record<FunctionFate, number>> = { changed: 0, added: 1, removed: 1, bytes: 2, operands: 3, shifted: 4 };

/** What certainly changed first, named before unnamed, then by address. */
function byWeight(a: FunctionChange, b: FunctionChange): number {
  return WEIGHTS[a.fate] - WEIGHTS[b.fate] || Number(a.name === null) - Number(b.name === null) || Number(BigInt((a.right ?? a.left)!.address) - BigInt((b.right ?? b.left)!.address));
}
