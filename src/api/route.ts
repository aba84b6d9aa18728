import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ApiParts } from './context.ts';
import type { Metrics } from './metrics.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS';

/** What a route's handler gets. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Values of `{name}` in the path, percent-decoded. */
  path: Readonly<Record<string, string>>;
  query: URLSearchParams;
  requestId: string;
  /** `http://HOST`, or the public address. */
  address: string;
  /** Ends with the connection. */
  signal: AbortSignal;
}

export interface Parts extends ApiParts { metrics: Metrics }

export interface RouteParameter { name: string; in: 'path' | 'query' | 'header'; description: string; schema: object; required?: boolean }

export interface RouteAnswer { description: string; type?: string; schema?: object }

/** One address as data: serving, `/openapi.json` and the metrics' labels all read this. */
export interface Route {
  method: Method;
  /** `/blobs/sha256/{hex}`: a parameter is one segment. `/compare/{left}..{right}.json`: those that share one have no dot in them. */
  path: string;
  /** The last parameter takes all that is left of the path, slashes and all. */
  rest?: boolean;
  id: string;
  summary: string;
  parameters: readonly RouteParameter[];
  answers: Readonly<Record<number, RouteAnswer>>;
  body?: { schema: object; limitBytes: number };
  /** Sends bytes for as long as the client takes them: only silence ends it. */
  streams?: boolean;
  serve(parts: Parts, exchange: Exchange): Promise<void>;
}

export type Matched = { route: Route; path: Record<string, string> } | { allowed: Method[] };

/** The route of a request; `allowed` lists other methods of the path, and is empty where nothing has it. */
export function matchRoute(routes: readonly Route[], method: string, pathname: string): Matched {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const allowed: Method[] = [];
  for (const route of routes) {
    const path = matchPath(route, pathname);
    if (path === undefined) continue;
    if (route.method === wanted) return { route, path };
    allowed.push(route.method);
  }
  return { allowed };
}

function matchPath({ path: template, rest = false }: Route, pathname: string): Record<string, string> | undefined {
  const names = template.split('/');
  const given = rest ? joinedFrom(pathname.split('/'), names.length - 1) : pathname.split('/');
  if (names.length !== given.length) return undefined;
  const path: Record<string, string> = {};
  for (const [i, name] of names.entries()) {
    const value = decoded(given[i]!);
    if (value === undefined) return undefined;
    const found = matchSegment(name, value);
    if (found === undefined) return undefined;
    Object.assign(path, found);
  }
  return path;
}

function matchSegment(template: string, value: string): Readonly<Record<string, string>> | undefined {
  if (!template.includes('{')) return template === value ? {} : undefined;
  if (/^\{\w+\}$/.test(template)) return value === '' ? undefined : { [template.slice(1, -1)]: value };
  return new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{(\w+)\}/g, '(?<$1>[^.]+)')}$`).exec(value)?.groups;
}

function joinedFrom(segments: readonly string[], from: number): string[] {
  return segments.length <= from ? [...segments] : [...segments.slice(0, from), segments.slice(from).join('/')];
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
