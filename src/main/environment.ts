import { cpus, totalmem } from 'node:os';

import { homeDirectory } from './home.mjs';

/** Everything that the outside tells us, read once. */
export interface Environment {
  /** Absolute path under which all data lies. */
  home: string;
  databaseUrl: string | undefined;
  redisUrl: string | undefined;
  /** Another catalog than the checkout's. */
  catalogRoot: string | undefined;
  /** Mirrors for upstream sources, tried before the upstream addresses. */
  sourceMirrors: readonly string[];
  debianMirror: string | undefined;
  /** Keys that a Debian archive's release must be signed with. */
  debianKeyring: string;
  dockerHost: string | undefined;
  /** What the first root.json of this home calls its operator. */
  operator: string;
  /** Where this machine stands, as its operator says; for telling rebuilders apart. */
  site: string;
  cores: number;
  memoryBytes: number;
  root: boolean;
}

export function readEnvironment(): Environment {
  const { env } = process;
  const root = process.getuid?.() === 0;
  return {
    home: homeDirectory(),
    databaseUrl: present(env['DATABASE_URL']),
    redisUrl: present(env['REDIS_URL']),
    catalogRoot: present(env['PROVENROOT_CATALOG']),
    sourceMirrors: (env['PROVENROOT_SOURCE_MIRRORS'] ?? '').split(/\s+/).filter((word) => word !== ''),
    debianMirror: present(env['PROVENROOT_DEBIAN_MIRROR']),
    debianKeyring: present(env['PROVENROOT_DEBIAN_KEYRING']) ?? '/usr/share/keyrings/debian-archive-keyring.gpg',
    dockerHost: present(env['DOCKER_HOST']),
    operator: present(env['PROVENROOT_OPERATOR']) ?? 'local',
    site: present(env['PROVENROOT_SITE']) ?? 'unnamed',
    cores: cpus().length,
    memoryBytes: totalmem(),
    root,
  };
}

function present(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
