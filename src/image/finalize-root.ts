import type { DeviceRow, PermissionRow, SystemSettings, UserRow } from '../catalog/model.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { displayPath, parentOf, ROOT_PATH, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { mergeTrees, type OwnedTree } from '../tree/merge.ts';
import { EMPTY_TREE, makeTree, type Tree } from '../tree/tree.ts';
import { addDevices, applyPermissions } from './apply-rows.ts';
import { purge } from './purge-root.ts';
import { RootDraft, type Declared, type Owner } from './root-draft.ts';
import { addInitScripts, addSystemFiles, type InitScript } from './system-files.ts';
import { addUsers } from './user-files.ts';

export type { Declared, Owner } from './root-draft.ts';
export type { InitScript } from './system-files.ts';

/** Raise it when the same input gives another root; part of the root step's key and of definitionDigest. */
export const FINALIZE_VERSION = 1;

export interface RootInput {
  /** What each package ships, the skeleton first, then in build order. */
  layers: readonly OwnedTree[];
  users: readonly Declared<UserRow>[];
  permissions: readonly Declared<PermissionRow>[];
  devices: readonly Declared<DeviceRow>[];
  initScripts: readonly Declared<InitScript>[];
  system: SystemSettings;
}

export interface FinalRoot {
  /** Empty where a finding is an error. */
  tree: Tree;
  /** Every path but the root. */
  owners: ReadonlyMap<PathBytes, Owner>;
  /** Paths that were dropped, a directory standing for its content, and the rule that dropped each. */
  purged: ReadonlyMap<PathBytes, string>;
  /** All of them, sorted. */
  findings: readonly Finding[];
  /** Generated content; the caller puts it into the store before the tree. */
  files: ReadonlyMap<Sha256, Uint8Array>;
}

/** The root file system as a pure function of what packages ship, what their tables say, and the configuration. */
export function finalizeRoot(input: RootInput): FinalRoot {
  const { layers, purged } = purgeLayers(input.layers);
  const draft = mergeLayers(layers);
  addInitScripts(draft, input.initScripts);
  addSystemFiles(draft, input.system);
  addUsers(draft, input.users, input.system.rootPassword);
  addDevices(draft, input.devices);
  applyPermissions(draft, input.permissions);
  return finished(draft, purged);
}

/** Before merging: two packages may well bring the same manual index, and neither will be there. */
function purgeLayers(layers: readonly OwnedTree[]): { layers: OwnedTree[]; purged: Map<PathBytes, string> } {
  const whole = new Set(layers.flatMap(({ tree }) => [...tree.entries.keys()]));
  const purged = new Map<PathBytes, string>();
  const kept = layers.map((layer) => {
    const result = purge(layer.tree, whole);
    for (const [path, rule] of result.purged) purged.set(path, rule);
    return { ...layer, tree: result.tree };
  });
  return { layers: kept, purged };
}

function mergeLayers(layers: readonly OwnedTree[]): RootDraft {
  const { tree, owners, conflicts } = mergeTrees(layers);
  const draft = new RootDraft(
    [...EMPTY_TREE.entries, ...tree.entries].map(([path, entry]) => [path, withoutSetuid(entry)] as const),
    [...owners].map(([path, name]): [PathBytes, Owner] => [path, { kind: 'package', name, reason: 'installed' }]),
  );
  for (const { owners: [standing, later], message } of conflicts) {
    draft.find(later, 'path-conflict', message, `Drop one of the packages, or declare \`overrides: [${standing}]\` in ${later} if its file is meant to stand.`);
  }
  for (const { owner, tree: own } of layers) {
    for (const [path, entry] of own.entries) {
      if (withoutSetuid(entry) !== entry) draft.find(owner, 'undeclared-setuid', `/${displayPath(path)} was setuid or setgid and is no longer`, 'Give it a row in `permissions`.', 'warning');
    }
  }
  return draft;
}

/** Only a row of a table makes a file setuid. */
function withoutSetuid(entry: TreeEntry): TreeEntry {
  return entry.kind === 'hard-link' || (entry.mode & 0o6000) === 0 ? entry : { ...entry, mode: entry.mode & 0o1777 };
}

function finished(draft: RootDraft, purged: ReadonlyMap<PathBytes, string>): FinalRoot {
  const findings = sortFindings(draft.findings);
  if (findings.some(({ severity }) => severity === 'error')) return { tree: EMPTY_TREE, owners: new Map(), purged, findings, files: new Map() };
  const tree = makeTree(draft.entries);
  return { tree, owners: ownersInOrder(tree, draft.owners), purged, findings, files: draft.files };
}

/** In the tree's order. A directory that no layer named but its content needs belongs to that content's owner. */
function ownersInOrder(tree: Tree, owners: ReadonlyMap<PathBytes, Owner>): Map<PathBytes, Owner> {
  const complete = new Map(owners);
  for (const path of [...tree.entries.keys()].toReversed()) {
    const owner = complete.get(path);
    const parent = parentOf(path);
    if (owner !== undefined && parent !== ROOT_PATH && !complete.has(parent)) complete.set(parent, owner);
  }
  return new Map([...tree.entries.keys()].filter((path) => path !== ROOT_PATH).map((path) => [path, complete.get(path)!]));
}
