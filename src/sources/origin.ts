import type { Source } from '../catalog/model.ts';

export type WantedSource = Pick<Source, 'file' | 'sha256' | 'sizeBytes' | 'urls' | 'debianPool'>;

/** A place to try. Who named it decides what it may reach: a recipe may come from anyone, the operator's word is trusted. */
export interface Origin {
  url: string;
  namedBy: 'operator' | 'recipe';
}

export interface OriginLists {
  /** Mirrors of the operator, tried first. `{file}` and `{sha256}` are filled in; without them the file name is appended. */
  mirrors: readonly string[];
  /** Roots of Debian archives (`…/debian`), tried last. */
  debianMirrors: readonly string[];
}

/** Every place of a source in the order they are tried: the operator's mirrors, upstream, Debian's pool. */
export function originsOf(source: WantedSource, lists: OriginLists): Origin[] {
  const pool = source.debianPool;
  return [
    ...lists.mirrors.map((mirror) => operator(mirrorUrl(mirror, source))),
    ...source.urls.map((url): Origin => ({ url, namedBy: 'recipe' })),
    ...(pool === undefined ? [] : poolOrigins(pool, lists.debianMirrors)),
  ];
}

/** A pool path comes from a recipe or a lock: anything that could leave the archive's root gives no origin. */
export function poolOrigins(pool: string, debianMirrors: readonly string[]): Origin[] {
  if (!isPoolPath(pool)) return [];
  return debianMirrors.map((mirror) => operator(`${withoutSlash(mirror)}/${pool}`));
}

export function isPoolPath(pool: string): boolean {
  return /^pool(\/[A-Za-z0-9][A-Za-z0-9+.~_-]*)+$/.test(pool);
}

function mirrorUrl(mirror: string, source: WantedSource): string {
  const file = encodeURIComponent(source.file);
  if (!/\{(file|sha256)\}/.test(mirror)) return `${withoutSlash(mirror)}/${file}`;
  return mirror.replaceAll('{file}', file).replaceAll('{sha256}', source.sha256);
}

const operator = (url: string): Origin => ({ url, namedBy: 'operator' });
const withoutSlash = (url: string): string => url.replace(/\/+$/, '');
