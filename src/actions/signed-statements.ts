import { Failure } from '../foundation/failure.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import { encodeEnvelope, encodeEnvelopeLines, makeEnvelope, oneEach } from '../signing/envelope-files.ts';
import type { Envelope } from '../signing/envelope.ts';
import { sigstoreBundle } from '../signing/sigstore-bundle.ts';

export const STATEMENT_FORMATS = ['jsonl', 'dsse', 'sigstore'] as const;
/** One envelope a signature and line; one envelope with all signatures; a Sigstore bundle, which holds one. */
export type StatementFormat = (typeof STATEMENT_FORMATS)[number];

/** A statement on record with all its signatures. */
export function envelopeOf({ payloadType, payload, signatures }: Pick<RecordedStatement, 'payloadType' | 'payload' | 'signatures'>): Envelope {
  return makeEnvelope(payloadType, payload, signatures);
}

/**
 * Statements as files are handed out. `signer`: whose signature a Sigstore bundle takes, where there are several.
 * Throws SIGNING.BAD_ENVELOPE where the format cannot hold what is asked for.
 */
export function exportStatements(envelopes: readonly Envelope[], format: StatementFormat, signer?: string): string {
  switch (format) {
    case 'jsonl': return encodeEnvelopeLines(envelopes.flatMap(oneEach)).toString('utf8');
    case 'dsse': return `${encodeEnvelope(only(envelopes))}\n`;
    case 'sigstore': return `${JSON.stringify(sigstoreBundle(signedBy(only(envelopes), signer)))}\n`;
  }
}

function signedBy(envelope: Envelope, signer: string | undefined): Envelope {
  if (signer === undefined) return envelope;
  const signatures = envelope.signatures.filter(({ keyid }) => keyid === signer);
  if (signatures.length === 0) throw new Failure('SIGNING.UNKNOWN_KEY', `the statement has no signature of ${signer}`);
  return { ...envelope, signatures };
}

function only(envelopes: readonly Envelope[]): Envelope {
  const [envelope, second] = envelopes;
  if (envelope === undefined || second !== undefined) {
    throw new Failure('SIGNING.BAD_ENVELOPE', `this format holds one statement, not ${envelopes.length}`, { hint: 'Ask for jsonl, which holds many.' });
  }
  return envelope;
}
