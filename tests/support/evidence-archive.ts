import { sign, type KeyObject } from 'node:crypto';

import { writeBundle, type BundleContent } from '../../src/evidence/bundle-write.ts';
import { parseStatement, type ParsedStatement } from '../../src/evidence/parse-statement.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE, RELEASE_TYPE } from '../../src/evidence/predicates.ts';
import { rebuildStatement } from '../../src/evidence/rebuild-statement.ts';
import { statementOf, type MadeStatement } from '../../src/evidence/statement.ts';
import { expectedArtifacts, judgeArtifacts } from '../../src/evidence/verdict.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { readTar } from '../../src/image/read-tar.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import { makeEnvelope } from '../../src/signing/envelope-files.ts';
import { IN_TOTO_PAYLOAD_TYPE, preAuthenticationEncoding } from '../../src/signing/envelope.ts';
import { openKeyDirectory } from '../../src/signing/key-store.ts';
import { parseRootContent } from '../../src/signing/root-content.ts';
import type { Signature, SigningRole } from '../../src/signing/signer.ts';
import { payloadBytes } from '../../src/signing/verify-envelope.ts';
import { openLog, type TransparencyLog } from '../../src/transparency/log.ts';
import { proveEntry } from '../../src/transparency/read-log.ts';
import { pathBytes, pathToBuffer, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { tinyFacts } from './build-facts.ts';
import { MemoryLog } from './memory-log.ts';
import { BUILDER, testKey, testRing, type TestKey, type TestRing } from './signing-fixture.ts';

/** One home that built, logged and keeps evidence; everything real but the build. */
export class EvidenceHome {
  readonly keys: TestRing;
  readonly storage = new MemoryLog();
  readonly log: TransparencyLog;
  readonly made: MadeStatement;
  readonly blobs: Map<Sha256, Uint8Array>;
  readonly #indexes = new Map<Sha256, number>();

  private constructor(keys: TestRing, origin: string, made: MadeStatement) {
    this.keys = keys;
    this.made = made;
    this.blobs = new Map(made.blobs);
    this.log = openLog({ storage: this.storage, signer: keys.ring, origin, clock: keys.clock });
  }

  static async open(operator = 'local'): Promise<EvidenceHome> {
    const keys = await testRing(operator);
    const [root] = await keys.ring.roots();
    return new EvidenceHome(keys, parseRootContent(payloadBytes(root!), 'root').log.origin, statementOf(await tinyFacts()));
  }

  /** The home's root.json, as it is handed to a stranger. */
  async rootJson(version?: number): Promise<Buffer> {
    const roots = await this.keys.ring.roots();
    return Buffer.from(JSON.stringify(roots.at(version === undefined ? -1 : version - 1)));
  }

  /** Any payload under the key of any role: what an honest signer refuses, a thief of the key can do. */
  async signAs(role: SigningRole, payload: Uint8Array, type = IN_TOTO_PAYLOAD_TYPE): Promise<Signature> {
    const { keyId, directory } = { keyId: (await this.keys.ring.keys()).findLast((key) => key.role === role)!.keyId, directory: this.keys.directory };
    return signWith(keyId, await (await openKeyDirectory(directory)).privateKey(keyId), payload, type);
  }

  /** Signed, logged, proved. `logged`: what the log is told instead of the truth. */
  async statement(payload: Uint8Array, type: string, signatures: readonly Signature[], logged: { sha256?: Sha256; keys?: readonly string[]; payloadType?: string } = {}): Promise<StatementPart> {
    const digest = logged.sha256 ?? sha256(payload);
    const [entry] = await this.log.record([{ t: 'statement', sha256: digest, type, keys: logged.keys ?? signatures.map(({ keyId }) => keyId) }]);
    this.#indexes.set(sha256(payload), entry!.index);
    return { envelopes: [makeEnvelope(logged.payloadType ?? IN_TOTO_PAYLOAD_TYPE, payload, signatures)], proof: await proveEntry(this.storage, entry!.index) };
  }

  /** The tiny build's provenance, honest unless changed. */
  async provenance(change: (statement: MadeStatement['statement']) => void = () => undefined, role: SigningRole = 'builder'): Promise<StatementPart> {
    const statement = structuredClone(this.made.statement);
    change(statement);
    const payload = Buffer.from(canonicalJson(statement));
    return this.statement(payload, PROVENANCE_TYPE, [await this.signAs(role, payload)]);
  }

  parsed(): ParsedStatement {
    return parseStatement(this.made.payload, 'the provenance');
  }

  /** A rebuild that another operator made and this home imported. */
  async rebuild(operator: string, key: TestKey, told: { claims?: string; original?: ParsedStatement; definitionDigest?: Sha256; differs?: boolean } = {}): Promise<StatementPart> {
    const original = told.original ?? this.parsed();
    const expected = expectedArtifacts(original.statement);
    const actual = told.differs === true ? expected.map((one, at) => at === 0 ? { ...one, sha256: sha256('other bytes') } : one) : expected;
    const claims = told.claims ?? operator;
    const { payload } = rebuildStatement({
      original, definitionDigest: told.definitionDigest ?? original.definitionDigest, outcome: { artifacts: await judgeArtifacts(expected, actual, { comparable: true }) },
      rebuilder: { id: BUILDER, version: { provenroot: '0.1.0' }, operator: claims, independence: { operator: claims, site: 'x', cpuVendor: 'x', kernel: 'x', worker: 'x' } },
      attempt: 1, timings: { startedAt: this.keys.clock.now(), finishedAt: this.keys.clock.now(), cpuMs: 1, peakMemoryBytes: 1 },
    });
    return this.statement(payload, REBUILD_TYPE, [signWith(key.keyId, key.private, payload)]);
  }

  async release(subjects: readonly { name: string; sha256: string }[]): Promise<StatementPart> {
    const payload = Buffer.from(canonicalJson({
      _type: 'https://in-toto.io/Statement/v1', predicateType: RELEASE_TYPE, predicate: { product: 'kiosk', version: '1.4.0' }, subject: subjects.map(({ name, sha256: digest }) => ({ name, digest: { sha256: digest } })),
    }));
    return this.statement(payload, RELEASE_TYPE, [await this.keys.ring.signPayload('releaser', IN_TOTO_PAYLOAD_TYPE, payload)]);
  }

  /** Binds a new key of another operator. */
  async friend(operator: string): Promise<TestKey> {
    const key = testKey();
    await this.keys.ring.trustKey({ publicKey: key.pem, operator, roles: ['rebuilder'], builderIds: [BUILDER] });
    return key;
  }

  async content(statements: readonly StatementPart[], more: Partial<BundleContent> = {}): Promise<BundleContent> {
    const byproducts = this.made.statement.predicate.runDetails.byproducts.flatMap(({ name, digest }) => {
      const bytes = this.blobs.get(digest['sha256'] as Sha256);
      return bytes === undefined ? [] : [{ name, sha256: digest['sha256'] as Sha256, sizeBytes: bytes.byteLength }];
    });
    return {
      provenance: sha256(payloadBytes(statements[0]!.envelopes[0]!)), statements, checkpoint: this.storage.notes.at(-1)!.note, roots: await this.keys.ring.roots(), byproducts,
      files: [{ path: 'configuration.json', bytes: Buffer.from('{}') }, { path: 'catalog/recipes/hello/recipe.yaml', bytes: Buffer.from('name: hello\n') }, { path: 'catalog/recipes/hello/run.sh', bytes: Buffer.from('#!/bin/sh\n'), executable: true }],
      ...more,
    };
  }

  archive(content: BundleContent): Promise<Buffer> {
    return bytesOf(writeBundle(content, this));
  }

  async* readBlob(digest: Sha256): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(this.blobs.get(digest)!);
  }
}

export type StatementPart = BundleContent['statements'][number];

export function signWith(keyId: string, key: KeyObject, payload: Uint8Array, type = IN_TOTO_PAYLOAD_TYPE): Signature {
  return { keyId, signature: sign(null, preAuthenticationEncoding(type, payload), key) };
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function* streamOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield await Promise.resolve(bytes.subarray(at, at + 65_536));
}

/** The archive with other files in it: what somebody with an ordinary tar can do on the way. */
export async function retarred(archive: Buffer, change: (files: Map<string, Buffer>) => void, links: ReadonlyMap<string, string> = new Map()): Promise<Buffer> {
  const files = new Map<string, Buffer>();
  const sink = async (file: { path: PathBytes; sizeBytes: number }, content: AsyncIterable<Uint8Array>): Promise<{ sha256: Sha256; sizeBytes: number }> => {
    const bytes = await bytesOf(content);
    files.set(pathToBuffer(file.path).toString(), bytes);
    return { sha256: sha256(bytes), sizeBytes: bytes.byteLength };
  };
  for await (const _entry of readTar(streamOf(archive), { devices: 'refuse' }, sink)) { /* The sink takes all. */ }
  change(files);
  const entries: [PathBytes, TreeEntry][] = [...files].map(([path, bytes]) => [pathBytes(path), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(bytes), sizeBytes: bytes.byteLength }]);
  for (const [path, target] of links) entries.push([pathBytes(path), { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(target) }]);
  const byDigest = new Map([...files.values()].map((bytes) => [sha256(bytes), bytes]));
  return bytesOf(writeTar(makeTree(entries), { readBlob: (digest) => streamOf(byDigest.get(digest)!) }, { epochSeconds: 0 }));
}
