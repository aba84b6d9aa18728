import { canonicalJson } from '../foundation/canonical-json.ts';
import type { PackageReason } from './package-changes.ts';

/** A build as a history names it. */
export interface HistoryBuild { build: string; target: string; definitionDigest: string; finishedAt: string }

/** An entry of the final root, as far as it is told. */
export interface PathState {
  kind: 'path';
  /** `file`, `directory`, `symlink` …; a hard link has what its file has. */
  entry: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number | null;
  sha256: string | null;
  /** For people, as paths are. */
  target: string | null;
  device: { major: number; minor: number } | null;
  /** Values in hexadecimal. */
  xattrs: Readonly<Record<string, string>> | null;
  owner: { kind: string; name: string; reason: string };
}

/** `planKey`: what it was made from in one digest; two that are equal were made in the same way. */
export interface PackageState { kind: 'package'; version: string; license: string; role: string; recipeDigest: string; planKey: string | null; options: Readonly<Record<string, unknown>> }
export interface LicenseState { kind: 'license'; packages: readonly string[] }
/** Files of the root that define it for others. */
export interface SymbolState { kind: 'symbol'; files: readonly { path: string; owner: string }[] }
export type HistoryState = PathState | PackageState | LicenseState | SymbolState;

/** What the record says about one package between the two builds. */
export interface HistoryCause { package: string; kind: 'added' | 'removed' | 'changed' | 'unchanged'; reasons: readonly { reason: PackageReason; detail: string }[] }

/** The newest build of before, the oldest of after. */
export interface HistoryChange { before: HistoryBuild; after: HistoryBuild; causes: readonly HistoryCause[] }

/** Builds that follow one another and have the same state. */
export interface HistorySpan {
  /** Null: it is not there. */
  state: HistoryState | null;
  /** The oldest of them. */
  since: HistoryBuild;
  /** The newest of them. */
  until: HistoryBuild;
  builds: number;
  /** How it came to be; null for the oldest that was looked at. */
  change: HistoryChange | null;
}

export interface History {
  subject: { kind: HistoryState['kind']; name: string };
  scope: { kind: 'target' | 'board' | 'configuration'; name: string };
  /** How many builds were looked at. */
  builds: number;
  /** Of those how many could not tell: without an inventory. They are in no span. */
  untold: number;
  /** There are older ones. */
  more: boolean;
  /** Files that were not read: gone from the store, too large or damaged. */
  unread: number;
  /** Newest first; none where no build can tell. */
  spans: readonly HistorySpan[];
}

/** Rows newest first; so are the spans. */
export function spansOf(rows: readonly { build: HistoryBuild; state: HistoryState | null }[]): Omit<HistorySpan, 'change'>[] {
  const spans: { key: string; state: HistoryState | null; since: HistoryBuild; until: HistoryBuild; builds: number }[] = [];
  for (const { build, state } of rows) {
    const key = canonicalJson(state);
    const last = spans.at(-1);
    if (last?.key === key) { last.since = build; last.builds++; }
    else spans.push({ key, state, since: build, until: build, builds: 1 });
  }
  return spans.map(({ state, since, until, builds }) => ({ state, since, until, builds }));
}

/** Packages that the record is asked about, where one state became another. */
export function packagesBehind(before: HistoryState | null, after: HistoryState | null, asked: string): string[] {
  return [...new Set([before, after].flatMap((state) => state === null ? [] : namesOf(state, asked)))].filter((name) => !isUntouched(name, before, after)).toSorted();
}

function namesOf(state: HistoryState, asked: string): readonly string[] {
  switch (state.kind) {
    case 'path': return state.owner.kind === 'generator' ? [] : [state.owner.name];
    case 'package': return [asked];
    case 'license': return state.packages;
    case 'symbol': return state.files.map(({ owner }) => owner);
  }
}

/** Of a list what stayed on it has nothing to do with the change. */
function isUntouched(name: string, before: HistoryState | null, after: HistoryState | null): boolean {
  if (before?.kind === 'license' || after?.kind === 'license') return [before, after].every((state) => state?.kind === 'license' && state.packages.includes(name));
  if (before?.kind !== 'symbol' || after?.kind !== 'symbol') return false;
  const paths = ({ files }: SymbolState): string => canonicalJson(files.filter(({ owner }) => owner === name).map(({ path }) => path));
  return paths(before) === paths(after);
}
