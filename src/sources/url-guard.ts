import { lookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import type { Origin } from './origin.ts';

const NOT_PUBLIC = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12],
  ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24],
  ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) NOT_PUBLIC.addSubnet(network, bits, 'ipv4');

/** Of IPv6 only global unicast counts as public, without the parts that carry an IPv4 address or are for documents. */
const PUBLIC_V6 = new BlockList();
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6');
const NOT_PUBLIC_V6 = new BlockList();
for (const [network, bits] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) {
  NOT_PUBLIC_V6.addSubnet(network, bits, 'ipv6');
}

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !NOT_PUBLIC.check(address, 'ipv4');
  return family === 6 && PUBLIC_V6.check(address, 'ipv6') && !NOT_PUBLIC_V6.check(address, 'ipv6');
}

const WEB_PORTS = new Set(['', '80', '443', '8080', '8443']);

export type CheckedUrl = { url: URL } | { refused: string };

/**
 * What an origin or a redirect may name. A recipe: http(s) on the web's ports, no credentials, no literal private address
 * (names are checked when they are resolved). The operator: http(s) anywhere, and `file:`.
 * `privateHosts` (`host` or `host:port`) are treated as the operator's.
 */
export function checkUrl(text: string, namedBy: Origin['namedBy'], privateHosts: readonly string[]): CheckedUrl {
  if (!URL.canParse(text)) return { refused: 'is not a URL' };
  const url = new URL(text);
  const web = url.protocol === 'http:' || url.protocol === 'https:';
  if (isTrusted(url, namedBy, privateHosts)) return web || (namedBy === 'operator' && url.protocol === 'file:') ? { url } : { refused: badScheme(url) };
  if (!web) return { refused: badScheme(url) };
  if (url.username !== '' || url.password !== '') return { refused: 'carries a user name or password' };
  if (!WEB_PORTS.has(url.port)) return { refused: `names port ${url.port}; a recipe may use 80, 443, 8080 and 8443` };
  const literal = literalAddress(url);
  if (literal !== undefined && !isPublicAddress(literal)) return { refused: `names ${literal}, which is not a public address` };
  return { url };
}

const badScheme = (url: URL): string => `has the scheme "${url.protocol.slice(0, -1)}"; allowed are http and https`;

export function isTrusted(url: URL, namedBy: Origin['namedBy'], privateHosts: readonly string[]): boolean {
  return namedBy === 'operator' || privateHosts.includes(url.host) || privateHosts.includes(url.hostname);
}

/** The parser of URLs has already turned `127.1` and `0x7f000001` into four decimal numbers. */
function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 ? undefined : host;
}

/** Code of the error that a guarded look-up gives. */
export const PRIVATE_ADDRESS = 'EPRIVATEADDRESS';

/**
 * Resolves once and connects only to what was checked, so that a name cannot point elsewhere a moment later. One
 * private address among several refuses the name.
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, found: LookupAddress[]) => {
    if (error !== null) return callback(error, []);
    const hidden = found.find(({ address }) => !isPublicAddress(address));
    const first = found[0];
    if (hidden !== undefined || first === undefined) return callback(privateAddress(hostname, hidden?.address ?? 'nothing'), []);
    return options.all === true ? callback(null, found) : callback(null, first.address, first.family);
  });
};

function privateAddress(hostname: string, address: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${hostname} resolves to ${address}, which is not a public address`), { code: PRIVATE_ADDRESS });
}

/** For messages and records: without user name, password, query and fragment. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username + url.password + url.search + url.hash === '') return text;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
