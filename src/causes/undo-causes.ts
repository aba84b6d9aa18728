import type { BytePair } from '../foundation/both.ts';
import { ANY_AR_ORDERS, AR_ORDERS } from './archive-rules.ts';
import { BINARY_TIMES } from './binary-times.ts';
import type { Cause } from './cause.ts';
import { CLUES, type Clue } from './clue-rules.ts';
import { CUT_SHORT } from './cut-short.ts';
import { ANY_DATES, ANY_ZONES, CLOCKS, DATES, ZONES } from './dates.ts';
import { differingBytes, differingTextBytes } from './differing-bytes.ts';
import { FIELDS } from './fields.ts';
import { ANY_IDS, ANY_KEYS, ANY_RANDOM } from './id-clues.ts';
import { KEYS, MODULE_SIGNATURES, RANDOM_IDS } from './id-rules.ts';
import { KEY_BLOBS } from './key-blobs.ts';
import { LANGUAGES } from './language-clues.ts';
import { ANY_JOBS, JOBS, PROCESSORS } from './machine-rules.ts';
import { ANY_LINES, ANY_RECORDS, ANY_SORTED, ANY_SYMBOLS, ANY_WORDS, NEEDED_ORDER } from './order-clues.ts';
import { LOCALE, ORDER } from './order-rules.ts';
import { PACKED_RULES, REPACKED } from './packed-rules.ts';
import { ANY_PATHS } from './path-clues.ts';
import { BANNER_DATES, HOSTS, PATHS } from './places.ts';
import type { Rule, RuleContext } from './rule.ts';
import { searched } from './searched.ts';
import { differingTexts } from './text-view.ts';
import { ZIP_RULES, zipContents } from './zip-rules.ts';

/** What can be proved, surest first: a rule only gets what those before it left. */
const PROOFS: readonly Rule[] = [...ZIP_RULES, ...PACKED_RULES, ...FIELDS, ...AR_ORDERS, ZONES, BANNER_DATES, PATHS, HOSTS, CLOCKS, DATES, BINARY_TIMES, MODULE_SIGNATURES, KEYS, RANDOM_IDS, JOBS, PROCESSORS, LOCALE, ORDER];

/** What is only likely, of what is left then: first in the bytes as they are. */
const SUSPICIONS: readonly Clue[] = [[CUT_SHORT, 0.9], [KEY_BLOBS, 0.85], [REPACKED, 0.85], ...ANY_AR_ORDERS.map((rule): Clue => [rule, 0.9]), [ANY_RECORDS, 0.8], [NEEDED_ORDER, 0.8], [ANY_SYMBOLS, 0.85], [ANY_ZONES, 0.85], [ANY_DATES, 0.8], [ANY_JOBS, 0.8], [ANY_SORTED, 0.9], [ANY_LINES, 0.9], [ANY_WORDS, 0.85]];

/** Then in the lines that differ, of a binary file in what can be read of it. */
const TEXT_CLUES: readonly Clue[] = [[ANY_KEYS, 0.85], [ANY_ZONES, 0.85], [ANY_DATES, 0.8], ...CLUES, [LANGUAGES, 0.8], [ANY_IDS, 0.75], [ANY_PATHS, 0.75]];
/** Not of a program: there the names of routines come in the order of the routines. */
const TEXT_ORDERS: readonly Clue[] = [[ANY_SYMBOLS, 0.8], [ANY_SORTED, 0.6], [ANY_LINES, 0.6], [ANY_WORDS, 0.6]];
/** And last in what nothing else says anything about. */
const LAST: readonly Clue[] = [[ANY_RANDOM, 0.5]];

export interface UndoneCauses {
  causes: Cause[];
  /** What is left of both. */
  pair: BytePair;
  /** All of the difference is gone, by proofs alone. */
  proved: boolean;
  /** So much differs that no texts were looked for in it. */
  isTooMuch: boolean;
}

type Found = Omit<Cause, 'coverage'> & { bytes: number };

/** Bytes that differ, as long as something is left to be taken away. */
class Remainder {
  readonly found: Found[] = [];
  pair: BytePair;
  bytes: number;
  readonly #context: RuleContext;
  readonly #isView: boolean;

  /** `isView`: in what was made to be read, a line that is explained counts as a whole. */
  constructor(pair: BytePair, context: RuleContext, isView = false) {
    this.#context = context;
    this.#isView = isView;
    this.pair = pair;
    this.bytes = this.#measure(pair);
  }

  take(rule: Rule, confidence: number): void {
    const undone = this.bytes === 0 ? undefined : rule.undo(this.pair, this.#context);
    if (undone === undefined) return;
    const after = this.#measure(undone.pair);
    const bytes = this.#isView ? Math.max(undone.bytes ?? 0, this.bytes - after) : undone.bytes ?? this.bytes - after;
    if (bytes <= 0) return;
    this.found.push({ code: rule.code, confidence, evidence: undone.evidence, bytes });
    [this.pair, this.bytes] = [undone.pair, after];
  }

  #measure(pair: BytePair): number {
    return this.#context.isText ? differingTextBytes(pair) : differingBytes(pair.left, pair.right);
  }
}

/** Takes away cause after cause. All that were found are proved where nothing is left; what each covers is its share of what went and what is left. */
export function undoCauses(pair: BytePair, context: RuleContext): UndoneCauses {
  const rest = new Remainder(pair, context);
  for (const rule of PROOFS) rest.take(rule, 1);
  const proved = rest.bytes === 0;
  const isTooMuch = !proved && searched(rest.pair, context).isTooMuch;
  const unpacked = proved ? undefined : zipContents(rest.pair);
  if (unpacked !== undefined) rest.pair = unpacked;
  for (const [rule, confidence] of SUSPICIONS) rest.take(rule, confidence);
  const told = rest.bytes === 0 ? [] : toldByText(rest, context);
  if (told.length === 0) for (const [rule, confidence] of LAST) rest.take(rule, confidence);
  const left = rest.bytes - told.reduce((sum, { bytes }) => sum + bytes, 0);
  const found = [...rest.found, ...told];
  const total = Math.max(1, found.reduce((sum, { bytes }) => sum + bytes, left));
  const causes = found.map(({ bytes, confidence, ...cause }) => ({ ...cause, confidence: proved ? 1 : Math.min(confidence, LIKELY), coverage: bytes / total }));
  return { causes: mergedByCode(causes), pair: rest.pair, proved, isTooMuch };
}

/** What the lines that differ say of it; no more bytes than are left. */
function toldByText({ pair, bytes }: Remainder, context: RuleContext): Found[] {
  const lines = differingTexts(pair, context);
  if (lines === undefined) return [];
  const rest = new Remainder(lines, { ...context, isText: true }, !context.isText);
  const all = Math.max(1, rest.bytes);
  for (const [rule, confidence] of hasSymbols(context) ? TEXT_CLUES : [...TEXT_CLUES, ...TEXT_ORDERS]) rest.take(rule, confidence);
  const sum = Math.max(all, rest.found.reduce((total, found) => total + found.bytes, 0));
  // Of a program the code differs too, and no text says why.
  return rest.found.map((found) => ({ ...found, bytes: bytes * found.bytes / sum }));
}

function hasSymbols({ described: { left, right } }: RuleContext): boolean {
  return [left, right].some(({ parts }) => parts.some(({ name }) => name === '.symtab' || name === '.dynsym'));
}

/** The most that a cause is worth where it does not explain all. */
const LIKELY = 0.9;

/** One row a cause, in the order in which they were found. */
export function mergedByCode(causes: readonly Cause[]): Cause[] {
  const rows = new Map<string, Cause>();
  for (const cause of causes) {
    const known = rows.get(cause.code);
    rows.set(cause.code, known === undefined ? cause : {
      code: cause.code, confidence: Math.min(known.confidence, cause.confidence), coverage: Math.min(1, known.coverage + cause.coverage), evidence: [...new Set([...known.evidence, ...cause.evidence])].slice(0, 3),
    });
  }
  return [...rows.values()];
}

const NO_REASON: ReadonlySet<string> = new Set(['unknown', 'reloc-shift', 'build-id', 'debug-only']);

/** That debug information differs follows from something: where that is known, it covers what is left. */
export function consequencesLast(causes: readonly Cause[]): Cause[] {
  const reasons = causes.filter(({ code }) => !NO_REASON.has(code)).reduce((sum, { coverage }) => sum + coverage, 0);
  return causes.map((cause) => (cause.code === 'debug-only' ? { ...cause, coverage: Math.max(0, Math.min(cause.coverage, 1 - reasons)) } : cause));
}
