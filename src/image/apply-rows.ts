import type { DeviceRow, PermissionRow } from '../catalog/model.ts';
import { displayPath, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Declared, Owner, RootDraft } from './root-draft.ts';

const SETUID_OR_SETGID = 0o6000;

/** Rows in the order of their packages. A hard link stands for its file. Only here can a file become setuid. */
export function applyPermissions(draft: RootDraft, rows: readonly Declared<PermissionRow>[]): void {
  const seen = new Map<PathBytes, Declared<PermissionRow>>();
  for (const declared of rows) {
    const path = draft.pathOf(declared.row.path, declared.owner);
    if (path === undefined || clashes(draft, seen, path, declared)) continue;
    seen.set(path, declared);
    applyPermission(draft, path, declared);
  }
}

function clashes(draft: RootDraft, seen: ReadonlyMap<PathBytes, Declared<PermissionRow>>, path: PathBytes, { owner, row }: Declared<PermissionRow>): boolean {
  const other = seen.get(path);
  if (other === undefined) return false;
  const equal = other.row.kind === row.kind && other.row.mode === row.mode && other.row.uid === row.uid && other.row.gid === row.gid;
  if (!equal) draft.find(owner, 'permission-clash', `${row.path} is ${describe(row)} here and ${describe(other.row)} in ${other.owner}`, 'Keep one of the rows.');
  return true;
}

function applyPermission(draft: RootDraft, path: PathBytes, { owner, row }: Declared<PermissionRow>): void {
  const inode = inodeAt(draft, path);
  const wanted = row.kind === 'file' ? 'file' : 'directory';
  if (inode === undefined) {
    draft.find(owner, 'permission-without-path', `${row.path} is not in the root`, 'Correct the path, or drop the row.');
  } else if (inode[1].kind !== wanted) {
    draft.find(owner, 'permission-of-other-kind', `${row.path} is a ${inode[1].kind}, the row says ${row.kind}`, 'Correct `kind`, or name what the link points at.');
  } else if (row.kind === 'recursive' && (row.mode & SETUID_OR_SETGID) !== 0) {
    draft.find(owner, 'recursive-setuid', `${row.path} would be setuid or setgid with everything below it`, 'Give each such file a row of its own.');
  } else {
    for (const below of row.kind === 'recursive' ? pathsBelow(draft, path) : []) change(draft, below, owner, row);
    change(draft, path, owner, row);
  }
}

function pathsBelow(draft: RootDraft, path: PathBytes): PathBytes[] {
  return [...draft.entries.keys()].filter((other) => path === '' ? other !== '' : other.startsWith(`${path}/`));
}

function change(draft: RootDraft, path: PathBytes, owner: string, row: PermissionRow): void {
  const found = inodeAt(draft, path);
  if (found === undefined) return;
  const [at, entry] = found;
  // Search permission of directories goes where read permission is: one recursive mode serves files and directories.
  const search = row.kind === 'recursive' && entry.kind === 'directory' ? (row.mode & 0o444) >> 2 : 0;
  draft.entries.set(at, { ...entry, mode: entry.kind === 'symlink' ? entry.mode : row.mode | search, uid: row.uid, gid: row.gid });
  const standing = draft.owners.get(path);
  if (standing !== undefined) draft.owners.set(path, { ...standing, reason: `${standing.reason}; ${describe(row)} by the permissions of ${owner}` });
}

function inodeAt(draft: RootDraft, path: PathBytes): [PathBytes, Exclude<TreeEntry, { kind: 'hard-link' }>] | undefined {
  const entry = draft.entries.get(path);
  if (entry?.kind !== 'hard-link') return entry === undefined ? undefined : [path, entry];
  return inodeAt(draft, entry.target);
}

function describe({ kind, mode, uid, gid }: PermissionRow): string {
  return `${mode.toString(8).padStart(4, '0')} ${uid}:${gid}${kind === 'recursive' ? ' with all below' : ''}`;
}

export function addDevices(draft: RootDraft, rows: readonly Declared<DeviceRow>[]): void {
  for (const { owner, row } of rows) {
    const path = draft.pathOf(row.path, owner);
    if (path === undefined) continue;
    const { mode, uid, gid, major, minor } = row;
    const told: Owner = { kind: 'table', name: owner, reason: `${row.kind} of its devices` };
    if (row.major > 0xfff || row.minor > 0xf_ffff) {
      draft.find(owner, 'device-number', `${displayPath(path)} has number ${major}:${minor}; majors end at 4095, minors at 1048575`, 'Correct the numbers.');
      continue;
    }
    draft.add(path, row.kind === 'fifo' ? { kind: 'fifo', mode, uid, gid } : { kind: row.kind, mode, uid, gid, major, minor }, told, owner);
  }
}
