/**
 * `node bench/inventory.ts [PACKAGES]`: what a build is made of, as one value and as documents on disk, for a synthetic build of 400
 * packages and 60,000 files. Each row is a process of its own, which starts from the facts in memory; time is CPU after those are made,
 * memory the most that the whole process held (`maxRSS`).
 *
 *   node, facts     what is there before anything is done
 *   floor           one `JSON.stringify` a file: path, digests, owner; nothing else
 *   inventory       facts to inventory; + check: with `checkInventory`
 *   a document      facts to inventory to that document; goal for both of CycloneDX: 5 s, 200 MiB
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BillOfMaterials } from '../src/documents/document.ts';
import type { Sha256 } from '../src/foundation/digest.ts';
import type { InventoryFacts } from '../src/inventory/inventory-facts.ts';
import type { Inventory } from '../src/inventory/inventory.ts';
import { syntheticFacts } from '../tests/support/synthetic-facts.ts';

const PACKAGES = 400;

interface Cost { wallMs: number; cpuMs: number; peakMiB: number; writtenMiB: number; files: number }
type Work = (facts: InventoryFacts, write: (chunks: Iterable<string>) => void) => Promise<void>;

const cyclone = async (inventory: Inventory, ...details: ('packages' | 'files')[]): Promise<BillOfMaterials[]> => {
  const { cycloneDx } = await import('../src/documents/cyclone-dx.ts');
  return details.map((detail) => cycloneDx(inventory, { detail, version: '1.7' }));
};
const inventoryOfFacts = async (facts: InventoryFacts): Promise<Inventory> => (await import('../src/inventory/inventory-of.ts')).inventoryOf(facts);
const documentsOf = (make: (inventory: Inventory) => Promise<BillOfMaterials[]>): Work => async (facts, write) => { for (const { chunks } of await make(await inventoryOfFacts(facts))) write(chunks()); };

const WORKS: Readonly<Record<string, Work | undefined>> = {
  'node': undefined,
  'facts': async () => {},
  'floor': async (facts, write) => write(rows(facts)),
  'inventory': async (facts) => { await inventoryOfFacts(facts); },
  'inventory + check': async (facts) => { (await import('../src/inventory/check-inventory.ts')).checkInventory(await inventoryOfFacts(facts)); },
  'CycloneDX packages': documentsOf((inventory) => cyclone(inventory, 'packages')),
  'CycloneDX files': documentsOf((inventory) => cyclone(inventory, 'files')),
  'CycloneDX both': documentsOf((inventory) => cyclone(inventory, 'packages', 'files')),
  'SPDX 3 files': documentsOf(async (inventory) => [(await import('../src/documents/spdx3.ts')).spdx3(inventory, { detail: 'files' })]),
  'SPDX 2 files': documentsOf(async (inventory) => [(await import('../src/documents/spdx2.ts')).spdx2(inventory, { detail: 'files' })]),
};

function* rows({ files, contents }: InventoryFacts): Generator<string> {
  for (const { path, entry, owner } of files) {
    if (entry.kind === 'file') yield `${JSON.stringify({ path, sha256: entry.sha256, sha512: contents[entry.sha256]?.sha512, owner: owner?.name })}\n`;
  }
}

async function work(name: string, packages: number, rootTree: Sha256): Promise<Cost> {
  const run = WORKS[name];
  const facts = run === undefined ? undefined : syntheticFacts(packages, rootTree);
  const scratch = mkdtempSync(join(tmpdir(), 'provenroot-bench-inventory-'));
  const path = join(scratch, 'document');
  const file = openSync(path, 'w');
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  if (facts !== undefined) await run?.(facts, (chunks) => { for (const chunk of chunks) writeSync(file, chunk); });
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - wall;
  closeSync(file);
  const written = statSync(path).size;
  rmSync(scratch, { recursive: true, force: true });
  return { wallMs, cpuMs: (user + system) / 1000, peakMiB: process.resourceUsage().maxRSS / 1024, writtenMiB: written / 2 ** 20, files: facts?.files.length ?? 0 };
}

const [, script, first, second] = process.argv;

/** With V8's own young generation, and with a small one: it takes what it is given, up to 128 MiB. */
const NODES: readonly (readonly string[])[] = [[], ['--max-semi-space-size=8']];

function ran(name: string, packages: number, rootTree: string, options: readonly string[], cache: string): Cost {
  return JSON.parse(execFileSync(process.execPath, ['--no-warnings', ...options, script!, '--work', `${name}\t${packages}\t${rootTree}`], { encoding: 'utf8', env: { ...process.env, NODE_COMPILE_CACHE: cache } })) as Cost;
}

function bench(packages: number): void {
  const { rootTree } = syntheticFacts(packages);
  const cache = mkdtempSync(join(tmpdir(), 'provenroot-bench-cache-'));
  process.stdout.write(`load ${loadavg().map((value) => value.toFixed(1)).join(' ')}; ${packages} packages\n`);
  for (const name of Object.keys(WORKS)) {
    ran(name, 1, rootTree, [], cache);
    const [{ cpuMs, wallMs, writtenMiB, files, peakMiB }, small] = NODES.map((options) => ran(name, packages, rootTree, options, cache)) as [Cost, Cost];
    process.stdout.write(`${name.padEnd(19)} ${seconds(cpuMs)} s CPU ${seconds(wallMs)} s wall ${mib(peakMiB)} MiB peak | small young generation: ${seconds(small.cpuMs)} s CPU ${mib(small.peakMiB)} MiB peak | ${writtenMiB.toFixed(1)} MiB of ${files} paths\n`);
  }
  rmSync(cache, { recursive: true, force: true });
}

const seconds = (ms: number): string => (ms / 1000).toFixed(2).padStart(5);
const mib = (value: number): string => value.toFixed(0).padStart(4);

if (first === '--work') {
  const [name = '', packages = '', rootTree = ''] = second!.split('\t');
  process.stdout.write(JSON.stringify(await work(name, Number(packages), rootTree as Sha256)));
} else bench(Number(first ?? PACKAGES));
