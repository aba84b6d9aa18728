import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import type { CompletenessClaim, Inventory } from './inventory.ts';
import type { InventoryFacts } from './inventory-facts.ts';
import { ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree } from '../tree/tree.ts';

type Known = Omit<Inventory, 'completeness'>;
type Subject = CompletenessClaim['subject'];

/** What may be said of the whole, each computed from what is there; `ordered`: the facts' files in order of path. */
export function completenessOf(known: Known, facts: InventoryFacts, ordered: InventoryFacts['files']): CompletenessClaim[] {
  return [
    files(known, ordered), none('ownership', known.files.filter(({ owner }) => owner === undefined).length, known.files.length, 'paths have no owner'), hashes(known),
    runTime(known), buildNeeds(known, facts), staticLinks(known), licenses(known), sources(known, facts), sandbox(known),
  ];
}

function claim(subject: Subject, state: CompletenessClaim['state'], reason: string): CompletenessClaim {
  return { subject, state, reason };
}

function none(subject: Subject, missing: number, all: number, what: string): CompletenessClaim {
  return claim(subject, missing === 0 ? 'complete' : 'incomplete', `${missing} of ${all} ${what}`);
}

/** The list is the root exactly when it hashes to the root's digest. */
function files({ build }: Known, ordered: InventoryFacts['files']): CompletenessClaim {
  const same = ordered[0]?.path === ROOT_PATH && digestOf(ordered) === build.rootTree;
  return claim('files', same ? 'complete' : 'incomplete', `the listed paths ${same ? 'hash' : 'do not hash'} to the digest of the root's tree`);
}

/** Undefined where the paths are no tree: one stands twice, or a link leads to what is not listed. */
function digestOf(ordered: InventoryFacts['files']): Sha256 | undefined {
  try {
    return treeDigest(makeTree(pairs(ordered)));
  } catch (error) {
    if (errorCodeOf(error) !== 'TREE.BAD_ENTRY') throw error;
    return undefined;
  }
}

function* pairs(ordered: InventoryFacts['files']): Generator<[PathBytes, TreeEntry]> {
  for (const { path, entry } of ordered) yield [path, entry];
}

function hashes({ files: all }: Known): CompletenessClaim {
  const regular = all.filter(({ kind }) => kind === 'file' || kind === 'hard-link');
  return none('hashes', regular.filter((file) => file.hashes === undefined).length, regular.length, 'files have no digests');
}

function runTime({ files: all, unresolved }: Known): CompletenessClaim {
  const unread = all.filter(({ content }) => content?.kind === 'unread').length;
  const opening = all.filter(({ content }) => content?.kind === 'elf' && content.opensLibraries).length;
  const programs = all.filter(({ content }) => content?.kind === 'elf').length;
  const reason = `of ${programs} programs and libraries ${opening} may open libraries by name (dlopen); ${unresolved.length} needs are not met in the root; ${unread} files could not be read. Programs started by others are not seen`;
  return claim('run-time-dependencies', unresolved.length + unread + opening === 0 ? 'complete' : 'incomplete', reason);
}

/** Nothing else can have taken part: a step sees what its needs gave and the sandbox. */
function buildNeeds({ relations }: Known, { packages }: InventoryFacts): CompletenessClaim {
  const known = new Set(packages.map(({ name }) => name));
  const missing = packages.flatMap(({ needs }) => [...needs.build, ...needs.host, ...needs.run]).filter((name) => !known.has(name)).length;
  const edges = relations.filter(({ kind }) => kind === 'needsAtBuild' || kind === 'needsAtHost').length;
  return none('build-dependencies', missing, edges + missing, 'needs of the recipes name nothing in the build; steps saw nothing else but the sandbox');
}

function staticLinks({ relations, files: all }: Known): CompletenessClaim {
  if (!all.some(({ content }) => content?.kind === 'elf')) return claim('static-links', 'complete', 'nothing in the root is compiled');
  const inferred = relations.filter(({ kind }) => kind === 'linksStatically').length;
  return claim('static-links', 'unknown', `${inferred} are inferred from what each package was given to build with; the bytes do not tell`);
}

function licenses({ components }: Known): CompletenessClaim {
  const licensed = components.filter(({ kind, scope }) => (kind === 'package' || kind === 'runtime-component') && scope === 'ships');
  return none('licenses', licensed.filter(({ licenses: { declared } }) => declared === undefined).length, licensed.length, 'shipped components declare no license');
}

/** The definition lists what steps were given; the components list what recipes name: both must be one. */
function sources({ components }: Known, { definition }: InventoryFacts): CompletenessClaim {
  const listed = new Set(components.flatMap((one) => [...one.sources, ...one.patches]).map(({ sha256 }) => sha256));
  const given = definition.inputs.filter(({ role }) => role === 'source' || role === 'patch');
  return none('sources', given.filter(({ digest }) => !listed.has(digest)).length, given.length, 'sources and patches that steps were given belong to no component');
}

function sandbox({ sandbox: { packages } }: Known): CompletenessClaim {
  return claim('sandbox', packages.length > 0 ? 'complete' : 'unknown', `${packages.length} packages, as the lock names them`);
}
