import { jsonDigest } from '../../src/foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import type { BuildHandle, NewBuild } from '../../src/records/build-records.ts';
import type { NewExecution, OutputDigests } from '../../src/records/step-records.ts';
import type { Records } from '../../src/records/records.ts';

/** A digest out of a word. */
export const digestOf = (word: string): Sha256 => sha256(word);

export const SANDBOX = digestOf('sandbox');

export async function recordSampleSandbox(records: Records): Promise<void> {
  await records.artifacts.recordSandbox({
    digest: SANDBOX, lockDigest: digestOf('lock'), architecture: 'amd64', definition: { format: 1 },
    packages: [{ name: 'gcc', version: '12', architecture: 'amd64', sha256: digestOf('gcc.deb'), sizeBytes: 7, poolPath: 'pool/main/g/gcc.deb' }],
  });
}

export function sampleBuild(target: string, revision: string, more: Partial<NewBuild> = {}): NewBuild {
  const definition = { format: 1, target, revision };
  return {
    targetName: target, boardName: target, boardDigest: digestOf(`board ${target}`), architecture: 'x86_64', definition, definitionDigest: jsonDigest(definition),
    revisionDigest: digestOf(revision), sandboxDigest: SANDBOX, request: { target }, ...more,
  };
}

/** A running build with the steps `names`, one needing the other. */
export async function runningBuild(records: Records, target: string, revision: string, names: readonly string[] = ['libc', 'shell']): Promise<BuildHandle> {
  const { id } = await records.builds.start(sampleBuild(target, revision));
  const build = (await records.builds.claim(id, { runner: 'test' }))!;
  await records.recordPlan(build, {
    steps: names.map((name, i) => ({
      name, kind: 'container', recipe: name, planKey: digestOf(`plan ${name} ${revision}`), needs: i === 0 ? [] : [{ step: names[i - 1]!, kind: 'build' }],
    })),
    packages: names.map((name) => ({ name, version: '1', recipeDigest: digestOf(name), role: 'package', license: 'MIT', options: {}, reasons: [{ kind: 'board' }] })),
    inputs: [{ role: 'source', name: 'a.tar', digest: digestOf('a.tar') }],
  });
  return build;
}

export function sampleExecution(step: string, revision: string, outputs: OutputDigests, more: Partial<NewExecution> = {}): NewExecution {
  return {
    step, planKey: digestOf(`plan ${step} ${revision}`), actionKey: digestOf(`action ${step} ${revision}`), sandboxDigest: SANDBOX, outcome: 'succeeded', outputs,
    standsInStore: true, usage: { wallMs: 1200, cpuMs: 900, peakMemoryBytes: 1 << 20 }, runner: { name: 'test' }, log: { sha256: digestOf(`log ${step}`), sizeBytes: 3 },
    logTimes: [[0, 5]], startedAt: new Date('2026-01-01T00:00:00Z'), finishedAt: new Date('2026-01-01T00:00:01Z'), ...more,
  };
}
