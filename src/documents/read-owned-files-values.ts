import type { InventoryFile } from '../inventory/inventory.ts';
import { defined } from './facts.ts';
import type { OwnedPath } from './read-owned-files.ts';

const KINDS: readonly string[] = ['file', 'directory', 'symlink', 'hard-link', 'character-device', 'block-device', 'fifo'] satisfies InventoryFile['kind'][];
const IMAGE_REF = /^image:[0-9a-f]{64}$/;

export function isImageRef(ref: string): boolean {
  return IMAGE_REF.test(ref);
}

/** A part of a path's facts in words; what is not in exactly the form that is written is no fact, and so differs from every image. */
export type Said = Pick<OwnedPath, 'kind' | 'mode' | 'uid' | 'gid' | 'device'>;

export function saidOf(texts: { kind?: string | undefined; mode?: string | undefined; owner?: string | undefined; device?: string | undefined }): Said {
  const [uid, gid] = pairOf(texts.owner);
  const [major, minor] = pairOf(texts.device);
  return defined({
    kind: texts.kind !== undefined && KINDS.includes(texts.kind) ? texts.kind as InventoryFile['kind'] : undefined,
    mode: texts.mode !== undefined && /^[0-7]{4}$/.test(texts.mode) ? Number.parseInt(texts.mode, 8) : undefined,
    uid, gid, device: major === undefined || minor === undefined ? undefined : { major, minor },
  });
}

/** `A:B`, both decimal and below 2^32. */
function pairOf(text: string | undefined): readonly number[] {
  const parts = /^(0|[1-9]\d{0,9}):(0|[1-9]\d{0,9})$/.exec(text ?? '');
  const numbers = parts === null ? [] : [Number(parts[1]), Number(parts[2])];
  return numbers.every((number) => number < 2 ** 32) ? numbers : [];
}

/** Of digests by algorithm, lower case only. */
export function digestsOf(rows: readonly (readonly [algorithm: unknown, value: unknown])[]): { sha256?: string; sha512?: string } {
  const [sha256, sha512] = [/^sha-?256$/i, /^sha-?512$/i].map((name) => rows.filter(([algorithm]) => typeof algorithm === 'string' && name.test(algorithm)).map(([, value]) => value));
  return defined({ sha256: only(sha256!, /^[0-9a-f]{64}$/), sha512: only(sha512!, /^[0-9a-f]{128}$/) });
}

/** Two of one kind are a contradiction or a waste: neither counts. */
function only(values: readonly unknown[], form: RegExp): string | undefined {
  const [value] = values;
  return values.length === 1 && typeof value === 'string' && form.test(value) ? value : undefined;
}

