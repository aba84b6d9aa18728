import texts from './license-texts.json' with { type: 'json' };
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import { normalizeLicenseText, termsOf } from './normalize-license-text.ts';
import { runsOf } from './text-sketch.ts';

export interface TextMatch {
  /** Licenses of the list that share this text (`GPL-2.0-only` and `GPL-2.0-or-later` do). */
  ids: readonly string[];
  /** The words are the same, but for what the matching guidelines leave out. */
  exact: boolean;
  /** Common runs of three words as a share of all runs of both texts: 1 for the same text, 0 for nothing in common. Estimated. */
  similarity: number;
  /** The share of the license's runs that the text has: near 1 where it stands in the text whole, among others. Estimated. */
  contained: number;
}

interface ListedText { digest: Sha256; runCount: number; sketch: Uint32Array; ids: readonly string[] }

/** The list's version and the packages that the sketches were made from. */
export const LICENSE_TEXTS_SOURCE: string = texts.source;

const LISTED: readonly ListedText[] = texts.texts.map(([ids, digest, runCount, sketch]) => ({
  ids: String(ids).split(' '), digest: String(digest) as Sha256, runCount: Number(runCount), sketch: sketchFrom(String(sketch)),
}));

function sketchFrom(base64: string): Uint32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(at * 4));
}

/** Texts of the list that are like the text, the likest first; none that has less than half in common or is not nearly whole in it. */
export function matchLicenseText(text: string): TextMatch[] {
  const normalized = normalizeLicenseText(text);
  if (normalized === '') return [];
  const terms = termsOf(normalized);
  const given = { digest: sha256(terms), runs: runsOf(terms), allRuns: runsOf(normalized) };
  return LISTED.map((listed) => compared(listed, given))
    .filter(({ similarity, contained }) => similarity >= 0.5 || contained >= 0.9)
    .toSorted((a, b) => Number(b.exact) - Number(a.exact) || b.similarity - a.similarity || compareText(a.ids[0]!, b.ids[0]!));
}

/** Ids of the list that have the text of this one, itself first; it alone where the list has no text of it. */
export function idsWithTextOf(id: string): readonly string[] {
  const ids = LISTED.find((listed) => listed.ids.includes(id))?.ids ?? [];
  return [id, ...ids.filter((other) => other !== id)];
}

/** `runs` of the terms alone; `allRuns` also of what stands behind them, where other licenses may follow. */
interface GivenText { digest: Sha256; runs: ReadonlySet<number>; allRuns: ReadonlySet<number> }

function compared({ ids, digest, runCount, sketch }: ListedText, given: GivenText): TextMatch {
  if (digest === given.digest) return { ids, exact: true, similarity: 1, contained: 1 };
  const share = (runs: ReadonlySet<number>): number => sketch.reduce((count, run) => count + (runs.has(run) ? 1 : 0), 0) / sketch.length;
  const common = Math.min(share(given.runs) * runCount, given.runs.size);
  return { ids, exact: false, similarity: common / (runCount + given.runs.size - common), contained: share(given.allRuns) };
}
