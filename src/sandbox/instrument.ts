import { jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault } from '../foundation/failure.ts';
import type { Store } from '../store/store.ts';
import { pathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import type { Runner, SandboxCommand } from './runner.ts';

/** Sources of the instrument, as they lie in `sandbox/` of the checkout. */
export interface InstrumentSources { preload: Uint8Array; build: Uint8Array }

const LIMITS: SandboxCommand['limits'] = { memoryBytes: 1024 ** 3, pids: 256, cpus: 1, timeMs: 10 * 60 * 1000 };

/**
 * What varied runs are seen through: a preload and a locale, made by the sandbox's own tools in a container of its own and
 * kept in the store under a key of their sources. Nothing of it is in the sandbox's image. Returns the tree's digest.
 */
export async function instrumentTree(sandbox: Sha256, sources: InstrumentSources, { runner, store }: { runner: Runner; store: Store }, signal: AbortSignal): Promise<Sha256> {
  const key = jsonDigest({ kind: 'variation-instrument', sandbox, preload: sha256(sources.preload), build: sha256(sources.build) });
  const known = (await store.getAction(key))?.outputs['variation'];
  if (known !== undefined) return known;
  const command = await instrumentCommand(sandbox, sources, store);
  const said: Uint8Array[] = [];
  const run = await runner.run(command, { onLog: (chunk) => said.push(chunk) }, signal);
  const made = run.outputs['variation'];
  const log = Buffer.concat(said);
  if (run.exit.kind === 'cancelled') throw new DOMException('the varied runs were stopped', 'AbortError');
  if (made === undefined) throw new Fault('SANDBOX.NO_INSTRUMENT', `the tools of varied runs could not be made: ${log.toString('utf8').slice(-2000)}`);
  await store.putAction(key, { format: 1, outputs: { variation: made }, log: (await store.putBlob(log)).sha256 });
  return made;
}

async function instrumentCommand(sandbox: Sha256, { preload, build }: InstrumentSources, store: Store): Promise<SandboxCommand> {
  const file = async (bytes: Uint8Array, mode: number): Promise<TreeEntry> => {
    const { sha256: digest, sizeBytes } = await store.putBlob(bytes);
    return { kind: 'file', mode, uid: 0, gid: 0, sha256: digest, sizeBytes };
  };
  const src = makeTree([[pathBytes('variation.c'), await file(preload, 0o644)], [pathBytes('variation-build.sh'), await file(build, 0o755)]]);
  return {
    label: 'variation', sandbox, mounts: [{ at: '/src', trees: [await store.putTree(src)] }], argv: ['/bin/sh', '/src/variation-build.sh'],
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/build/home', TZ: 'UTC', LC_ALL: 'C' }, epochSeconds: 0, limits: LIMITS,
  };
}
