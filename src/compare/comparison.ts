import type { CauseCode } from '../causes/cause-codes.ts';
import type { Cause, KnownFacts, PartDifference } from '../causes/cause.ts';
import { NOTHING_KNOWN } from '../causes/cause.ts';
import type { Both } from '../foundation/both.ts';
import type { EntryFacts, Content, TreeFormat } from '../readers/image-content.ts';
import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** One tree to compare; what `readImage` calls a `TreeContent` is one. */
export interface Side {
  tree: Tree;
  facts: ReadonlyMap<PathBytes, EntryFacts>;
  /** Absent: a tree on record, which can say everything. */
  format?: TreeFormat;
  /** Absent, or nothing for a path: only digests are known, and no difference in content is explained. */
  content?(path: PathBytes): Content | undefined;
  /** Whether the whole image has the path; asked where `tree` is only what differs of it. Absent: `tree` is all of it. */
  has?(path: PathBytes): boolean;
}

/** `content` is bytes of a file; `type` another kind of entry; `links` a link's target; `hardlink` which paths share one file. */
export type ChangeClass = 'content' | 'type' | 'links' | 'device' | 'mode' | 'owner' | 'xattrs' | 'hardlink' | 'times' | 'sparse';

export interface Change {
  /** Which container: '' is the outermost, `partition 2 "root"` one in it. */
  place: string;
  /** On the right; of what is removed, on the left. '' is the root of the tree, or the container as a whole. */
  path: PathBytes;
  /** Of what moved: where it was on the left. */
  otherPath?: PathBytes;
  kind: 'added' | 'removed' | 'changed' | 'moved';
  /** In the order of CLASSES; of what moved, what changed besides. */
  classes: readonly ChangeClass[];
  causes: readonly Cause[];
  /** True where the causes are noise, proved, and account for all of it. */
  noise: boolean;
  /** As the trees have it, hard links as such. Absent where there is none, or where it is no entry of a tree. */
  before?: TreeEntry;
  after?: TreeEntry;
  /** Right less left. */
  sizeDelta: number;
  parts?: readonly PartDifference[];
  /** Of an archive or image that is a file: what changed in it. */
  inside?: Comparison;
}

export type LayoutValue = string | number | boolean | null;

/** How something is laid out, or wrapped, differs; null: that side has no such thing. */
export interface LayoutDifference {
  place: string;
  key: string;
  left: LayoutValue;
  right: LayoutValue;
  cause: CauseCode;
  noise: boolean;
}

export interface Verdict {
  bytesEqual: boolean;
  /** Formats, wrappers, parameters, ids, order, padding, holes. */
  layoutEqual: boolean;
  /** Modes, owners, attributes, times, hard links of what both sides have. */
  metadataEqual: boolean;
  /** The same paths, kinds of entries, file contents, link targets and devices. */
  contentEqual: boolean;
}

/** Something that a reader found wrong, with the side that it is wrong on. */
export interface SideFinding { side: 'left' | 'right'; severity: 'error' | 'warning' | 'note'; place: string; rule: string; message: string }

export interface Comparison {
  verdict: Verdict;
  /** By place, then key. */
  layout: readonly LayoutDifference[];
  /** By place, then path, each once. */
  changes: readonly Change[];
  findings: readonly SideFinding[];
}

/** What it may cost to look into files whose digests differ. */
export interface CompareOptions {
  known: Both<KnownFacts>;
  /** A larger file is not looked into. */
  fileBytes: number;
  /** Of all files that are looked into, both sides together. */
  totalBytes: number;
  /** Archives in archives. */
  depth: number;
}

const MIB = 2 ** 20;
export const DEFAULT_OPTIONS: CompareOptions = {
  known: { left: NOTHING_KNOWN, right: NOTHING_KNOWN }, fileBytes: 64 * MIB, totalBytes: 1024 * MIB, depth: 4,
};
