import type { ContentDescription } from '../content/description.ts';
import type { ElfFacts } from '../content/elf-facts.ts';
import { parseElf } from '../content/elf.ts';
import { tolerate } from '../content/problem.ts';
import { processorProperties } from '../detail/detail-program.ts';
import { multisetDifference } from '../detail/detail-rows.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import type { CauseCode } from './cause-codes.ts';
import type { Cause } from './cause.ts';
import { reorderedFunctions } from './link-order.ts';
import type { PartPair } from './part-differences.ts';
import { bannerOf, directoriesOf } from './places.ts';

type Programs = Both<ElfFacts>;

/**
 * What a program says of how it was made, where that differs: suspicions, for addresses shift along with everything and
 * no rule undoes that. A mask that excuses shifted addresses excused 9 of 100 planted changes, too.
 */
export function programCauses({ left, right }: Both<ContentDescription>, pair: BytePair, parts: readonly PartPair[], leftOver: readonly PartPair[] = parts): Cause[] {
  const total = Math.max(1, parts.reduce((sum, { differing }) => sum + differing, 0));
  const share = (wanted: (name: string) => boolean): number => parts.reduce((sum, { name, differing }) => sum + (wanted(name) ? differing : 0), 0) / total;
  const found: Cause[] = [];
  const tell = (code: CauseCode, confidence: number, coverage: number, evidence: string[]): void => { found.push({ code, confidence, coverage, evidence }); };
  const programs = { left: programOf(left), right: programOf(right) };
  if (programs.left === undefined || programs.right === undefined) return found;
  const facts = programs as Programs;
  const isDebug = (name: string): boolean => /^\.(debug_|zdebug_|symtab$|strtab$|shstrtab$|gnu_debug)/.test(name) || name.startsWith('.note.gnu.build-id');
  const [dirsLeft, dirsRight] = [directoriesOf(left), directoriesOf(right)];
  if (dirsLeft.join('\0') !== dirsRight.join('\0') && dirsLeft.length > 0 && dirsRight.length > 0) tell('build-path', 0.7, share(isDebug), [`${dirsLeft[0]!} → ${dirsRight[0]!}`]);
  const [madeLeft, madeRight] = [compilersOf(facts.left), compilersOf(facts.right)];
  if (madeLeft !== madeRight) tell('toolchain', 0.9, share((name) => !isDebug(name)), [`${madeLeft} → ${madeRight}`]);
  const processor = processorChange(pair, facts);
  if (processor !== undefined) tell('cpu-feature', 0.9, share((name) => !isDebug(name)), processor);
  else if (facts.left.machine === 'x86_64' && usesOtherEncoding(parts)) tell('cpu-feature', 0.6, share((name) => name === '.text'), ['AVX or BMI instructions on one side alone']);
  if (madeLeft === madeRight && bothTell(facts) && flagsOf(facts.left) !== flagsOf(facts.right)) tell('compiler-flags', 0.8, share((name) => !isDebug(name)), [`${facts.left.units.producers[0] ?? ''} → ${facts.right.units.producers[0] ?? ''}`]);
  const release = [left, right].map((of) => (of.kind === 'kernel-module' ? of.facts.versionMagic?.release : bannerOf(of)?.release));
  if (release[0] !== release[1]) tell('kernel-version', 0.9, share(() => true), [`${release[0] ?? 'none'} → ${release[1] ?? 'none'}`]);
  // Every byte that is loaded is the same: this needs no more proof, but what debuggers are told may matter.
  if (isDebugOnly(facts, leftOver)) tell('debug-only', leftOver === parts ? 1 : 0.9, share(isDebug), leftOver.slice(0, 3).map(({ name }) => name));
  const reordered = leftOver.some(({ name }) => name === '.text') && parts.some(mayNameFunctions) ? reorderedFunctions(pair) : undefined;
  if (reordered !== undefined) tell('link-order', 0.6, share((name) => !isDebug(name)), [`${reordered} functions`]);
  else if (isShifted(parts)) tell('reloc-shift', 0.3, share((name) => name === '.text'), ['.text is as long as before, strings are not']);
  return found;
}

const WITHOUT_NAMES: ReadonlySet<unknown> = new Set(['progbits', 'note', 'rela', 'rel']);

/** Where only other parts differ, both have the same functions at the same places. */
function mayNameFunctions({ left, right }: PartPair): boolean {
  return [left, right].some((part) => part?.role !== 'section' || !WITHOUT_NAMES.has(part.attributes['type']));
}

/** What each says of the processor it is for, where that differs: notes, attributes, the compiler's options. */
function processorChange({ left, right }: BytePair, facts: Programs): string[] | undefined {
  const told = (bytes: Buffer, { machine, flags, units }: ElfFacts): string[] => [
    machine, `processor flags 0x${flags.toString(16)}`, ...processorProperties(parseElf(bytes, 'the ELF file')).map(([name, value]) => `${name}: ${value}`),
    ...new Set((bothTell(facts) ? units.producers : []).flatMap((producer) => producer.match(PROCESSOR_OPTION) ?? [])),
  ];
  const { removed, added } = multisetDifference(told(left, facts.left), told(right, facts.right));
  return removed.length + added.length === 0 ? undefined : [`${removed.join(' ') || 'nothing'} → ${added.join(' ') || 'nothing'}`];
}

/** Two bytes that most instructions of AVX2 and BMI2 begin with; in other code they stand by chance, once in 65,536 bytes. */
const VEX_STARTS = ['c4e2', 'c4c2', 'c4e3'].map((hex) => Buffer.from(hex, 'hex'));
const FEWEST_VEX = 4;
const TIMES_AS_MANY = 8;

function usesOtherEncoding(parts: readonly PartPair[]): boolean {
  const text = parts.find(({ name }) => name === '.text');
  if (text?.left === undefined || text.right === undefined) return false;
  const [a, b] = [text.left, text.right].map((part) => VEX_STARTS.reduce((sum, start) => sum + occurrences(tolerate([], () => part.content()) ?? Buffer.alloc(0), start), 0)) as [number, number];
  return Math.max(a, b) >= FEWEST_VEX && Math.max(a, b) > TIMES_AS_MANY * Math.min(a, b);
}

function occurrences(bytes: Buffer, wanted: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) count++;
  return count;
}

const PROCESSOR_OPTION = /(?<![\w-])-m(?:arch|cpu|tune|fpu|float-abi|abi)=[\w.+-]+/g;

/** Of a side that was stripped nothing is known; it is no other compiler's. */
function bothTell({ left, right }: Programs): boolean {
  return left.units.producers.length > 0 && right.units.producers.length > 0;
}

/** Without those that choose the processor. */
function flagsOf({ units }: ElfFacts): string {
  return units.producers.map((producer) => producer.replaceAll(PROCESSOR_OPTION, '')).join('\0');
}

function isDebugOnly({ left, right }: Programs, parts: readonly PartPair[]): boolean {
  const same = left.entry === right.entry && left.type === right.type && left.machine === right.machine && left.flags === right.flags;
  return same && parts.length > 0 && parts.every(({ name, left: a, right: b }) => name === '.note.gnu.build-id' || (!isLoaded(a) && !isLoaded(b)));
}

function programOf(described: ContentDescription): ElfFacts | undefined {
  if (described.kind === 'elf') return described.facts;
  return described.kind === 'kernel-module' ? described.facts.elf : undefined;
}

const ALLOCATED = 2;

/** Headers of the file say where sections lie, which the loader does not read; those of segments it does. */
function isLoaded(part: PartPair['left']): boolean {
  if (part === undefined) return false;
  if (part.role === 'header') return part.name === 'program headers';
  return (Number(part.attributes['flags'] ?? 0) & ALLOCATED) !== 0 || part.role === 'gap' && part.storedBytes > 64;
}

function compilersOf({ comment, units }: ElfFacts): string {
  const producers = units.producers.map((producer) => producer.replace(/ -.*$/s, ''));
  return [...new Set(comment.length > 0 ? comment : producers)].join(', ');
}

function isShifted(parts: readonly PartPair[]): boolean {
  const of = (name: string): PartPair | undefined => parts.find((part) => part.name === name);
  const [text, strings] = [of('.text'), of('.rodata')];
  return text?.left?.storedBytes !== undefined && text.left.storedBytes === text.right?.storedBytes && strings?.left?.storedBytes !== strings?.right?.storedBytes;
}
