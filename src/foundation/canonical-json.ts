import canonicalize from 'canonicalize';

import { sha256, type Sha256 } from './digest.ts';
import { Bug } from './failure.ts';

/** RFC 8785 (JCS) bytes as text. Throws a Bug for what JSON cannot say (undefined, NaN, cycles). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Bug('value has no canonical JSON form');
  return text;
}

/** sha256 of the RFC 8785 form. Anything hashed as JSON goes through here. */
export function jsonDigest(value: unknown): Sha256 {
  return sha256(canonicalJson(value));
}
