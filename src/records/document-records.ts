import { sha256, type Sha256 } from '../foundation/digest.ts';
import { row, touched, type Sql } from './sql.ts';

export type DocumentKind = 'build-definition' | 'configuration';

/** `text` is canonical JSON; its digest is the key, which the database checks once more. */
export async function insertDocument(sql: Sql, kind: DocumentKind, text: string): Promise<Sha256> {
  const digest = sha256(text);
  await touched(sql, 'INSERT INTO documents (digest, kind, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [digest, kind, text]);
  return digest;
}

export async function findDocument(sql: Sql, digest: Sha256): Promise<unknown> {
  const found = await row<{ document: string }>(sql, 'SELECT document FROM documents WHERE digest = $1', [digest]);
  return found === undefined ? undefined : JSON.parse(found.document) as unknown;
}
