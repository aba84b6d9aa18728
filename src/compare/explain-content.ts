import { isReadFailure } from '../bytes/read-failure.ts';
import { CAUSES } from '../causes/cause-codes.ts';
import type { Cause, PartDifference } from '../causes/cause.ts';
import { differingParts, presentParts, type PartPair } from '../causes/part-differences.ts';
import type { FileContext, RuleContext } from '../causes/rule.ts';
import { MOST_SEARCHED_BYTES } from '../causes/searched.ts';
import { consequencesLast, mergedByCode, undoCauses, type UndoneCauses } from '../causes/undo-causes.ts';
import type { DescribeLimits } from '../content/describe-content.ts';
import type { ContentDescription } from '../content/description.ts';
import { describePlainText } from '../content/plain-text.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import { insideCauses } from './archive-differences.ts';
import type { LookBudget } from './budget.ts';
import type { CompareOptions, Comparison } from './comparison.ts';
import { oneInside } from './one-inside.ts';

export interface Explanation {
  /** Coverages add up to 1 where something is left to `unknown`. */
  causes: readonly Cause[];
  parts: readonly PartDifference[];
  /** All of it is noise, and proved to be. */
  noise: boolean;
  inside?: Comparison;
}

/** An image in an image; undefined where the caller is deep enough. */
export type CompareNested = (pair: BytePair, depth: number) => Promise<Comparison | undefined>;

/** Why two files differ, and what is packed in them. */
export class ContentExplainer {
  readonly #options: CompareOptions;
  readonly #budget: LookBudget;
  readonly #nested: CompareNested;
  readonly #depth: number;

  constructor(options: CompareOptions, budget: LookBudget, nested: CompareNested, depth: number) {
    this.#options = options;
    this.#budget = budget;
    this.#nested = nested;
    this.#depth = depth;
  }

  async explain(pair: BytePair, context: FileContext, depth = this.#depth): Promise<Explanation> {
    const limits = { maxHeldBytes: this.#budget.fileBytes * 2, maxUnpackedBytes: Math.min(this.#budget.fileBytes * 2, this.#budget.left) };
    const described = await describedPair(pair, limits);
    for (const { kind, facts } of [described.left, described.right]) if (kind === 'compressed') this.#budget.spend(facts.sizeBytes);
    const isText = described.left.kind === 'text' && described.right.kind === 'text';
    const rules: RuleContext = { ...context, described, known: this.#options.known, isText };
    const undone = undoCauses(pair, rules);
    if (undone.proved) return { causes: undone.causes, parts: presentParts(partsOf(described)), noise: undone.causes.every(({ code }) => CAUSES[code].noise) };
    const isCut = undone.causes.some(({ code }) => code === 'truncated');
    const packed = depth < this.#options.depth && !isCut ? await this.#packed(described, context, depth) : undefined;
    if (packed !== undefined) return packed;
    const parts = partsOf(described);
    const causes = mergedByCode([...undone.causes, ...(isText ? [] : await byPrograms(described, pair, parts, undone))]);
    return { causes: withUnknown(consequencesLast(causes), undone), parts: presentParts(parts), noise: false };
  }

  async #packed(described: Both<ContentDescription>, context: FileContext, depth: number): Promise<Explanation | undefined> {
    const { left, right } = described;
    if (left.kind === 'image' && right.kind === 'image') return this.#image(described, depth);
    if (left.kind === 'compressed' && right.kind === 'compressed') return this.#compressed(described, context, depth);
    return PACKAGES.has(left.kind) && left.kind === right.kind ? this.#members(described, context, depth) : undefined;
  }

  async #image({ left, right }: Both<ContentDescription>, depth: number): Promise<Explanation | undefined> {
    const [a, b] = [wholeOf(left), wholeOf(right)];
    if (a === undefined || b === undefined) return undefined;
    const inside = await this.#nested({ left: a, right: b }, depth + 1);
    if (inside === undefined) return undefined;
    return { ...insideCauses(inside, { left: a, right: b }), parts: [], inside };
  }

  /** Equal once unpacked: only the packer differs. Else whatever differs in the content; bytes behind the stream must agree. */
  async #compressed({ left, right }: Both<ContentDescription>, context: FileContext, depth: number): Promise<Explanation | undefined> {
    const [a, b] = [contentOf(left), contentOf(right)];
    if (a === undefined || b === undefined || !behind(left).equals(behind(right))) return undefined;
    if (a.equals(b)) return { causes: [{ code: 'compression', confidence: 1, coverage: 1, evidence: [packing(left, right)] }], parts: [], noise: true };
    return this.explain({ left: a, right: b }, context, depth + 1);
  }

  /** A file in which others are packed, described by its format: what differs in each of them. Never noise by itself: sizes and checksums stand between them. */
  async #members(described: Both<ContentDescription>, context: FileContext, depth: number): Promise<Explanation | undefined> {
    const parts = partsOf(described);
    const files = parts.filter(({ left, right }) => left?.role === 'file' && right?.role === 'file');
    if (files.length === 0) return undefined;
    const total = Math.max(1, parts.reduce((sum, { differing }) => sum + differing, 0));
    const causes: Cause[] = [];
    const within: { name: string; inside: Comparison }[] = [];
    for (const { name, left, right, differing } of files) {
      const { causes: inner, inside } = await this.explain({ left: left!.content(), right: right!.content() }, context, depth + 1);
      if (inside !== undefined) within.push({ name, inside });
      causes.push(...inner.map((cause) => ({ ...cause, confidence: Math.min(cause.confidence, 0.9), coverage: cause.coverage * differing / total, evidence: [cause.evidence[0] === undefined ? name : `${name}: ${cause.evidence[0]}`] })));
    }
    return { causes: withUnknown(mergedByCode(causes)), parts: presentParts(parts), noise: false, ...(within.length === 0 ? {} : { inside: oneInside(within) }) };
  }
}

const loadBeyondText = async () => ({ ...await import('../content/describe-content.ts'), ...await import('../causes/program-causes.ts') });
let loaded: ReturnType<typeof loadBeyondText> | undefined;
/** All that takes programs, kernels and archives apart: fifty files. */
const beyondText = (): ReturnType<typeof loadBeyondText> => loaded ??= loadBeyondText();

/** Of what is larger it does not matter what has to be loaded for it. */
const MOST_PLAIN_BYTES = 65_536;

async function describedPair({ left, right }: BytePair, limits: DescribeLimits): Promise<Both<ContentDescription>> {
  const isSmall = Math.max(left.length, right.length) <= Math.min(MOST_PLAIN_BYTES, limits.maxHeldBytes);
  const [a, b] = isSmall ? [describePlainText(left), describePlainText(right)] : [];
  if (a !== undefined && b !== undefined) return { left: a, right: b };
  const { describeContent } = await beyondText();
  return { left: describeContent(left, limits), right: describeContent(right, limits) };
}

async function byPrograms(described: Both<ContentDescription>, pair: BytePair, parts: readonly PartPair[], undone: UndoneCauses): Promise<Cause[]> {
  const { describeContent, programCauses } = await beyondText();
  // In which parts something is left once every cause that was found is taken away.
  const leftOver = undone.causes.length === 0 ? undefined : partsOf({ left: describeContent(undone.pair.left), right: describeContent(undone.pair.right) });
  return programCauses(described, pair, parts, leftOver);
}

const PACKAGES: ReadonlySet<string> = new Set(['ar', 'deb', 'kernel-image', 'fit', 'uimage']);

function partsOf({ left, right }: Both<ContentDescription>): PartPair[] {
  return left.parts.length > 1 || right.parts.length > 1 ? differingParts(left, right) : [];
}

function wholeOf({ parts }: ContentDescription): Buffer | undefined {
  return parts[0]?.content();
}

function contentOf({ parts }: ContentDescription): Buffer | undefined {
  try {
    return parts.find(({ role }) => role === 'file')?.content();
  } catch (error) {
    if (!isReadFailure(error)) throw error;
    return undefined;
  }
}

function behind({ parts }: ContentDescription): Buffer {
  return parts.find(({ role }) => role === 'gap')?.content() ?? Buffer.alloc(0);
}

function packing(left: ContentDescription, right: ContentDescription): string {
  const name = (of: ContentDescription): string => (of.kind === 'compressed' ? of.facts.stream.compression : of.kind);
  return name(left) === name(right) ? `${name(left)}, ${left.sizeBytes} → ${right.sizeBytes} bytes` : `${name(left)} → ${name(right)}`;
}

function unknown(coverage: number, evidence: string[] = []): Cause {
  return { code: 'unknown', confidence: 0, coverage, evidence };
}

/** What no cause covers is said to be unknown. */
function withUnknown(causes: readonly Cause[], { isTooMuch }: Pick<UndoneCauses, 'isTooMuch'> = { isTooMuch: false }): Cause[] {
  const left = 1 - causes.filter(({ code }) => code !== 'debug-only').reduce((sum, { coverage }) => sum + coverage, 0);
  const isExplained = left < 1e-9 || causes.some(({ code }) => code === 'debug-only');
  return isExplained ? [...causes] : mergedByCode([...causes, unknown(left, isTooMuch ? [`no texts looked for: more than ${MOST_SEARCHED_BYTES} bytes differ`] : [])]);
}
