import { readFileSync } from 'node:fs';

import type { Route } from './route.ts';
import { sendText } from './respond.ts';
import { SCHEMA_FILE } from './schema.ts';

/** Own files only, no inline script: what stands in an answer can not run even if it were put into the page. */
const PAGE_POLICY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

const file = (url: URL): string => readFileSync(url, 'utf8');
const landing = (name: string): URL => new URL(`landing/${name}`, import.meta.url);

function fileRoute(path: string, id: string, summary: string, type: string, url: URL): Route {
  const text = file(url);
  return {
    method: 'GET', path, id, summary, parameters: [], answers: { 200: { description: summary, type: type.split(';')[0]! } },
    serve: async (_, { response }) => sendText(response, 200, type, text, { ...PAGE_POLICY, 'cache-control': 'no-cache' }),
  };
}

/** The landing page works with no network but this server. */
export function pageRoutes(): Route[] {
  return [
    fileRoute('/', 'getPage', 'A page to ask from', 'text/html; charset=utf-8', landing('page.html')),
    fileRoute('/graphql', 'getGraphqlPage', 'The same page; queries are posted', 'text/html; charset=utf-8', landing('page.html')),
    fileRoute('/landing/page.css', 'getPageStyle', 'Style of the page', 'text/css; charset=utf-8', landing('page.css')),
    fileRoute('/landing/page.js', 'getPageScript', 'Script of the page', 'text/javascript; charset=utf-8', landing('page.js')),
    fileRoute('/schema.graphql', 'getSchema', 'The GraphQL schema', 'text/plain; charset=utf-8', SCHEMA_FILE),
  ];
}
