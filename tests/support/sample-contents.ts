import type { Clock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import type { InventoryComponentRow, NewInventory } from '../../src/records/inventory-records.ts';
import type { PackageRow } from '../../src/records/plan-records.ts';
import type { Records } from '../../src/records/records.ts';
import type { PathOwner } from '../../src/records/owned-directories.ts';
import type { PathBytes } from '../../src/tree/entry.ts';
import { digestOf, sampleBuild } from './sample-records.ts';
import { sampleTree } from './sample-trees.ts';

/** Never the same millisecond twice, so that ids are in the order in which they were made. */
export function tickingClock(start: string): Clock {
  let nowMs = Date.parse(start);
  return { now: () => new Date(nowMs++), monotonicMs: () => nowMs };
}

export function sampleComponent(name: string, version: string, more: Partial<InventoryComponentRow> = {}): InventoryComponentRow {
  return {
    ref: `package:${digestOf(`${name} ${version} ${JSON.stringify(more)}`)}`, kind: 'package', scope: 'ships', name, version, license: 'MIT', licenses: ['MIT'],
    purls: [`pkg:generic/${name}@${version}?checksum=sha256:${digestOf(name)}`], cpes: [`cpe:2.3:a:${name}_project:${name}:${version}:*:*:*:*:*:*:*`],
    sourceSha256s: [digestOf(`${name}-${version}.tar`)], ...more,
  };
}

export function sampleInventory(word: string, components: readonly InventoryComponentRow[]): NewInventory {
  return { digest: digestOf(`inventory ${word}`), definitionDigest: digestOf(`definition ${word}`), rootTree: digestOf(`root ${word}`), components };
}

export interface ContentsBuild {
  word: string;
  target?: string;
  purpose?: string;
  components?: readonly InventoryComponentRow[];
  /** Path below /bin, with what is in it, and its owner's name. */
  files?: Readonly<Record<string, readonly [content: string | Uint8Array, owner: string]>>;
  packages?: readonly (PackageRow & { planKey: Sha256 })[];
}

/** A finished build with its files, its image and its inventory; returns its id. */
export async function buildWithContents(records: Records, { word, target = word, purpose, components, files = {}, packages = [] }: ContentsBuild): Promise<string> {
  const { id } = await records.builds.start(sampleBuild(target, word, purpose === undefined ? {} : { purpose }));
  const build = (await records.builds.claim(id, { runner: 'test' }))!;
  await records.recordPlan(build, { packages, inputs: [], steps: packages.map(({ name, planKey }) => ({ name, kind: 'container', recipe: name, planKey, needs: [] })) });
  await records.artifacts.recordImage(build, {
    name: 'rootfs.squashfs', format: 'squashfs', digests: { sha256: digestOf(`image ${word}`), sha512: digestOf('a') + digestOf(word), sizeBytes: 9 },
    parameters: {}, writerVersion: '1', rootTree: digestOf(`root ${word}`),
  });
  const fileSetId = await recordFiles(records, files);
  await records.builds.finish(build, { state: 'SUCCEEDED', rootTree: digestOf(`root ${word}`), fileSetId });
  if (components !== undefined) await linkNewInventory(records, id, word, components);
  return id;
}

export async function linkNewInventory(records: Records, buildId: string, word: string, components: readonly InventoryComponentRow[]): Promise<Sha256> {
  const inventory = sampleInventory(word, components);
  await records.contents.recordInventory(inventory);
  await records.contents.linkInventory(buildId, inventory.digest);
  return inventory.digest;
}

async function recordFiles(records: Records, files: NonNullable<ContentsBuild['files']>): Promise<number> {
  const directory = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 } as const;
  const list = Object.entries(files);
  const { tree } = sampleTree([['', directory], ['bin', directory], ...list.map(([name, [content]]) =>
    [`bin/${name}`, { kind: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from(content) }] as const)]);
  const owner = (name: string): PathOwner => ({ kind: 'package', name, reason: 'installs it' });
  return records.trees.recordFiles(tree, new Map<PathBytes, PathOwner>([
    ['bin' as PathBytes, owner('skeleton')], ...list.map(([name, [, by]]): [PathBytes, PathOwner] => [`bin/${name}` as PathBytes, owner(by)]),
  ]));
}
