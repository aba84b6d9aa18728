import { bufferSource, type ByteSource } from '../bytes/byte-source.ts';
import { DEFAULT_CAPS, type Caps } from '../bytes/caps.ts';
import { isReadFailure } from '../bytes/read-failure.ts';
import type { Both } from '../foundation/both.ts';
import type { ImageContent } from '../readers/image-content.ts';
import { opaqueContent } from '../readers/opaque-content.ts';
import { LookBudget } from './budget.ts';
import type { ImageNode } from './compare-content.ts';
import { DEFAULT_OPTIONS, type CompareOptions, type Comparison, type LayoutDifference, type Side, type SideFinding } from './comparison.ts';
import { Explainer } from './explainer.ts';
import { layoutRow } from './layout-rows.ts';
import { FileReader } from './read-files.ts';
import { sameBytes } from './same-bytes.ts';
import { sortChanges, sortLayout } from './sort-changes.ts';
import { verdictOf } from './verdict.ts';

interface Work { caps: Caps; options: CompareOptions; budget: LookBudget; reader: FileReader; explainer: Explainer }

const EQUAL: Comparison = { verdict: { bytesEqual: true, layoutEqual: true, metadataEqual: true, contentEqual: true }, layout: [], changes: [], findings: [] };

/**
 * Where two trees differ, each difference once, and why as far as the contents tell. Contents are read only of files
 * whose digests differ, and of files that one side alone has while that is cheap.
 */
export async function compareTrees(left: Side, right: Side, options: Partial<CompareOptions> = {}): Promise<Comparison> {
  const { lostLayout, treeChanges } = await import('./tree-changes.ts');
  const { reader, explainer } = workOf({}, options);
  const changes = await treeChanges('', { left, right }, reader, explainer);
  const layout = lostLayout('', { left, right });
  return { verdict: verdictOf(changes.length === 0 && layout.length === 0, layout, changes), layout, changes, findings: [] };
}

/**
 * Where two images differ, whatever they are and however they are wrapped. What cannot be read is compared as bytes and
 * says so: this throws only where the disk below fails (BYTES.IO). Reading blocks; run it in a worker thread.
 */
export async function compareImages(left: ByteSource, right: ByteSource, caps: Partial<Caps> = {}, options: Partial<CompareOptions> = {}): Promise<Comparison> {
  return compareSources(workOf(caps, options), left, right);
}

/** One budget for everything that is nested in the two. */
function workOf(caps: Partial<Caps>, options: Partial<CompareOptions>): Work {
  const all = { ...DEFAULT_OPTIONS, ...options };
  const budget = new LookBudget(all);
  const nested = (depth: number): Explainer => new Explainer(all, budget, async (pair, deeper) => {
    if (deeper > all.depth) return undefined;
    const rest = { ...work.caps, contentBytes: Math.min(work.caps.contentBytes, budget.left), heldBytes: Math.min(work.caps.heldBytes, budget.left) };
    return compareSources({ ...work, caps: rest, explainer: nested(deeper) }, bufferSource(pair.left), bufferSource(pair.right));
  }, depth);
  const work: Work = { caps: { ...DEFAULT_CAPS, ...caps }, options: all, budget, reader: new FileReader(budget), explainer: nested(0) };
  return work;
}

async function compareSources(work: Work, left: ByteSource, right: ByteSource): Promise<Comparison> {
  if (sameBytes(left, right)) return EQUAL;
  try {
    return await compareRead(work, { left, right }, true);
  } catch (error) {
    // Packed bytes that both have alike are never unpacked, others as their digests are asked for: damage that shows only then is told as if all had been.
    if (!isReadFailure(error)) throw error;
    return compareRead(work, { left, right }, false);
  }
}

async function compareRead(work: Work, { left, right }: Both<ByteSource>, knowing: boolean): Promise<Comparison> {
  const contents = await readBoth(left, right, work.caps, knowing);
  // What is nested in files counts against what may be looked into; the two images themselves do not.
  if (work.explainer.isNested) work.budget.spend(contentBytes(contents.left) + contentBytes(contents.right));
  // Trees and tables are equal, and no byte lies outside of them: order, padding and unused room are what is left.
  return compareNodes(work, { left: { content: contents.left, source: () => left }, right: { content: contents.right, source: () => right } }, [layoutRow('', 'bytes', left.sizeBytes, right.sizeBytes)]);
}

/** The readers are sixty files: they are loaded where one of them is to read. `knowing`: one may leave to the other what both have alike. */
async function readBoth(left: ByteSource, right: ByteSource, caps: Caps, knowing: boolean): Promise<Both<ImageContent>> {
  const { detect } = await import('../readers/detect.ts');
  if (detect(left) === undefined && detect(right) === undefined) return { left: opaqueContent(left), right: opaqueContent(right) };
  const { readImage } = await import('../readers/read-image.ts');
  const known = knowing ? new (await import('../readers/known-contents.ts')).KnownContents() : undefined;
  return { left: readImage(left, caps, known), right: readImage(right, caps, known) };
}

/** As `compareImages`, of what was read already, a directory; `otherwise`: in what the two differ where nothing else does. */
export async function compareContents(left: ImageNode, right: ImageNode, otherwise: readonly LayoutDifference[], caps: Partial<Caps> = {}): Promise<Comparison> {
  return compareNodes(workOf(caps, {}), { left, right }, otherwise);
}

async function compareNodes(work: Work, nodes: Both<ImageNode>, otherwise: readonly LayoutDifference[]): Promise<Comparison> {
  // Equal bytes, which most that is compared is, need nothing of it.
  const { ContentComparer } = await import('./compare-content.ts');
  const comparer = new ContentComparer(work);
  await comparer.compare('', nodes);
  const { findings } = comparer;
  comparer.layout.push(...damageRows(findings));
  const changes = sortChanges(comparer.changes);
  // What else is noise may stand for other owners.
  if ([...comparer.layout, ...changes].every(({ noise }) => noise)) comparer.layout.push(...await ownerRows(nodes));
  const layout = comparer.layout.length + changes.length === 0 ? otherwise : sortLayout(comparer.layout);
  return { verdict: verdictOf(layout.length + changes.length === 0, layout, changes), layout, changes, findings };
}

/** Of what was read nothing more has to be loaded. */
async function ownerRows(nodes: Both<ImageNode>): Promise<LayoutDifference[]> {
  return nodes.left.content.kind === 'opaque' ? [] : (await import('./tar-accounts.ts')).accountRows(nodes);
}

/** Damage on one side alone is no noise, whatever is still read of it. */
function damageRows(findings: readonly SideFinding[]): LayoutDifference[] {
  const of = (side: SideFinding['side']): string[] => findings.filter((finding) => finding.side === side && finding.severity !== 'note').map(({ place, rule }) => `${place} ${rule}`);
  const [left, right] = [of('left'), of('right')];
  return left.join('\n') === right.join('\n') ? [] : [layoutRow('', 'findings', left.length, right.length)];
}

/** What it took to read an image. */
function contentBytes(content: ImageContent): number {
  switch (content.kind) {
    case 'tree': return [...content.tree.entries.values()].reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
    case 'disk': return content.partitions.reduce((sum, partition) => sum + contentBytes(partition.content), 0);
    case 'compressed': return content.sizeBytes + contentBytes(content.content);
    case 'layered': return contentBytes(content.content);
    case 'opaque': return content.sizeBytes;
  }
}
