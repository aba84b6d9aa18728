import { PROVENANCE_TYPE } from '../evidence/predicates.ts';
import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import type { RecordedTrustRoot } from '../records/evidence-records.ts';
import type { Records } from '../records/records.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import { parseEnvelope } from '../signing/envelope.ts';
import type { PublicKey } from '../signing/key.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';
import { payloadBytes, signersOf } from '../signing/verify-envelope.ts';
import type { LogEntry } from '../transparency/entry.ts';
import type { LoggedRows } from '../transparency/fsck.ts';
import { envelopeOf } from './signed-statements.ts';
import { indexStatement } from './statement-index.ts';

type LookedAt = Awaited<ReturnType<LoggedRows['look']>>[number];

/** Statements held at once: each may have megabytes, most have kilobytes. */
const AT_ONCE = 100;

/**
 * What is on record now of that which the log speaks of. A row whose columns no longer follow from its payload has
 * another content, and so another digest. `keys`: every key whose signatures are looked at.
 */
export function loggedRows({ evidence }: Pick<Records, 'evidence'>, keys: readonly PublicKey[]): LoggedRows {
  const known = new Map(keys.map((key) => [key.keyId as string, key]));
  return {
    look: async (entries) => {
      const roots = new Map((await evidence.trustRoots()).map((root) => [root.version, root]));
      const statements = await statementRows(entries, evidence, known);
      return entries.map((entry) => entry.t === 'statement' ? statements.get(entry.sha256) : entry.t === 'root' ? rootRow(roots.get(entry.version)) : { sha256: entry.sha256, keys: [] });
    },
    digests: async function* () {
      yield* evidence.allDigests();
      for (const root of await evidence.trustRoots()) yield rootDigest(root) ?? root.sha256;
    },
  };
}

async function statementRows(entries: readonly LogEntry[], evidence: Records['evidence'], known: ReadonlyMap<string, PublicKey>): Promise<Map<string, LookedAt>> {
  const digests = entries.filter(({ t }) => t === 'statement').map((entry) => entry.sha256);
  const found = new Map<string, LookedAt>();
  for (let at = 0; at < digests.length; at += AT_ONCE) {
    for (const row of await evidence.statements(digests.slice(at, at + AT_ONCE))) found.set(row.payloadSha256, { sha256: contentDigest(row), keys: goodKeys(row, known) });
  }
  return found;
}

function goodKeys(row: RecordedStatement, known: ReadonlyMap<string, PublicKey>): string[] {
  const keys = row.signatures.flatMap(({ keyId }) => known.get(keyId) ?? []);
  return signersOf(envelopeOf(row), keys);
}

function contentDigest(row: RecordedStatement): Sha256 {
  const { payload, predicateType, definitionDigest, subjects, origin, buildId } = row;
  const index = { predicateType, definitionDigest, subjects: subjects.map((subject) => canonicalJson(subject)).toSorted() };
  const fits = canonicalJson(index) === canonicalJson(expectedIndex(payload)) && (origin === 'imported' || predicateType !== PROVENANCE_TYPE || buildId === statedBuild(payload));
  return fits ? sha256(payload) : jsonDigest({ payload: sha256(payload), buildId, ...index });
}

function expectedIndex(payload: Uint8Array): unknown {
  try {
    const { predicateType, definitionDigest = null, subjects } = indexStatement(payload, 'a payload on record') ?? { predicateType: '', subjects: [] };
    const rows = subjects.map(({ sha256: digest, name, verdict = null }) => canonicalJson({ sha256: digest, name, verdict }));
    return { predicateType, definitionDigest, subjects: [...new Set(rows)].toSorted() };
  } catch (error) {
    if (!isCoded(error)) throw error;
    return null;
  }
}

/** The build that an own provenance calls its invocation. */
function statedBuild(payload: Uint8Array): string | null {
  const { predicate } = asRecord(parseJson(payload, 'a payload on record')) ?? {};
  const { invocationId } = asRecord(asRecord(asRecord(predicate)?.['runDetails'])?.['metadata']) ?? {};
  return typeof invocationId === 'string' && invocationId.startsWith(INVOCATION) ? invocationId.slice(INVOCATION.length) : null;
}

const INVOCATION = 'urn:uuid:';

function rootRow(root: RecordedTrustRoot | undefined): LookedAt {
  if (root === undefined) return undefined;
  return { sha256: root.sha256 === sha256(root.envelope) ? rootDigest(root) ?? sha256(root.envelope) : sha256(root.envelope), keys: [] };
}

/** Of the payload, as the log has it. */
function rootDigest({ envelope }: RecordedTrustRoot): Sha256 | undefined {
  try {
    return sha256(payloadBytes(parseEnvelope(envelope, 'a root on record')));
  } catch (error) {
    if (!isCoded(error)) throw error;
    return undefined;
  }
}
