import type { IncomingMessage } from 'node:http';

import { Failure } from '../foundation/failure.ts';

export interface OriginPolicy {
  /** Host names, without port, that this server answers for beside the loopback ones. */
  hosts: readonly string[];
  /** Origins beside its own that may ask: `https://ci.example`. */
  origins: readonly string[];
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/;

/**
 * Against DNS rebinding and pages of other sites: a foreign name in Host, or a foreign page in Origin, is refused
 * before anything is read. A browser always sends both on what it does for a page; other clients send no Origin.
 */
export function checkOrigin(request: IncomingMessage, policy: OriginPolicy): void {
  const host = countOf(request, 'host') === 1 ? request.headers.host!.toLowerCase() : '';
  const [, name] = HOST.exec(host) ?? [];
  if (name === undefined || !(LOOPBACK_NAMES.includes(name) || policy.hosts.includes(name))) {
    throw new Failure('API.FOREIGN_HOST', 'this server does not answer for the host of this request');
  }
  const origin = request.headers.origin?.toLowerCase();
  if (origin === undefined) return;
  const known = origin === `http://${host}` || origin === `https://${host}` || policy.origins.includes(origin);
  if (!known || countOf(request, 'origin') > 1) {
    throw new Failure('API.FOREIGN_ORIGIN', 'a page of another origin may not ask this server');
  }
}

/** Node keeps the first of several and drops the rest; a proxy in front may have looked at the last. */
function countOf(request: IncomingMessage, name: string): number {
  return request.rawHeaders.filter((each, i) => i % 2 === 0 && each.toLowerCase() === name).length;
}

/** `http://HOST` of a request that passed the check. */
export function ownAddress(request: IncomingMessage): string {
  return `http://${request.headers.host!.toLowerCase()}`;
}
