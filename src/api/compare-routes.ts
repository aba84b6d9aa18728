import { subjectsJson, subjectsText } from '../actions/present-subjects.ts';
import { judgeRules, parseFailRules, type Firing } from '../compare/fail-on.ts';
import { DEFAULT_REPORT_BYTES, htmlReport } from '../compare/html-report.ts';
import { comparisonOf, type ShownComparison } from './kept-comparisons.ts';
import { nodeId, parseIdOf } from './node-ids.ts';
import { pagePolicy } from './report-routes.ts';
import { sendText } from './respond.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';

/** Which inventory counts for a build may be another tomorrow. */
const FRESH = { 'cache-control': 'no-store' };

interface Asked extends ShownComparison { firings: readonly Firing[] | undefined }

/** Rules are read before anything is compared. */
async function asked(parts: Parts, { path, query }: Exchange): Promise<Asked> {
  const failOn = query.get('failOn');
  const rules = failOn === null ? undefined : parseFailRules(failOn);
  const shown = await comparisonOf(parseIdOf('Build', path['left']!).id, parseIdOf('Build', path['right']!).id, parts);
  return { ...shown, firings: rules === undefined ? undefined : judgeRules(rules, shown.compared, { owners: true, packages: true }) };
}

async function serveJson(parts: Parts, exchange: Exchange): Promise<void> {
  const { left, right, compared, firings } = await asked(parts, exchange);
  sendText(exchange.response, 200, 'application/json', `${subjectsJson(compared, firings)}\n`, { ...FRESH, 'content-disposition': `attachment; filename="${left}..${right}.json"` });
}

async function serveText(parts: Parts, exchange: Exchange): Promise<void> {
  const { compared, firings } = await asked(parts, exchange);
  sendText(exchange.response, 200, 'text/plain; charset=utf-8', subjectsText(compared, exchange.query.get('all') === '1', firings), FRESH);
}

async function servePage(parts: Parts, exchange: Exchange): Promise<void> {
  const { left, right, compared, firings } = await asked(parts, exchange);
  const page = htmlReport(compared, { left: nodeId('Build', left), right: nodeId('Build', right), maxBytes: DEFAULT_REPORT_BYTES, ...(firings === undefined ? {} : { firings }) });
  sendText(exchange.response, 200, 'text/html; charset=utf-8', page, { ...FRESH, ...pagePolicy(page) });
}

const side = (name: string, description: string): RouteParameter => ({ name, in: 'path', description, schema: { type: 'string', pattern: String.raw`^[^./]+$` }, required: true });
const FAIL_ON: RouteParameter = { name: 'failOn', in: 'query', description: 'Rules, a comma between them, as for `diff --fail-on`: what breaks them is told too.', schema: { type: 'string' } };
const ASKED = [side('left', 'Id of the build that is compared to.'), side('right', 'Id of the build that is compared.'), FAIL_ON];
const ALL: RouteParameter = { name: 'all', in: 'query', description: '`1`: all of it; else 40 lines.', schema: { enum: ['1'] } };

const answers = (answer: RouteAnswer): Record<number, RouteAnswer> => ({
  200: answer, 400: { description: 'A rule is none.' }, 404: { description: 'One of the builds is not there.' }, 409: { description: 'One of the builds has not succeeded, or its inventory is not on record yet.' },
});

export const COMPARE_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/compare/{left}..{right}.json', id: 'getComparison', summary: 'What differs between two builds, as `diff --json` prints it', parameters: ASKED, streams: true,
    answers: answers({ description: 'The comparison, canonical JSON (docs/schema/cli-diff.schema.json).', type: 'application/json', schema: { type: 'object' } }), serve: serveJson,
  },
  {
    method: 'GET', path: '/compare/{left}..{right}.txt', id: 'getComparisonText', summary: 'What differs between two builds, as `diff` prints it', parameters: [...ASKED, ALL], streams: true,
    answers: answers({ description: 'For people, 40 lines at most unless all is asked for.', type: 'text/plain' }), serve: serveText,
  },
  {
    method: 'GET', path: '/compare/{left}..{right}.html', id: 'getComparisonPage', summary: 'What differs between two builds, as `diff --html` writes it', parameters: ASKED, streams: true,
    answers: answers({ description: 'A page that stands alone.', type: 'text/html' }), serve: servePage,
  },
];
