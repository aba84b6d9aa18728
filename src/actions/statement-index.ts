import { PROVENANCE_TYPE, REBUILD_TYPE } from '../evidence/predicates.ts';
import { isSha256, type Sha256 } from '../foundation/digest.ts';
import type { StatementSubject } from '../records/statement-records.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';

/** What the record keeps of a statement beside its payload: all of it follows from the payload. */
export interface StatementIndex {
  predicateType: string;
  definitionDigest?: Sha256;
  /** Subjects without a sha256 are not known by any. */
  subjects: readonly StatementSubject[];
}

type Fields = Readonly<Record<string, unknown>>;

/** From anybody's statement, of a known kind or not. Throws SIGNING.BAD_JSON; undefined where it is no in-toto statement. */
export function indexStatement(payload: Uint8Array, place: string): StatementIndex | undefined {
  const statement = asRecord(parseJson(payload, place)) ?? {};
  const { predicateType, subject } = statement;
  if (typeof predicateType !== 'string' || predicateType === '' || !Array.isArray(subject)) return undefined;
  const predicate = asRecord(statement['predicate']) ?? {};
  const definitionDigest = definitionOf(predicateType, predicate);
  const verdicts = predicateType === REBUILD_TYPE ? verdictsOf(predicate) : new Map<string, string>();
  return {
    predicateType, ...(definitionDigest === undefined ? {} : { definitionDigest }),
    subjects: subject.flatMap((one: unknown) => subjectOf(asRecord(one) ?? {}, verdicts)),
  };
}

function subjectOf({ name, digest }: Fields, verdicts: ReadonlyMap<string, string>): StatementSubject[] {
  const sha256 = asRecord(digest)?.['sha256'];
  if (typeof sha256 !== 'string' || !isSha256(sha256)) return [];
  const known = typeof name === 'string' ? name : '';
  const verdict = verdicts.get(known);
  return [{ sha256, name: known, ...(verdict === undefined ? {} : { verdict }) }];
}

function definitionOf(predicateType: string, predicate: Fields): Sha256 | undefined {
  const stated = predicateType === PROVENANCE_TYPE ? asRecord(asRecord(predicate['runDetails'])?.['metadata'])?.['provenroot_definitionDigest']
    : predicateType === REBUILD_TYPE ? predicate['definitionDigest'] : undefined;
  return typeof stated === 'string' && isSha256(stated) ? stated : undefined;
}

function verdictsOf({ artifacts }: Fields): Map<string, string> {
  const rows = Array.isArray(artifacts) ? artifacts.map((one: unknown) => asRecord(one) ?? {}) : [];
  return new Map(rows.flatMap(({ name, verdict }): [string, string][] => typeof name === 'string' && typeof verdict === 'string' ? [[name, verdict]] : []));
}
