import type { SystemSettings } from '../catalog/model.ts';
import { pathBytes } from '../tree/entry.ts';
import type { Declared, Owner, RootDraft } from './root-draft.ts';

export interface InitScript { name: string; bytes: Uint8Array }

const HOSTNAME = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const ONE_LINE = /^[^\x00-\x1f\x7f]+$/;
const SCRIPT_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const generator = (name: string, reason: string): Owner => ({ kind: 'generator', name, reason });

/** /etc/hostname, /etc/issue and root's authorized keys, from the configuration. */
export function addSystemFiles(draft: RootDraft, { hostname, banner, authorizedKeys }: SystemSettings): void {
  const plain = { mode: 0o644, uid: 0, gid: 0 };
  if (HOSTNAME.test(hostname)) draft.addFile(pathBytes('etc/hostname'), `${hostname}\n`, plain, generator('hostname', 'host name of the configuration'), 'system.hostname');
  else draft.find('system.hostname', 'bad-hostname', `"${hostname.slice(0, 80)}" is no host name`, 'Use letters, digits and `-`, at most 63.');
  if (banner === '') { /* No banner, no file. */ } else if (ONE_LINE.test(banner)) {
    // getty takes a backslash for the start of a code.
    draft.addFile(pathBytes('etc/issue'), `${banner.replaceAll('\\', '\\\\')}\n`, plain, generator('banner', 'banner of the configuration'), 'system.banner');
  } else draft.find('system.banner', 'bad-banner', 'the banner has control characters', 'Write one line of text.');
  addAuthorizedKeys(draft, authorizedKeys);
}

function addAuthorizedKeys(draft: RootDraft, keys: readonly string[]): void {
  if (keys.length === 0) return;
  keys.forEach((key, index) => {
    if (!ONE_LINE.test(key)) draft.find('system.authorized_keys', 'bad-key', `key ${index + 1} is not one line`, 'Give the line of the .pub file.');
  });
  const owner = generator('authorized-keys', 'keys of the configuration');
  const own = { uid: 0, gid: 0 };
  if (!draft.entries.has(pathBytes('root/.ssh'))) draft.add(pathBytes('root/.ssh'), { kind: 'directory', mode: 0o700, ...own }, owner, 'system.authorized_keys');
  draft.addFile(pathBytes('root/.ssh/authorized_keys'), keys.map((key) => `${key}\n`).join(''), { mode: 0o600, ...own }, owner, 'system.authorized_keys');
}

export function addInitScripts(draft: RootDraft, scripts: readonly Declared<InitScript>[]): void {
  for (const { owner, row: { name, bytes } } of scripts) {
    if (!SCRIPT_NAME.test(name)) {
      draft.find(owner, 'bad-init-script', `"${name.slice(0, 80)}" is no name for an init script`, 'Use letters, digits, `.`, `_` and `-`.');
      continue;
    }
    draft.addFile(pathBytes(`etc/init.d/${name}`), bytes, { mode: 0o755, uid: 0, gid: 0 }, { kind: 'package', name: owner, reason: 'init script of its recipe' }, owner);
  }
}
