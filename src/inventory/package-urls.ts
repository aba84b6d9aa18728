import { sortedBy, sortedEntries } from '../foundation/order.ts';
import type { Cpe, Originator } from './inventory.ts';
import type { PackageFacts } from './inventory-facts.ts';

/** Who hosts a source, where the address says it. */
interface Forge { owner: string; repository: string; tag?: string }

/** Types whose names a registry gives out come first, a forge's then, `generic` last. */
const RANKS: Readonly<Record<string, number>> = { github: 1, bitbucket: 1, git: 2, deb: 3, generic: 4 };

/** Every true package URL of a package: what the recipe declares, what the addresses of its sources say, strongest type first. */
export function packageUrls(facts: Pick<PackageFacts, 'name' | 'version' | 'purl' | 'sources'>): string[] {
  const { name, version, purl, sources } = facts;
  const generic = packageUrl('generic', [], name, version, genericQualifiers(sources));
  const plain = packageUrl('generic', [], name, version, {});
  const found = [...(purl === undefined || purl === plain ? [] : [purl]), ...forgesOf(sources).flatMap((forge) => forgeUrl(forge)), generic];
  return sortedBy(new Set(found), (one) => `${rankOf(one)} ${one === purl ? 0 : 1} ${one}`);
}

/** Upstream's bytes by address and digest: a `generic` name alone says too little to be matched. */
function genericQualifiers(sources: PackageFacts['sources']): Record<string, string> {
  const [source] = sources;
  if (source === undefined) return {};
  const [url] = source.urls;
  return { checksum: `sha256:${source.sha256}`, ...(url === undefined ? {} : { download_url: url }) };
}

function rankOf(purl: string): number {
  return RANKS[/^pkg:([a-z0-9.+-]+)\//.exec(purl)?.[1] ?? ''] ?? 0;
}

/** ECMA-427, 5.6: everything but letters, digits, `.-_~` and `:` is escaped; qualifiers by key. */
export function packageUrl(type: string, namespace: readonly string[], name: string, version: string, qualifiers: Readonly<Record<string, string>>): string {
  const query = sortedEntries(qualifiers).map(([key, value]) => `${key}=${escaped(value)}`).join('&');
  const path = [...namespace, name].map(escaped).join('/');
  return `pkg:${type}/${path}${version === '' ? '' : `@${escaped(version)}`}${query === '' ? '' : `?${query}`}`;
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.codePointAt(0)!.toString(16).toUpperCase()}`).replaceAll('%3A', ':');
}

/** Archive of a tag, or a file of a release. */
const GITHUB = [
  /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+)\/archive\/(?:refs\/tags\/)?(.+?)\.(?:tar\.\w+|tgz|zip)$/,
  /^https:\/\/github\.com\/([\w.-]+)\/([\w.-]+)\/releases\/download\/([^/]+)\/[^/]+$/,
  /^https:\/\/codeload\.github\.com\/([\w.-]+)\/([\w.-]+)\/tar\.gz\/(?:refs\/tags\/)?([^/]+)$/,
];

function forgesOf(sources: PackageFacts['sources']): Forge[] {
  return sources.slice(0, 1).flatMap(({ urls }) => urls).flatMap((url) => {
    const match = GITHUB.map((pattern) => pattern.exec(url)).find((one) => one !== null);
    return match === undefined ? [] : [{ owner: match[1]!, repository: match[2]!, tag: match[3]! }];
  });
}

function forgeUrl({ owner, repository, tag = '' }: Forge): string {
  // The type's rule: owner and name in lower case.
  return packageUrl('github', [owner.toLowerCase()], repository.toLowerCase(), tag, {});
}

function forgeOf({ purl, sources }: Pick<PackageFacts, 'purl' | 'sources'>): Forge | undefined {
  const declared = purl === undefined ? null : /^pkg:github\/([\w.-]+)\/([\w.-]+)/.exec(purl);
  return declared === null ? forgesOf(sources)[0] : { owner: declared[1]!, repository: declared[2]! };
}

/** Declared by the recipe; else by the convention that a forge's owner and repository become vendor and product. */
export function cpeOf(facts: Pick<PackageFacts, 'cpe' | 'purl' | 'sources' | 'version'>): Cpe | undefined {
  if (facts.cpe !== undefined) return { value: facts.cpe, basis: 'declared' };
  const forge = forgeOf(facts);
  if (forge === undefined || facts.version === '') return undefined;
  const words = [forge.owner, forge.repository, facts.version].map((word) => quotedForCpe(word.toLowerCase()));
  return { value: `cpe:2.3:a:${words.join(':')}:*:*:*:*:*:*:*`, basis: 'inferred' };
}

/** NISTIR 7695, 6.2: what is no letter, digit, `.`, `-` or `_` stands behind a backslash. */
function quotedForCpe(word: string): string {
  return word.replace(/[^\w.-]/g, (sign) => `\\${sign}`);
}

export function originatorOf(facts: Pick<PackageFacts, 'purl' | 'sources' | 'homepage'>): Originator | undefined {
  const forge = forgeOf(facts);
  if (forge !== undefined) return { name: forge.owner, url: `https://github.com/${forge.owner}`, basis: 'forge-owner' };
  const { homepage } = facts;
  const host = homepage === undefined || !URL.canParse(homepage) ? '' : new URL(homepage).hostname;
  return host === '' ? undefined : { name: host, url: homepage!, basis: 'homepage' };
}
