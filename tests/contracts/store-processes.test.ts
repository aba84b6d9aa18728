import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { systemClock, type Clock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { thisWriter } from '../../src/store/writer.ts';
import { openTemporaryStore, type TemporaryStore } from '../support/temporary-store.ts';

const PROCESS = fileURLToPath(new URL('../support/store-process.ts', import.meta.url));

let opened: TemporaryStore;
beforeEach(async () => { opened = await openTemporaryStore(); });
afterEach(async () => { await opened.close(); });

interface Running {
  child: ChildProcess;
  lines: string[];
  /** Resolves once so many lines were said. */
  said: (count: number) => Promise<void>;
  ended: Promise<number | null>;
}

function start(mode: 'same' | 'write' | 'use', seed: string, count: number): Running {
  const child = spawn(process.execPath, ['--no-warnings', PROCESS, mode, opened.root, seed, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  let rest = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
  });
  const said = async (wanted: number): Promise<void> => {
    while (lines.length < wanted && child.exitCode === null) await once(child.stdout, 'data');
  };
  return { child, lines, said, ended: new Promise((resolve) => { child.on('close', resolve); }) };
}

const promised = (lines: readonly string[], what: string): string[] => lines.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));

describe('parallel processes', () => {
  it('that put the same blobs leave each once and whole', async () => {
    const all = Array.from({ length: 4 }, (_, i) => start('same', String(i), 40));
    expect(await Promise.all(all.map(async ({ ended }) => await ended))).toEqual([0, 0, 0, 0]);
    const { findings, checked } = await opened.store.verify();
    expect(findings).toEqual([]);
    expect(checked.blobs).toBe(new Set(all.flatMap(({ lines }) => promised(lines, 'blob'))).size);
    for (const { lines } of all) expect(promised(lines, 'blob')).toEqual(promised(all[0]!.lines, 'blob'));
    const next = await openLocalStore(opened.root, { clock: systemClock });
    for (const digest of promised(all[0]!.lines, 'blob')) expect((await next.statBlob(digest as Sha256))?.sha256).toBe(digest);
  });

  it('that use old objects while gc runs never find one missing that they were told of', async () => {
    const users = [start('use', 'a', 40), start('use', 'b', 40)];
    // To this gc, all that was not used within the last 150 ms is old.
    const soon: Clock = { now: () => new Date(systemClock.now().getTime() + 3_600_000 - 150), monotonicMs: () => systemClock.monotonicMs() };
    let deleted = 0;
    let over = false;
    const ended = Promise.all(users.map(async (user) => await user.ended)).finally(() => { over = true; });
    const collector = await openLocalStore(opened.root, { clock: soon });
    while (!over) {
      deleted += (await collector.gc({ roots: { blobs: [], trees: [], actions: [] }, graceMs: 3_600_000, dryRun: false })).deleted.length;
      await pause(5);
    }
    expect(await ended).toEqual([0, 0]);
    // All three have happened, or the test has shown nothing.
    expect(deleted).toBeGreaterThan(0);
    expect(users.flatMap(({ lines }) => promised(lines, 'reused')).length).toBeGreaterThan(0);
    expect(users.flatMap(({ lines }) => promised(lines, 'made')).length).toBeGreaterThan(7);
  });
});

describe('kill -9 of a writer', () => {
  it('at 25 moments leaves no half object, and keeps what was promised', async () => {
    for (let i = 0; i < 25; i++) {
      const writer = start('write', `writer ${i}`, 1000);
      // A round says 15 lines: every stage of it is met, on a fast machine as on a slow one.
      await writer.said((i * 7) % 40);
      await pause((i * 3) % 11);
      writer.child.kill('SIGKILL');
      await writer.ended;
      expect(writer.child.signalCode).toBe('SIGKILL');
      await expectSound(writer.lines);
    }
  });

  async function expectSound(lines: readonly string[]): Promise<void> {
    const next = await openLocalStore(opened.root, { clock: systemClock });
    expect((await next.verify()).findings).toEqual([]);
    for (const digest of promised(lines, 'blob')) expect(await next.hasBlob(digest as Sha256)).toBe(true);
    for (const key of promised(lines, 'action')) expect(await next.getAction(key as Sha256)).toBeDefined();
    for (const path of promised(lines, 'checkout')) expect(readdirSync(path)).toEqual(['d0', 'd1', 'd2']);
    // The dead writer's temporary files went when the store was opened; only ours may be there.
    expect(readdirSync(join(opened.root, 'tmp')).filter((name) => name !== thisWriter().name)).toEqual([]);
  }
});
