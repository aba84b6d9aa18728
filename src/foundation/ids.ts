import { createHash, randomBytes, randomUUID } from 'node:crypto';

import type { Clock } from './clock.ts';

/** Namespace of all UUIDs that end up inside images (RFC 9562 section 5.5). */
const PROVENROOT_NAMESPACE = Buffer.from('9f6c0e5a1f3e5c8fa0c2b6f1d4e7a390', 'hex');

function formatUuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** UUIDv5 (RFC 9562): the same name gives the same id on every machine. */
export function uuidV5(name: string): string {
  const hash = createHash('sha1').update(PROVENROOT_NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return formatUuid(hash);
}

/** UUIDv7 (RFC 9562): sorts by time of creation; for rows, never for anything that is hashed. */
export function uuidV7(clock: Clock): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(clock.now().getTime(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** A name nobody else has, for temporary files. */
export function uniqueName(): string {
  return randomUUID();
}
