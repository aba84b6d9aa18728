import { readFile } from 'node:fs/promises';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug, Failure, Fault } from '../foundation/failure.ts';
import type { SandboxCommand, SandboxExit } from '../sandbox/runner.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import type { ExtractionMeans } from './extraction-means.ts';

interface ToolRun {
  label: string;
  /** A file of this folder. */
  script: 'list-images.py' | 'take-texts.py';
  /** Read-only below /src, by path. */
  inputs: readonly { path: string; sha256: Sha256 }[];
  /** What the script reads as /src/jobs.json. */
  jobs: unknown;
  /** The directory below /out that it leaves. */
  output: string;
}

const LIMITS: SandboxCommand['limits'] = { memoryBytes: 2 * 1024 ** 3, pids: 256, cpus: 1, timeMs: 30 * 60 * 1000 };
const TOLD_BYTES = 2000;

/**
 * One container over all inputs: starting one takes longer than most of what is done in it. Returns the tree that the
 * script left, its files in the store. Throws EXTRACTION.RUN_FAILED, STORE.MISSING, and an AbortError once stopped.
 */
export async function runTools(run: ToolRun, means: ExtractionMeans): Promise<Tree> {
  const { runner, store, signal } = means;
  const command = await toolCommand(run, means);
  await means.prepareSandbox();
  const said: Uint8Array[] = [];
  const { exit, outputs } = await runner.run(command, { onLog: (chunk) => said.push(Uint8Array.from(chunk)) }, signal);
  if (exit.kind === 'cancelled') throw new DOMException(`${run.label} was stopped`, 'AbortError');
  const left = outputs[run.output];
  if (left === undefined) {
    throw new Fault('EXTRACTION.RUN_FAILED', `${run.label}: ${endOf(exit)}: ${Buffer.concat(said).toString('utf8').slice(-TOLD_BYTES)}`, { place: run.label });
  }
  return store.getTree(left);
}

async function toolCommand({ label, script, inputs, jobs }: ToolRun, { sandbox, store }: ExtractionMeans): Promise<SandboxCommand> {
  const file = async (bytes: Uint8Array): Promise<TreeEntry> => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, ...contentOf(await store.putBlob(bytes)) });
  const entries: [PathBytes, TreeEntry][] = [
    [pathBytes(script), await file(await readFile(new URL(script, import.meta.url)))],
    [pathBytes('jobs.json'), await file(Buffer.from(canonicalJson(jobs)))],
  ];
  for (const { path, sha256 } of inputs) {
    const blob = await store.statBlob(sha256);
    if (blob === undefined) throw new Failure('STORE.MISSING', `blob ${sha256} is not in the store`, { place: path, details: { digest: sha256 } });
    entries.push([pathBytes(path), { kind: 'file', mode: 0o644, uid: 0, gid: 0, ...contentOf(blob) }]);
  }
  return {
    label, sandbox, mounts: [{ at: '/src', trees: [await store.putTree(makeTree(entries))] }], argv: ['/usr/bin/python3', '-I', `/src/${script}`],
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/build', TZ: 'UTC', LC_ALL: 'C' }, epochSeconds: 0, limits: LIMITS,
  };
}

function contentOf({ sha256, sizeBytes }: { sha256: Sha256; sizeBytes: number }): { sha256: Sha256; sizeBytes: number } {
  return { sha256, sizeBytes };
}

function endOf(exit: SandboxExit): string {
  switch (exit.kind) {
    case 'exited': return `exited with ${exit.code}`;
    case 'out-of-memory': return 'ran out of memory';
    case 'time-limit': return `took longer than ${LIMITS.timeMs / 60_000} minutes`;
    case 'disk-full': return 'the disk is full';
    case 'cancelled': throw new Bug('a stopped run has no end to tell');
  }
}
