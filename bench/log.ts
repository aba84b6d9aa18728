/**
 * `node bench/log.ts [--postgres]`: the transparency log and the signer, on this machine under this load.
 *
 *   append      entries a second into the log with a checkpoint each second, for ten seconds; in memory, and with
 *               --postgres in that of a home made for it (goal 5,000)
 *   prove       proofs of random entries from tiles, a second
 *   fsck        entries a second, everything derived anew
 *   sign        statements of 1 KiB and of 200 KiB a second, through the signer's process
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { canonicalJson } from '../src/foundation/canonical-json.ts';
import { systemClock } from '../src/foundation/clock.ts';
import { sha256 } from '../src/foundation/digest.ts';
import { CHECKOUT } from '../src/main/checkout.ts';
import { openSigner } from '../src/main/open-signer.ts';
import { openDatabase } from '../src/records/database.ts';
import { logRecords } from '../src/records/log-records.ts';
import { applyMigrations } from '../src/records/migrations.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../src/signing/envelope.ts';
import { parseRootContent } from '../src/signing/root-content.ts';
import { logKeys, trustedRoot } from '../src/signing/trust-root.ts';
import { payloadBytes } from '../src/signing/verify-envelope.ts';
import type { NewLogEntry } from '../src/transparency/entry.ts';
import { checkLog } from '../src/transparency/fsck.ts';
import { openLog } from '../src/transparency/log.ts';
import { proveEntry } from '../src/transparency/read-log.ts';
import type { LogStorage } from '../src/transparency/storage.ts';
import { MemoryLog } from '../tests/support/memory-log.ts';
import { cpuCounters, since } from './build-cpu.ts';

const SECONDS = 10;
/** What one caller hands over at once, and how many callers there are at a time. */
const BATCH = 50;
const CALLERS = 8;
const PROOFS = 500;

const print = (name: string, value: number, unit: string): void => { process.stdout.write(`${name.padEnd(24)} ${value.toFixed(0).padStart(9)} ${unit}\n`); };
const elapsed = (since: number): number => (systemClock.monotonicMs() - since) / 1000;

const home = mkdtempSync(join(tmpdir(), 'provenroot-bench-log-'));
chmodSync(home, 0o755);
const signer = openSigner(home, { builderIds: ['https://provenroot.dev/builders/container@v1'] });
const [root] = await signer.roots();
const { origin } = parseRootContent(payloadBytes(root!), 'root').log;

async function measureLog(name: string, storage: LogStorage): Promise<void> {
  const log = openLog({ storage, signer, origin, clock: systemClock });
  let next = 0;
  const batch = (): NewLogEntry[] => Array.from({ length: BATCH }, () => ({ t: 'statement', sha256: sha256(String(next++)), type: 'https://slsa.dev/provenance/v1', keys: [sha256('key')] }));
  const cpu = process.cpuUsage();
  const before = cpuCounters(home);
  const began = systemClock.monotonicMs();
  const publishing = setInterval(() => { void log.publish(); }, 1000);
  await Promise.all(Array.from({ length: CALLERS }, async () => { while (elapsed(began) < SECONDS) { await log.append(batch()); await setImmediate(); } }));
  clearInterval(publishing);
  await log.publish();
  const size = await storage.size();
  print(`${name}: append`, size / elapsed(began), 'entries/s');
  const { user, system } = process.cpuUsage(cpu);
  print(`${name}: append`, size / ((user + system) / 1e6), 'entries a second of this process\'s CPU');
  const { database } = since(before, cpuCounters(home));
  if (database > 0) print(`${name}: append`, size / (database / 1000), 'entries a second of Postgres\'s CPU');
  print(`${name}: checkpoints`, (await storage.checkpoints(-1, 1000)).length, `over ${size} entries`);
  const proving = systemClock.monotonicMs();
  for (let i = 0; i < PROOFS; i++) await proveEntry(storage, (i * 7919) % size);
  print(`${name}: prove`, PROOFS / elapsed(proving), 'proofs/s');
  const checking = systemClock.monotonicMs();
  const { findings, entries } = await checkLog(storage, { origin, keys: logKeys(trustedRoot(root!, 'root'), origin, systemClock.now().toISOString()) });
  print(`${name}: fsck`, entries / elapsed(checking), `entries/s, ${findings.length} findings`);
}

async function measureSigning(name: string, sizeBytes: number, count: number): Promise<void> {
  const payload = Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1', subject: [], predicate: { filler: 'x'.repeat(sizeBytes) } }));
  const began = systemClock.monotonicMs();
  await Promise.all(Array.from({ length: count }, () => signer.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, payload)));
  print(`sign: ${name}`, count / elapsed(began), 'signatures/s');
}

try {
  process.stdout.write(`load ${loadavg().map((value) => value.toFixed(1)).join(' ')}\n`);
  await measureLog('memory', new MemoryLog());
  if (process.argv.includes('--postgres')) {
    const database = await openDatabase({ home, clock: systemClock });
    try {
      await applyMigrations(database.pool, join(CHECKOUT, 'prisma', 'migrations'));
      await measureLog('postgres', logRecords(database.pool));
    } finally {
      await database.close();
    }
  }
  await measureSigning('1 KiB', 1024, 3000);
  await measureSigning('200 KiB', 200 * 1024, 200);
} finally {
  await signer.close();
  rmSync(home, { recursive: true, force: true });
}
