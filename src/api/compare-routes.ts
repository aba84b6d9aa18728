import { subjectsJson, subjectsText } from '../actions/present-subjects.ts';
import { comparisonOf, type ShownComparison } from './kept-comparisons.ts';
import { parseIdOf } from './node-ids.ts';
import { sendText } from './respond.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';

/** Which inventory counts for a build may be another tomorrow. */
const FRESH = { 'cache-control': 'no-store' };

async function asked(parts: Parts, { path }: Exchange): Promise<ShownComparison> {
  return comparisonOf(parseIdOf('Build', path['left']!).id, parseIdOf('Build', path['right']!).id, parts);
}

async function serveJson(parts: Parts, exchange: Exchange): Promise<void> {
  const { left, right, compared } = await asked(parts, exchange);
  sendText(exchange.response, 200, 'application/json', `${subjectsJson(compared)}\n`, { ...FRESH, 'content-disposition': `attachment; filename="${left}..${right}.json"` });
}

async function serveText(parts: Parts, exchange: Exchange): Promise<void> {
  const { compared } = await asked(parts, exchange);
  sendText(exchange.response, 200, 'text/plain; charset=utf-8', subjectsText(compared, exchange.query.get('all') === '1'), FRESH);
}

const side = (name: string, description: string): RouteParameter => ({ name, in: 'path', description, schema: { type: 'string', pattern: String.raw`^[^./]+$` }, required: true });
const SIDES = [side('left', 'Id of the build that is compared to.'), side('right', 'Id of the build that is compared.')];
const ALL: RouteParameter = { name: 'all', in: 'query', description: '`1`: all of it; else 40 lines.', schema: { enum: ['1'] } };

const answers = (answer: RouteAnswer): Record<number, RouteAnswer> => ({
  200: answer, 404: { description: 'One of the builds is not there.' }, 409: { description: 'One of the builds has not succeeded, or its inventory is not on record yet.' },
});

export const COMPARE_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/compare/{left}..{right}.json', id: 'getComparison', summary: 'What differs between two builds, as `diff --json` prints it', parameters: SIDES, streams: true,
    answers: answers({ description: 'The comparison, canonical JSON (docs/schema/cli-diff.schema.json).', type: 'application/json', schema: { type: 'object' } }), serve: serveJson,
  },
  {
    method: 'GET', path: '/compare/{left}..{right}.txt', id: 'getComparisonText', summary: 'What differs between two builds, as `diff` prints it', parameters: [...SIDES, ALL], streams: true,
    answers: answers({ description: 'For people, 40 lines at most unless all is asked for.', type: 'text/plain' }), serve: serveText,
  },
];
