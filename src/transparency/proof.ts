import { joinSubtrees, nodeHash, splitPoint } from './hashing.ts';

/** Hashes of perfect subtrees: 2^level leaves, the `index`th of that level. */
export interface NodeSource {
  node(level: number, index: number): Promise<Buffer>;
}

/** Root of the first `size` leaves. */
export function rootHash(nodes: NodeSource, size: number): Promise<Buffer> {
  return spanHash(nodes, 0, size);
}

/** From the leaf's sibling to the root's child (RFC 6962, 2.1.1); the leaf at `index` of the first `size`. */
export async function inclusionProof(nodes: NodeSource, index: number, size: number): Promise<Buffer[]> {
  const path: Promise<Buffer>[] = [];
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + splitPoint(end - start);
    if (index < middle) { path.unshift(spanHash(nodes, middle, end)); end = middle; } else { path.unshift(spanHash(nodes, start, middle)); start = middle; }
  }
  return Promise.all(path);
}

/** That the first `from` leaves of the first `to` are the same tree still (RFC 6962, 2.1.2); 0 < from <= to. */
export async function consistencyProof(nodes: NodeSource, from: number, to: number): Promise<Buffer[]> {
  const path: Promise<Buffer>[] = [];
  let start = 0;
  let end = to;
  while (end !== from) {
    const middle = start + splitPoint(end - start);
    if (from <= middle) { path.unshift(spanHash(nodes, middle, end)); end = middle; } else { path.unshift(spanHash(nodes, start, middle)); start = middle; }
  }
  if (start > 0) path.unshift(spanHash(nodes, start, end));
  return Promise.all(path);
}

/** Leaf and path give the root (RFC 9162, 2.1.3.2). */
export function provesInclusion(leaf: Uint8Array, index: number, size: number, path: readonly Uint8Array[], root: Uint8Array): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  let hash: Buffer = Buffer.from(leaf);
  let at = index;
  let last = size - 1;
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      while (at % 2 === 0 && at !== 0) { at /= 2; last = half(last); }
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && hash.equals(root);
}

export interface SizedRoot { size: number; root: Uint8Array }

/** The later tree begins with the earlier one (RFC 9162, 2.1.4.2). */
export function provesConsistency(earlier: SizedRoot, later: SizedRoot, path: readonly Uint8Array[]): boolean {
  if (!isCount(earlier.size) || !isCount(later.size) || earlier.size > later.size) return false;
  if (earlier.size === later.size) return path.length === 0 && Buffer.from(earlier.root).equals(later.root);
  // Every tree begins with the empty one; there is nothing to prove.
  if (earlier.size === 0) return path.length === 0;
  const hashes = isPowerOfTwo(earlier.size) ? [earlier.root, ...path] : path;
  const [first, ...rest] = hashes;
  if (first === undefined) return false;
  let at = earlier.size - 1;
  let last = later.size - 1;
  while (at % 2 === 1) { at = half(at); last = half(last); }
  let inEarlier: Buffer = Buffer.from(first);
  let inLater: Buffer = Buffer.from(first);
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      inEarlier = nodeHash(hash, inEarlier);
      inLater = nodeHash(hash, inLater);
      while (at % 2 === 0 && at !== 0) { at /= 2; last = half(last); }
    } else {
      inLater = nodeHash(inLater, hash);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && inEarlier.equals(earlier.root) && inLater.equals(later.root);
}

/** Of the leaves from `start` to `end`, where `start` is a multiple of the largest power of two that fits between. */
async function spanHash(nodes: NodeSource, start: number, end: number): Promise<Buffer> {
  const subtrees: Promise<Buffer>[] = [];
  for (let at = start; at < end;) {
    const level = levelWithin(end - at);
    subtrees.push(nodes.node(level, at / 2 ** level));
    at += 2 ** level;
  }
  return joinSubtrees(await Promise.all(subtrees));
}

/** Of the largest perfect subtree that has at most so many leaves. */
function levelWithin(leaves: number): number {
  let level = 0;
  while (2 ** (level + 1) <= leaves) level++;
  return level;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
