import { sign, type KeyObject } from 'node:crypto';

import { makeEnvelope } from '../../src/signing/envelope-files.ts';
import { preAuthenticationEncoding, type Envelope } from '../../src/signing/envelope.ts';
import { encodeRootContent, ROOT_PAYLOAD_TYPE, type RootContent } from '../../src/signing/root-content.ts';
import { trustedRoot, type TrustRoot } from '../../src/signing/trust-root.ts';
import { BUILDER, testKey, type TestKey } from './signing-fixture.ts';

const FROM = '2026-01-01T00:00:00.000Z';

/** Signs anything: what our own signer would refuse. */
export function envelopeBy(key: { private: KeyObject; keyId: string }, payload: Uint8Array, payloadType: string): Envelope {
  return makeEnvelope(payloadType, payload, [{ keyId: key.keyId, signature: sign(null, preAuthenticationEncoding(payloadType, payload), key.private) }]);
}

export interface OperatorKeys { operator: string; rebuilder: TestKey }

/** A root over made-up keys: one builder of `builderOperator`, one rebuilder for each operator. */
export function testRoot(builder: TestKey, builderOperator: string, rebuilders: readonly OperatorKeys[]): TrustRoot {
  const rootKey = testKey();
  const log = testKey();
  const base = { validFrom: FROM };
  const content: RootContent = {
    format: 1, version: 1, issuedAt: FROM, threshold: 1, roots: [rootKey.keyId],
    keys: [
      { ...base, keyId: rootKey.keyId, publicKey: rootKey.pem, roles: ['root'], operator: builderOperator },
      { ...base, keyId: log.keyId, publicKey: log.pem, roles: ['log'], operator: builderOperator },
      { ...base, keyId: builder.keyId, publicKey: builder.pem, roles: ['builder'], operator: builderOperator, builderIds: [BUILDER] },
      ...rebuilders.map(({ operator, rebuilder }) => ({ ...base, keyId: rebuilder.keyId, publicKey: rebuilder.pem, roles: ['rebuilder' as const], operator })),
    ],
    log: { origin: 'provenroot.test/log', keyIds: [log.keyId] },
  };
  return trustedRoot(envelopeBy(rootKey, encodeRootContent(content), ROOT_PAYLOAD_TYPE), 'a test root');
}

/** Whatever it is, under a builder's key. */
export function signWithTestRoot(payload: Uint8Array, payloadType: string): { envelope: Envelope; root: TrustRoot } {
  const builder = testKey();
  return { envelope: envelopeBy(builder, payload, payloadType), root: testRoot(builder, 'acme', []) };
}
