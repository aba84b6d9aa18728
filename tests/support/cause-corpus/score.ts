import { compareTrees } from '../../../src/compare/compare.ts';
import type { Change, Side } from '../../../src/compare/comparison.ts';
import type { PathBytes } from '../../../src/tree/entry.ts';
import { sampleTree } from '../sample-trees.ts';
import { CORPUS_CAUSES, type CauseSample } from './corpus.ts';
import type { CorpusCause } from './shape.ts';

export interface Row { sample: CauseSample; codes: readonly CorpusCause[]; noise: boolean }

/** What the engine says of the one file, both sides in trees of their own. */
export async function explained({ path, left, right, written, known }: CauseSample): Promise<Change> {
  const side = (bytes: Buffer, seconds: number): Side => ({
    tree: sampleTree([[path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: bytes }]]).tree, facts: new Map([[path as PathBytes, { modified: { seconds, nanoseconds: 0 } }]]), content: () => [bytes],
  });
  return (await compareTrees(side(left, written[0]), side(right, written[1]), { known })).changes.find((change) => change.path === path)!;
}

/** Surest first: proofs before suspicions, then what covers most. "Nothing explains it" and "not the same" are one answer. */
export function rankedCauses({ causes }: Change): CorpusCause[] {
  const codes: CorpusCause[] = causes.filter(({ code }) => code !== 'modification-time').toSorted((a, b) => b.confidence * b.coverage - a.confidence * a.coverage || b.coverage - a.coverage).map(({ code }) => (code === 'unknown' ? 'real-change' : code));
  return [...new Set(codes)];
}

export interface Score { samples: number; causes: number; top1: number; top3: number; precision: number; recall: number }

/** Precision and recall are means over the causes, so that a cause with many shapes weighs as one with few. */
export function score(rows: readonly Row[]): Score {
  const share = (right: (row: Row) => boolean): number => rows.filter(right).length / rows.length;
  const hits = (of: CorpusCause): number => rows.filter(({ sample, codes }) => codes[0] === of && sample.cause === of).length;
  const mean = (value: (cause: CorpusCause) => number): number => CORPUS_CAUSES.reduce((sum, cause) => sum + value(cause), 0) / CORPUS_CAUSES.length;
  return {
    samples: rows.length, causes: CORPUS_CAUSES.length, top1: share(({ sample, codes }) => codes[0] === sample.cause), top3: share(({ sample, codes }) => codes.slice(0, 3).includes(sample.cause)),
    precision: mean((of) => hits(of) / Math.max(1, rows.filter(({ codes }) => codes[0] === of).length)), recall: mean((of) => hits(of) / rows.filter(({ sample }) => sample.cause === of).length),
  };
}

/** Lines `cause → what was said: times (shapes)`, most frequent first; of the half that rules are mended by only. */
export function confusions(rows: readonly Row[]): string[] {
  const groups = new Map<string, Map<string, number>>();
  for (const { sample, codes } of rows) {
    if (codes[0] === sample.cause) continue;
    const key = `${sample.cause} → ${codes.join(' + ')}`;
    const shapes = groups.get(key) ?? new Map<string, number>();
    groups.set(key, shapes.set(sample.shape, (shapes.get(sample.shape) ?? 0) + 1));
  }
  const total = (shapes: Map<string, number>): number => [...shapes.values()].reduce((sum, count) => sum + count, 0);
  return [...groups].toSorted(([, a], [, b]) => total(b) - total(a)).map(([key, shapes]) => `${key}: ${[...shapes].map(([name, count]) => `${name} ×${count}`).join(', ')}`);
}
