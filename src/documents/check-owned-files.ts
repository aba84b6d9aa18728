import { canonicalJson } from '../foundation/canonical-json.ts';
import { filesOfTree, type TreeFile } from '../inventory/files-of-tree.ts';
import type { PathBytes } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import { comparePaths, type Tree } from '../tree/tree.ts';
import { HELD, pathKey, type BillContents, type OwnedField, type OwnedPath } from './read-owned-files.ts';

/** One path on which a document and an image do not agree. */
export interface PathDifference {
  /** Absolute, as it stands in the document or would; a hostile one may hold anything: escape it for a terminal. */
  path: string;
  /** `missing` in the image, `extra` in it, `changed`. */
  kind: 'missing' | 'extra' | 'changed';
  /**
   * Of a changed path, sorted. `ref` alone: what the document says of it only by digest, so size, extended attributes, or
   * whatever else its format has no words for.
   */
  fields: readonly (OwnedField | 'ref' | 'path')[];
}

export interface PathComparison {
  /** Paths that both were asked for. */
  compared: number;
  missing: number;
  extra: number;
  changed: number;
  /** The first of them in the order of paths. */
  listed: readonly PathDifference[];
  /** Of the image's tree. */
  rootTree: string;
  /** The root directory itself, of which documents list nothing: undefined where the document has no digest of the whole. */
  rootAgrees?: boolean;
  /** What the document's format cannot hold, in words. */
  notHeld: readonly string[];
}

const MAX_LISTED = 100;

/** Every path of a tree against every path of a document, both ways. Of a document without paths only the digest of the whole is compared. */
export function checkOwnedFiles(bill: BillContents, tree: Tree, limit = MAX_LISTED): PathComparison {
  const { listsAll, pathBytes } = HELD[bill.format];
  const all = bill.detail === 'packages' ? [] : filesOfTree(tree);
  const asked = listsAll ? all : all.filter(({ hashes }) => hashes !== undefined);
  const { found, hidden } = keyed(asked, pathBytes);
  const differences = [...hidden, ...differencesOf(bill, found)];
  const count = (wanted: PathDifference['kind']): number => differences.filter(({ kind }) => kind === wanted).length;
  const rootTree = treeDigest(tree);
  return {
    compared: found.size, missing: count('missing'), extra: count('extra'), changed: count('changed'), listed: differences.slice(0, limit), rootTree,
    ...(bill.rootTree === undefined ? {} : { rootAgrees: bill.rootTree === rootTree }),
    notHeld: notHeldBy(bill, all.length - asked.length),
  };
}

/** Where a format escapes bytes, two paths of an image can read alike: the second must not hide behind the first. */
function keyed(files: readonly TreeFile[], pathBytes: boolean): { found: ReadonlyMap<PathBytes, TreeFile>; hidden: readonly PathDifference[] } {
  const found = new Map<PathBytes, TreeFile>();
  const hidden: PathDifference[] = [];
  for (const file of files) {
    const key = pathKey(pathBytes ? file : { path: file.path }, 'the image');
    if (found.has(key)) hidden.push({ path: file.path, kind: 'extra', fields: [] });
    else found.set(key, file);
  }
  return { found, hidden };
}

function differencesOf({ format, files }: BillContents, found: ReadonlyMap<PathBytes, TreeFile>): PathDifference[] {
  const paths = [...new Set([...files.keys(), ...found.keys()])].toSorted(comparePaths);
  return paths.flatMap((key): PathDifference[] => {
    const stated = files.get(key);
    const file = found.get(key);
    if (stated === undefined) return [{ path: file!.path, kind: 'extra', fields: [] }];
    if (file === undefined) return [{ path: stated.path, kind: 'missing', fields: [] }];
    const fields = differingFields(stated, file, format);
    return fields.length === 0 ? [] : [{ path: stated.path, kind: 'changed', fields }];
  });
}

function differingFields(stated: OwnedPath, file: TreeFile, format: BillContents['format']): PathDifference['fields'] {
  const words = HELD[format].fields.filter((field) => !agrees(field, stated, file, format));
  const digests = (['path', 'ref'] as const).filter((field) => stated[field] !== file[field]);
  return [...words, ...digests].toSorted();
}

function agrees(field: OwnedField, stated: OwnedPath, file: TreeFile, format: BillContents['format']): boolean {
  switch (field) {
    case 'sha256': return stated.sha256 === file.hashes?.sha256;
    case 'target': return sameTarget(stated.target, file.target, format);
    case 'device': return canonicalJson(stated.device ?? null) === canonicalJson(file.device ?? null);
    case 'kind': case 'mode': case 'uid': case 'gid': return stated[field] === file[field];
  }
}

/** SPDX 3 has a comment for it, in which more may follow; the ref holds the target exactly. */
function sameTarget(stated: string | undefined, target: string | undefined, format: BillContents['format']): boolean {
  return stated === target || (format === 'spdx-3.0.1' && target !== undefined && stated?.startsWith(`${target}; `) === true);
}

function notHeldBy({ format, detail, rootTree }: BillContents, left: number): string[] {
  if (detail === 'packages') return ['paths: the document is one of packages'];
  return [
    ...(HELD[format].listsAll ? [] : [`directories, symbolic links, devices, pipes: ${format} lists only what has bytes, ${left} paths of the image were not compared`]),
    ...(rootTree === undefined ? ['mode, owner and attributes of the root directory itself'] : []),
  ];
}
