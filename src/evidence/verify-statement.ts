import type { Sha256 } from '../foundation/digest.ts';
import type { ErrorCode } from '../foundation/error-registry.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { IN_TOTO_PAYLOAD_TYPE, parseEnvelope, type Envelope } from '../signing/envelope.ts';
import { payloadDigest } from '../signing/envelope-files.ts';
import type { SigningRole } from '../signing/signer.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';
import { isValidAt, logKeys, rootKey, type TrustRoot } from '../signing/trust-root.ts';
import { signersOf, verifyEnvelope, type VerifiedEnvelope } from '../signing/verify-envelope.ts';
import { parseLogEntry, type LogEntry } from '../transparency/entry.ts';
import { parseTlogProof, verifyTlogProof } from '../transparency/tlog-proof.ts';
import { parseStatement, type ParsedStatement } from './parse-statement.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE, RELEASE_TYPE, STATEMENT_TYPE, SUMMARY_TYPE } from './predicates.ts';
import { parseSummary } from './quorum.ts';
import { parseRebuildStatement, type ParsedRebuild } from './rebuild-statement.ts';
import { parseRelease, type ReleaseStatement } from './release-statement.ts';
import type { Summary } from './summary-schema.ts';

/** In the order in which they are taken (study B.7). */
export const STATEMENT_STEPS = ['ENVELOPE', 'SIGNED', 'LOGGED', 'IN_TIME', 'TYPED', 'READ', 'ENTITLED', 'SUBJECT'] as const;
export type StatementStepName = (typeof STATEMENT_STEPS)[number];

export interface StatementStep {
  step: StatementStepName;
  outcome: 'PASSED' | 'FAILED' | 'SKIPPED';
  /** Of a step that failed. */
  code?: ErrorCode;
  message: string;
}

/** A statement of ours by kind, strictly read. */
export type ReadStatement =
  | { kind: 'provenance'; provenance: ParsedStatement }
  | { kind: 'rebuild'; rebuild: ParsedRebuild }
  | { kind: 'release'; release: { payloadSha256: Sha256; statement: ReleaseStatement } }
  | { kind: 'summary'; summary: { payloadSha256: Sha256; statement: Summary } };

export interface StatementEvidence {
  /** DSSE, as bytes of its JSON or taken apart already. */
  envelope: Uint8Array | Envelope;
  /** `c2sp.org/tlog-proof@v1`, with the log's entry as extra data. */
  proof?: Uint8Array;
  /** Came on a way that is trusted. */
  root: TrustRoot;
  /** A file that the statement shall speak of. */
  file?: Sha256;
  /** RFC 3339, milliseconds, UTC: keys are judged at this time where no log says when. */
  now: string;
  /** A statement without a proof is refused. */
  proofRequired?: boolean;
}

export interface CheckedStatement {
  /** All eight, in order. */
  steps: readonly StatementStep[];
  /** No step failed. */
  accepted: boolean;
  /** Where the log's proof holds: when it saw the statement. */
  loggedAt?: string;
  /** Only of a statement that is accepted. */
  statement?: ReadStatement;
  /** Keys of the root that signed, were valid then and may say it; the operators that the root binds them to. */
  signers: readonly { keyId: string; operator: string }[];
}

/** One statement against a trust root, offline. Never a bare yes or no: each step has an outcome and a code of its own. */
export function verifyStatement(evidence: StatementEvidence): CheckedStatement {
  const check = new Check(evidence);
  const steps = STATEMENT_STEPS.map((step) => check.take(step));
  const accepted = steps.every(({ outcome }) => outcome !== 'FAILED');
  const { statement, loggedAt, entitled } = check;
  return {
    steps, accepted, signers: accepted ? entitled : [],
    ...(loggedAt === undefined ? {} : { loggedAt }), ...(accepted && statement !== undefined ? { statement } : {}),
  };
}

const ROLES: Readonly<Record<ReadStatement['kind'], SigningRole>> = { provenance: 'builder', rebuild: 'rebuilder', release: 'releaser', summary: 'verifier' };
const KINDS: Readonly<Record<string, ReadStatement['kind']>> = { [PROVENANCE_TYPE]: 'provenance', [REBUILD_TYPE]: 'rebuild', [RELEASE_TYPE]: 'release', [SUMMARY_TYPE]: 'summary' };

class Check {
  readonly #evidence: StatementEvidence;
  #envelope: Envelope | undefined;
  #verified: VerifiedEnvelope | undefined;
  #keyIds: readonly string[] = [];
  #kind: ReadStatement['kind'] | undefined;
  statement: ReadStatement | undefined;
  loggedAt: string | undefined;
  entitled: { keyId: string; operator: string }[] = [];

  constructor(evidence: StatementEvidence) {
    this.#evidence = evidence;
  }

  take(step: StatementStepName): StatementStep {
    try {
      const message = this.#run(step);
      return message === undefined ? { step, outcome: 'SKIPPED', message: 'an earlier step failed' } : message.startsWith(SKIPPED) ? { step, outcome: 'SKIPPED', message: message.slice(SKIPPED.length) } : { step, outcome: 'PASSED', message };
    } catch (error) {
      if (!isCoded(error) || error.name !== 'Failure') throw error;
      return { step, outcome: 'FAILED', code: error.code, message: error.message };
    }
  }

  /** What was found; undefined where a step that it stands on has failed. */
  #run(step: StatementStepName): string | undefined {
    switch (step) {
      case 'ENVELOPE': return this.#openEnvelope();
      case 'SIGNED': return this.#envelope && this.#checkSignature(this.#envelope);
      case 'LOGGED': return this.#envelope && this.#checkProof(this.#envelope);
      case 'IN_TIME': return this.#verified && this.#checkTime();
      case 'TYPED': return this.#verified && this.#checkTypes(this.#verified);
      case 'READ': return this.#verified && this.#kind && this.#read(this.#verified.payload, this.#kind);
      case 'ENTITLED': return this.statement && this.#checkEntitlement(this.statement);
      case 'SUBJECT': return this.statement && this.#checkSubject(this.statement);
    }
  }

  #openEnvelope(): string {
    const { envelope } = this.#evidence;
    this.#envelope = envelope instanceof Uint8Array ? parseEnvelope(envelope, 'the envelope') : envelope;
    return `${this.#envelope.signatures.length} signatures over ${payloadDigest(this.#envelope)}`;
  }

  #checkSignature(envelope: Envelope): string {
    const { root } = this.#evidence;
    const keys = root.content.keys.map(({ keyId }) => root.publicKey(keyId));
    if (signersOf(envelope, keys).length === 0) {
      const claimed = envelope.signatures.find(({ keyid }) => rootKey(root, keyid) !== undefined);
      if (claimed !== undefined) refuse('EVIDENCE.BAD_SIGNATURE', `the signature under the name of ${claimed.keyid} is not good`);
      refuse('EVIDENCE.UNKNOWN_SIGNER', 'no key that the root names has signed it');
    }
    this.#verified = verifyEnvelope(envelope, keys, 1, 'the envelope');
    this.#keyIds = this.#verified.keyIds;
    return `signed by ${this.#keyIds.join(', ')}, of version ${root.content.version} of the root`;
  }

  #checkProof(envelope: Envelope): string {
    const { proof: bytes, proofRequired = false } = this.#evidence;
    if (bytes === undefined) {
      if (proofRequired) refuse('EVIDENCE.NOT_LOGGED', 'there is no proof that a log has the statement');
      return `${SKIPPED}no proof was handed in`;
    }
    const { entry, index, origin } = this.#provenEntry(bytes);
    if (entry.t !== 'statement' || entry.sha256 !== payloadDigest(envelope)) refuse('EVIDENCE.NOT_THE_ENTRY', `the proof is of ${entry.sha256}, not of this statement`);
    if (this.#verified !== undefined) {
      const named = this.#keyIds.filter((keyId) => entry.keys.includes(keyId));
      // A key that came later would borrow the time of a statement that others had logged.
      if (named.length === 0) refuse('EVIDENCE.KEY_NOT_LOGGED', 'the log saw the statement under other keys than those that signed it here');
      this.#keyIds = named;
    }
    this.loggedAt = entry.at;
    return `entry ${index} of the log ${origin}, at ${entry.at}`;
  }

  #provenEntry(bytes: Uint8Array): { entry: LogEntry; index: number; origin: string } {
    const proof = parseTlogProof(bytes, 'the proof');
    if (proof.extra === undefined) refuse('EVIDENCE.NOT_THE_ENTRY', 'the proof does not carry the entry that it is of');
    const entry = parseLogEntry(proof.extra, 'the log\'s entry');
    const { origin } = proof.checkpoint;
    const keys = logKeys(this.#evidence.root, origin, entry.at);
    if (!keys.some(({ name }) => proof.note.signatures.some((signature) => signature.name === name))) refuse('EVIDENCE.UNKNOWN_LOG', `the root trusts no key of the log ${origin.slice(0, 200)} for ${entry.at}`);
    verifyTlogProof(proof, proof.extra, keys, 'the proof');
    return { entry, index: proof.index, origin };
  }

  #checkTime(): string {
    const { root, now } = this.#evidence;
    const at = this.loggedAt ?? now;
    const valid = this.#keyIds.filter((keyId) => isValidAt(rootKey(root, keyId)!, at));
    if (valid.length === 0) refuse('EVIDENCE.KEY_NOT_VALID_THEN', `no key that signed was valid at ${at}`);
    this.#keyIds = valid;
    return this.loggedAt === undefined ? `valid now, at ${at}: no log says when it was made` : `valid when the log saw it, at ${at}`;
  }

  #checkTypes({ payloadType, payload }: VerifiedEnvelope): string {
    if (payloadType !== IN_TOTO_PAYLOAD_TYPE) refuse('EVIDENCE.WRONG_TYPE', `the payload type is ${JSON.stringify(payloadType).slice(0, 200)}`);
    const { _type, predicateType } = asRecord(parseJson(payload, 'the payload')) ?? {};
    if (_type !== STATEMENT_TYPE) refuse('EVIDENCE.WRONG_TYPE', `the payload is no in-toto statement v1 but ${JSON.stringify(_type ?? null).slice(0, 200)}`);
    this.#kind = typeof predicateType === 'string' && Object.hasOwn(KINDS, predicateType) ? KINDS[predicateType] : undefined;
    if (this.#kind === undefined) refuse('EVIDENCE.WRONG_TYPE', `the predicate ${JSON.stringify(predicateType ?? null).slice(0, 200)} is none that is read here`);
    return `a ${this.#kind}`;
  }

  #read(payload: Buffer, kind: ReadStatement['kind']): string {
    this.statement = readAs(kind, payload);
    return kind === 'provenance' ? 'parameters closed, nothing mutable, the definition is the one that is stated' : 'nothing in it is unknown or contradicts itself';
  }

  #checkEntitlement(statement: ReadStatement): string {
    const { root } = this.#evidence;
    const role = ROLES[statement.kind];
    const ofRole = this.#keyIds.filter((keyId) => rootKey(root, keyId)!.roles.includes(role));
    if (ofRole.length === 0) refuse('EVIDENCE.WRONG_ROLE', `a ${statement.kind} is for a ${role} to say; the keys are those of ${this.#rolesOf().join(', ') || 'nobody'}`);
    const fitting = ofRole.filter((keyId) => this.#maySay(statement, keyId));
    if (fitting.length === 0) this.#refuseSpeaker(statement);
    this.entitled = fitting.map((keyId) => ({ keyId, operator: rootKey(root, keyId)!.operator }));
    return `${role} ${this.entitled.map(({ operator }) => operator).join(', ')}`;
  }

  #rolesOf(): string[] {
    return [...new Set(this.#keyIds.flatMap((keyId) => rootKey(this.#evidence.root, keyId)!.roles))];
  }

  #maySay(statement: ReadStatement, keyId: string): boolean {
    const key = rootKey(this.#evidence.root, keyId)!;
    switch (statement.kind) {
      case 'provenance': return key.builderIds?.includes(statement.provenance.statement.predicate.runDetails.builder.id) === true;
      case 'rebuild': {
        const { operator, independence } = statement.rebuild.statement.predicate.rebuilder;
        return key.operator === operator && key.operator === independence.operator;
      }
      case 'release': case 'summary': return true;
    }
  }

  #refuseSpeaker(statement: ReadStatement): never {
    if (statement.kind === 'provenance') refuse('EVIDENCE.WRONG_BUILDER', `the root does not let its keys speak for the builder ${statement.provenance.statement.predicate.runDetails.builder.id.slice(0, 200)}`);
    return refuse('EVIDENCE.WRONG_OPERATOR', 'the statement calls its operator otherwise than the root binds its keys');
  }

  #checkSubject(statement: ReadStatement): string {
    const { file } = this.#evidence;
    if (file === undefined) return `${SKIPPED}no file was handed in`;
    const found = subjectsOf(statement).find(({ sha256 }) => sha256 === file);
    if (found === undefined) refuse('EVIDENCE.NOT_A_SUBJECT', `the statement does not speak of ${file}`);
    return found.name;
  }
}

const SKIPPED = 'skipped: ';

function readAs(kind: ReadStatement['kind'], payload: Buffer): ReadStatement {
  switch (kind) {
    case 'provenance': return { kind, provenance: parseStatement(payload, 'the statement') };
    case 'rebuild': return { kind, rebuild: parseRebuildStatement(payload, 'the statement') };
    case 'release': return { kind, release: parseRelease(payload, 'the statement') };
    case 'summary': return { kind, summary: parseSummary(payload, 'the statement') };
  }
}

/** The bytes that a statement speaks of. */
export function subjectsOf(statement: ReadStatement): { name: string; sha256: Sha256 }[] {
  const { subject } = statementOfKind(statement);
  return subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 }));
}

function statementOfKind(statement: ReadStatement): { subject: readonly { name: string; digest: { sha256: Sha256 } }[] } {
  switch (statement.kind) {
    case 'provenance': return statement.provenance.statement;
    case 'rebuild': return statement.rebuild.statement;
    case 'release': return statement.release.statement;
    case 'summary': return statement.summary.statement;
  }
}

type Refusal = 'EVIDENCE.BAD_SIGNATURE' | 'EVIDENCE.KEY_NOT_LOGGED' | 'EVIDENCE.KEY_NOT_VALID_THEN' | 'EVIDENCE.NOT_A_SUBJECT' | 'EVIDENCE.NOT_LOGGED' | 'EVIDENCE.NOT_THE_ENTRY'
  | 'EVIDENCE.UNKNOWN_LOG' | 'EVIDENCE.UNKNOWN_SIGNER' | 'EVIDENCE.WRONG_BUILDER' | 'EVIDENCE.WRONG_OPERATOR' | 'EVIDENCE.WRONG_ROLE' | 'EVIDENCE.WRONG_TYPE';

function refuse(code: Refusal, message: string): never {
  throw new Failure(code, message);
}
