import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A second place to build in that shares nothing with the first but the sources of Provenroot itself. */
export interface OtherPlace {
  checkout: string;
  home: string;
  /** Words in front of a command that runs it as another user on another host, with another umask. */
  prefix: string[];
  environment: Record<string, string>;
}

/** The user `nobody`, allowed to use the engine's socket as a member of its group is. */
const OTHER_UID = '65534';

/** Copies the checkout to another path. Needs root: only root can become somebody else. */
export function otherPlace(checkout: string, directory: string): OtherPlace {
  const copy = join(directory, 'a rather long', 'path to another', 'checkout');
  mkdirSync(copy, { recursive: true });
  const tracked = execFileSync('git', ['-C', checkout, 'ls-files', '-z'], { encoding: 'utf8' }).split('\0').filter((path) => path !== '');
  for (const path of tracked) cpSync(join(checkout, path), join(copy, path), { verbatimSymlinks: true });
  execFileSync('cp', ['-a', '--reflink=auto', join(checkout, 'node_modules'), join(copy, 'node_modules')]);
  cpSync(join(checkout, 'src/records/generated'), join(copy, 'src/records/generated'), { recursive: true });
  const home = join(directory, 'home-of-somebody-else');
  mkdirSync(home, { recursive: true });
  execFileSync('chown', ['-R', OTHER_UID, directory]);
  const group = String(statSync('/var/run/docker.sock').gid);
  return {
    checkout: copy, home,
    prefix: ['unshare', '--uts', 'sh', '-c', 'hostname another-host; umask 077; exec "$@"', 'sh', 'setpriv', `--reuid=${OTHER_UID}`, `--regid=${OTHER_UID}`, `--groups=${group}`],
    environment: { TZ: 'Pacific/Auckland', LC_ALL: 'C.UTF-8', LANG: 'de_DE.UTF-8', HOME: home, PROVENROOT_HOME: home, USER: 'nobody', LOGNAME: 'nobody' },
  };
}
