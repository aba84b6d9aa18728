import type { UserRow } from '../catalog/model.ts';
import { pathBytes, ROOT_PATH } from '../tree/entry.ts';
import type { Declared, Owner, RootDraft } from './root-draft.ts';

interface Group { name: string; gid: number }

/** In every root: uid 0, the owner of nothing, the group that devpts gives terminals to. */
const BASE_USERS: readonly UserRow[] = [
  { name: 'root', uid: 0, group: 'root', gid: 0, home: '/root', shell: '/bin/sh', comment: 'root' },
  { name: 'nobody', uid: 65_534, group: 'nogroup', gid: 65_534, home: '/', shell: '/bin/false', comment: 'nobody' },
];
const BASE_GROUPS: readonly Group[] = [{ name: 'tty', gid: 5 }];

const ACCOUNT = /^[a-z_][a-z0-9_-]{0,30}$/;
const FIELD = /^[^:\x00-\x1f\x7f]*$/;
const HASH = /^\$[0-9a-z]+\$[A-Za-z0-9./,=$-]{20,250}$/;

/** /etc/passwd, group and shadow, sorted by number; homes that no package brings. `rootPassword`: a crypt(3) hash or `locked`. */
export function addUsers(draft: RootDraft, rows: readonly Declared<UserRow>[], rootPassword: string): void {
  const declared = rows.filter((one) => isSound(draft, one));
  const users = unclashing(draft, [...BASE_USERS.map((row) => ({ owner: BASE, row })), ...declared]);
  const groups = new Map([...BASE_GROUPS, ...users.map(({ row }) => ({ name: row.group, gid: row.gid }))].map((group) => [group.gid, group]));
  const owner: Owner = { kind: 'generator', name: 'users', reason: 'accounts of the system and of its packages' };
  const byNumber = users.map(({ row }) => row).toSorted((a, b) => a.uid - b.uid);
  const add = (name: string, mode: number, lines: readonly string[]): void =>
    draft.addFile(pathBytes(`etc/${name}`), lines.map((line) => `${line}\n`).join(''), { mode, uid: 0, gid: 0 }, owner, FROM_SYSTEM);
  add('passwd', 0o644, byNumber.map(({ name, uid, gid, comment, home, shell }) => [name, 'x', uid, gid, comment, home, shell].join(':')));
  add('group', 0o644, [...groups.values()].toSorted((a, b) => a.gid - b.gid).map(({ name, gid }) => `${name}:x:${gid}:`));
  add('shadow', 0o600, byNumber.map(({ name, uid }) => `${name}:${uid === 0 ? rootField(draft, rootPassword) : LOCKED}:::::::`));
  for (const { owner: name, row } of users) if (name !== BASE) addHome(draft, name, row);
}

const BASE = '';
const FROM_SYSTEM = 'system.users';
/** No password fits it, and unlike `!` it does not lock out a login by key. */
const LOCKED = '*';

function rootField(draft: RootDraft, rootPassword: string): string {
  if (rootPassword === 'locked') return LOCKED;
  if (HASH.test(rootPassword)) return rootPassword;
  draft.find('system.root_password', 'root-password', 'the root password is no crypt(3) hash', 'Give a hash as `openssl passwd -6` makes it, or `locked`.');
  return LOCKED;
}

/** One bad field would shift all others of its line, or add a line: a second user 0. */
function isSound(draft: RootDraft, { owner, row }: Declared<UserRow>): boolean {
  const bad = (why: string): false => {
    draft.find(owner, 'bad-user', `user "${row.name.slice(0, 40)}" ${why}`, 'Correct the row.');
    return false;
  };
  if (!ACCOUNT.test(row.name) || !ACCOUNT.test(row.group)) return bad('or its group has a name that is no account name');
  for (const id of [row.uid, row.gid]) if (!Number.isInteger(id) || id < 0 || id > 0xffff_fffe) return bad(`has number ${id}`);
  if (row.uid === 0) return bad('would be a second root');
  if (![row.comment, row.home, row.shell].every((field) => FIELD.test(field))) return bad('has a colon or a control character in a field');
  return row.home.startsWith('/') && row.shell.startsWith('/') || bad('has a home or shell that is no absolute path');
}

function unclashing(draft: RootDraft, rows: readonly Declared<UserRow>[]): Declared<UserRow>[] {
  const kept: Declared<UserRow>[] = [];
  for (const one of rows) {
    const other = kept.find(({ row }) => row.name === one.row.name || row.uid === one.row.uid);
    const sameGroup = [...kept.map(({ row }) => ({ name: row.group, gid: row.gid })), ...BASE_GROUPS]
      .find(({ name, gid }) => (name === one.row.group) !== (gid === one.row.gid));
    if (other !== undefined && sameRow(other.row, one.row)) continue;
    if (other !== undefined) clash(draft, one, `user ${other.row.name} (${other.row.uid})`, other.owner);
    else if (sameGroup !== undefined) clash(draft, one, `group ${sameGroup.name} (${sameGroup.gid})`, BASE);
    else kept.push(one);
  }
  return kept;
}

function clash(draft: RootDraft, { owner, row }: Declared<UserRow>, what: string, other: string): void {
  const whose = other === BASE ? '' : ` of ${other}`;
  draft.find(owner, 'user-clash', `user ${row.name} (${row.uid}, group ${row.group} ${row.gid}) clashes with ${what}${whose}`, 'Choose a name and a number that nobody has.');
}

function sameRow(a: UserRow, b: UserRow): boolean {
  return a.name === b.name && a.uid === b.uid && a.group === b.group && a.gid === b.gid && a.home === b.home && a.shell === b.shell && a.comment === b.comment;
}

function addHome(draft: RootDraft, owner: string, { name, uid, gid, home }: UserRow): void {
  if (home === '/' || home.startsWith('/dev/')) return;
  const path = draft.pathOf(home, owner);
  if (path === undefined || path === ROOT_PATH || draft.entries.has(path)) return;
  draft.add(path, { kind: 'directory', mode: 0o755, uid, gid }, { kind: 'table', name: owner, reason: `home of its user ${name}` }, owner);
}
