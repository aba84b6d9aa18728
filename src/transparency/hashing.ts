import { hash } from 'node:crypto';

/** RFC 6962, 2.1: leaves and nodes are hashed apart, so that neither can be passed off as the other. */
const LEAF = Buffer.from([0x00]);
const NODE = Buffer.from([0x01]);

/** Root of the tree without leaves. */
export const EMPTY_ROOT = hash('sha256', '', 'buffer');

export function leafHash(entry: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([LEAF, entry]), 'buffer');
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}

/** Root over perfect subtrees that stand from left to right, larger ones first. */
export function joinSubtrees(hashes: readonly Buffer[]): Buffer {
  return hashes.reduceRight((right: Buffer | undefined, left) => right === undefined ? left : nodeHash(left, right), undefined) ?? EMPTY_ROOT;
}

/** The largest power of two that is less than `count`, which is at least 2. */
export function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
