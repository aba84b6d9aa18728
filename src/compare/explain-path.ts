import { contentDetail } from '../detail/content-detail.ts';
import { DETAIL_LIMITS, type ContentDetail } from '../detail/detail.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import type { Content, EntryFacts, ImageContent, Stamp } from '../readers/image-content.ts';
import { displayPath, pathBytes, type FileEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { nearPaths } from '../tree/near-paths.ts';
import type { Tree } from '../tree/tree.ts';
import type { Change } from './comparison.ts';
import { contentsByDigest } from './contents-by-digest.ts';
import type { PackageChange } from './package-changes.ts';
import type { ToldComparison } from './told.ts';
import { isWhole } from './whole-change.ts';

/** A tree, and the files in it. */
export interface OpenTree {
  tree: Tree;
  content(path: PathBytes): Content | undefined;
  /** Absent: a tree on record, which has none. */
  facts?: ReadonlyMap<PathBytes, EntryFacts>;
}

/** What an entry has beside its place in a tree. */
export interface ShownFacts {
  /** RFC 3339, UTC, as fine as the format has it. */
  modified?: string;
  /** Of a file that are not stored because they are zeros. */
  holeBytes?: number;
}

export interface ExplainedChange {
  change: Change;
  owner?: string;
  /** What the records say of its owner. */
  package?: PackageChange;
  /** Where these differ, and one tree alone has the path. */
  facts?: Both<ShownFacts>;
  /** Of a file whose content differs, and is at hand. */
  detail?: ContentDetail;
}

/** Where details are kept, by the digests of both contents and DETAIL_VERSION; `make` is called where it has none. */
export type KeepDetail = (digests: Both<Sha256>, make: () => Promise<ContentDetail>) => Promise<ContentDetail>;

export interface ExplainOptions {
  keep?: KeepDetail;
  /** Both files as they were given; undefined where one is a build, or too large to be held. Asked for where the path is that of the whole. */
  whole?: () => Both<Buffer> | undefined;
}

export interface PathExplanation {
  /** As asked for, from the root on. */
  path: PathBytes;
  /** 0: it is the same on both sides. 3: proved noise alone. 1: it differs. */
  exit: ExitCode;
  /** Of the path itself; several where several partitions have it. */
  changes: readonly ExplainedChange[];
  /** Of a directory: what differs below it. */
  below: readonly Change[];
}

/**
 * All that is known of one path: `asked` is absolute or from the root on, also in the escaped form in which names are shown.
 * `open` gives the trees of both sides; it is called where contents are told, or where the path is none that differs.
 * Throws COMPARE.UNKNOWN_PATH with near misses.
 */
export async function explainPath(told: ToldComparison, asked: string, open: () => Promise<Both<readonly OpenTree[]>>, options: ExplainOptions = {}): Promise<PathExplanation> {
  const wanted = (path: PathBytes | undefined): boolean => path !== undefined && `/${displayPath(path)}` === shownPath(asked);
  const { changes } = told.comparison;
  const own = changes.filter(({ path, otherPath }) => wanted(path) || wanted(otherPath));
  const below = changes.filter((change) => !own.includes(change) && isBelow(change, shownPath(asked)));
  if (own.length + below.length === 0) mustBeThere(asked, await open());
  const explained: ExplainedChange[] = [];
  for (const change of own) explained.push(await explainedChange(change, told, open, options));
  const differing = [...own, ...below];
  return {
    path: own[0]?.path ?? pathBytes(shownPath(asked).slice(1)), changes: explained, below,
    exit: differing.length === 0 ? EXIT.done : differing.every(({ noise }) => noise) ? EXIT.noise : EXIT.no,
  };
}

/** With one slash before and none behind. */
function shownPath(asked: string): string {
  return `/${asked.replaceAll(/^\/+|\/+$/g, '')}`;
}

function isBelow({ path, otherPath }: Change, shown: string): boolean {
  const prefix = shown === '/' ? '/' : `${shown}/`;
  return [path, otherPath].some((one) => one !== undefined && `/${displayPath(one)}`.startsWith(prefix));
}

function mustBeThere(asked: string, { left, right }: Both<readonly OpenTree[]>): void {
  const shown = shownPath(asked);
  const paths = [...new Set([...left, ...right].flatMap(({ tree }) => [...tree.entries.keys()].map((path) => `/${displayPath(path)}`)))];
  if (shown === '/' || paths.includes(shown)) return;
  const near = nearPaths(shown, paths);
  throw new Failure('COMPARE.UNKNOWN_PATH', `there is nothing at "${displayPath(pathBytes(shown))}" on either side`, {
    hint: near.length === 0 ? 'Look at the paths that differ: provenroot diff.' : `Did you mean ${near.join(', ')}?`, place: asked, details: { candidates: near },
  });
}

async function explainedChange(change: Change, told: ToldComparison, open: () => Promise<Both<readonly OpenTree[]>>, { keep = (_digests, make) => make(), whole }: ExplainOptions): Promise<ExplainedChange> {
  const owner = told.owner(change);
  const of = told.packages.find(({ name }) => name === owner);
  const files = differingFiles(change);
  const given = isWhole(change) ? whole?.() : undefined;
  const detail = given !== undefined ? await contentDetail(given.left, given.right) : files === undefined ? undefined : await detailOf(files, await open(), keep);
  const facts = change.classes.includes('times') || change.classes.includes('sparse') ? factsOf(change, await open()) : undefined;
  return { change, ...(owner === undefined ? {} : { owner }), ...(of === undefined ? {} : { package: of }), ...(facts === undefined ? {} : { facts }), ...(detail === undefined ? {} : { detail }) };
}

function factsOf({ path, otherPath = path }: Change, { left, right }: Both<readonly OpenTree[]>): Both<ShownFacts> | undefined {
  const [before, after] = [onlyFacts(left, otherPath), onlyFacts(right, path)];
  return before === undefined || after === undefined ? undefined : { left: before, right: after };
}

function onlyFacts(trees: readonly OpenTree[], path: PathBytes): ShownFacts | undefined {
  const [found, ...more] = trees.flatMap(({ facts }) => facts?.get(path) ?? []);
  if (found === undefined || more.length > 0) return undefined;
  const { modified, holeBytes } = found;
  return { ...(modified === undefined ? {} : { modified: stampText(modified) }), ...(holeBytes === undefined ? {} : { holeBytes }) };
}

/** Seconds alone of what is no year of four digits. */
function stampText({ seconds, nanoseconds }: Stamp): string {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return `${seconds} s since 1970`;
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

/** Of the years 0000 and 9999. */
const FIRST_SECOND = -62_167_219_200;
const LAST_SECOND = 253_402_300_799;

/** Both files, where their contents differ and neither is too large to be held. */
function differingFiles({ before, after, classes }: Change): Both<FileEntry> | undefined {
  if (!classes.includes('content') || !isHeld(before) || !isHeld(after)) return undefined;
  return { left: before, right: after };
}

function isHeld(entry: TreeEntry | undefined): entry is FileEntry {
  return entry?.kind === 'file' && entry.sizeBytes <= DETAIL_LIMITS.contentBytes;
}

async function detailOf({ left, right }: Both<FileEntry>, trees: Both<readonly OpenTree[]>, keep: KeepDetail): Promise<ContentDetail | undefined> {
  const [a, b] = [await fileOf(trees.left, left.sha256), await fileOf(trees.right, right.sha256)];
  return a === undefined || b === undefined ? undefined : keep({ left: left.sha256, right: right.sha256 }, () => contentDetail(a, b));
}

async function fileOf(trees: readonly OpenTree[], digest: Sha256): Promise<Buffer | undefined> {
  return contentsByDigest(trees, new Set([digest])).get(digest)?.read();
}

/** Every tree of an image, of partitions and in wrappers too. */
export function treesOf(content: ImageContent): OpenTree[] {
  switch (content.kind) {
    case 'tree': return [{ tree: content.tree, facts: content.facts, content: (path) => content.content(path) }];
    case 'disk': return content.partitions.flatMap((partition) => treesOf(partition.content));
    case 'compressed': case 'layered': return treesOf(content.content);
    case 'opaque': return [];
  }
}
