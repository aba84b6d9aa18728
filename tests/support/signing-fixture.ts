import type { KeyObject } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Clock } from '../../src/foundation/clock.ts';
import { newPrivateKey, parsePublicKey, publicPem, type PublicKey } from '../../src/signing/key.ts';
import { openKeyRing } from '../../src/signing/key-ring.ts';
import { openKeyDirectory } from '../../src/signing/key-store.ts';
import type { KeyRing, Signer } from '../../src/signing/signer.ts';

export const BUILDER = 'https://provenroot.dev/builders/container@v1';

/** A clock that a test moves. */
export class SteppingClock implements Clock {
  #ms: number;

  constructor(start = '2026-01-01T00:00:00.000Z') {
    this.#ms = Date.parse(start);
  }

  now(): Date { return new Date(this.#ms); }
  monotonicMs(): number { return performance.now(); }
  forward(ms: number): void { this.#ms += ms; }
}

export interface TestKey extends PublicKey { private: KeyObject; pem: string }

export function testKey(): TestKey {
  const key = newPrivateKey();
  const pem = publicPem(key);
  return { ...parsePublicKey(pem, 'a test key'), private: key, pem };
}

export interface TestRing { ring: Signer & KeyRing; directory: string; clock: SteppingClock; remove: () => Promise<void> }

export async function testRing(operator = 'local', clock = new SteppingClock()): Promise<TestRing> {
  const parent = await mkdtemp(join(tmpdir(), 'provenroot-keys-'));
  const directory = join(parent, 'keys');
  return {
    directory, clock, ring: openKeyRing(await openKeyDirectory(directory), { clock, operator, builderIds: [BUILDER] }),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
