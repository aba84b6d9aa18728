import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { LegalRole } from './legal-index.ts';

/** A file of the bundle whose bytes are at hand: all but sources and license texts. */
export interface SmallFile {
  path: string;
  role: LegalRole;
  bytes: Uint8Array;
  sha256: Sha256;
  executable: boolean;
}

export function smallFile(path: string, role: LegalRole, content: string | Uint8Array, executable = false): SmallFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { path, role, bytes, sha256: sha256(bytes), executable };
}

export function jsonFile(path: string, role: LegalRole, value: unknown): SmallFile {
  return smallFile(path, role, `${canonicalJson(value)}\n`);
}
