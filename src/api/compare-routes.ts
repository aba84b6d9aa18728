import { exitOfChanges, exitOfLicenses, imagesApart, sectionJson, type ComparedSection } from '../actions/present-section.ts';
import { exitOfSubjects, subjectsJson, subjectsText } from '../actions/present-subjects.ts';
import { judgeRules, parseFailRules, type Firing } from '../compare/fail-on.ts';
import { DEFAULT_REPORT_BYTES, htmlReport } from '../compare/html-report.ts';
import { Failure } from '../foundation/failure.ts';
import { comparisonOf, jobComparison, toldByRecord, type ShownComparison } from './kept-comparisons.ts';
import { parseIdOf } from './node-ids.ts';
import { askedPolicy, pagePolicy } from './report-routes.ts';
import { sendText } from './respond.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';

/** Which inventory counts for a build may be another tomorrow. */
const FRESH = { 'cache-control': 'no-store' };

interface Asked extends ShownComparison { firings: readonly Firing[] | undefined }

/** Where an address finds its comparison. */
type Find = (parts: Parts, exchange: Exchange) => Promise<ShownComparison>;

const ofBuilds: Find = (parts, { path }) => comparisonOf(parseIdOf('Build', path['left']!).id, parseIdOf('Build', path['right']!).id, parts);

/** Rules are read before anything is compared. */
async function asked(find: Find, parts: Parts, exchange: Exchange): Promise<Asked> {
  const failOn = exchange.query.get('failOn');
  const rules = failOn === null ? undefined : parseFailRules(failOn);
  const shown = await find(parts, exchange);
  return { ...shown, firings: rules === undefined ? undefined : judgeRules(rules, shown.compared, toldByRecord(shown)) };
}

const attachment = (name: string): Record<string, string> => ({ ...FRESH, 'content-disposition': `attachment; filename="${name}.json"` });

async function sendComparisonJson({ left, right, compared, firings }: Asked, { response }: Exchange): Promise<void> {
  sendText(response, 200, 'application/json', `${subjectsJson(compared, firings)}\n`, attachment(`${left}..${right}`));
}

async function sendComparisonText({ compared, firings }: Asked, { query, response }: Exchange): Promise<void> {
  sendText(response, 200, 'text/plain; charset=utf-8', subjectsText(compared, query.get('all') === '1', firings), FRESH);
}

async function sendComparisonPage({ titles, compared, firings }: Asked, { response }: Exchange): Promise<void> {
  const page = htmlReport(compared, { ...titles, maxBytes: DEFAULT_REPORT_BYTES, ...(firings === undefined ? {} : { firings }) });
  sendText(response, 200, 'text/html; charset=utf-8', page, { ...FRESH, ...pagePolicy(page) });
}

/** The same bytes as `diff --only SECTION --json` prints. */
async function serveSection(section: ComparedSection, parts: Parts, exchange: Exchange): Promise<void> {
  const policy = section === 'licenses' ? await askedPolicy(parts, exchange) : {};
  const shown = await ofBuilds(parts, exchange);
  sendText(exchange.response, 200, 'application/json', `${await sectionOf(section, shown, policy.policy)}\n`, attachment(`${shown.left}..${shown.right}.${section}`));
}

async function sectionOf(section: ComparedSection, { compared, contents: given }: ShownComparison, policy: Uint8Array | undefined): Promise<string> {
  const contents = given!;
  const listed = (changes: readonly unknown[]): string => sectionJson(section, exitOfChanges(changes), changes);
  switch (section) {
    case 'images': return sectionJson(section, exitOfSubjects(compared), imagesApart(compared.images));
    case 'packages': return listed(compared.packages);
    case 'licenses': { const licenses = await contents.licenses(policy); return sectionJson(section, exitOfLicenses(licenses), licenses); }
    case 'sbom': return listed(await contents.components());
    case 'config': return listed(await contents.configuration());
    case 'inputs': return listed(await contents.inputs());
  }
}

const side = (name: string, description: string): RouteParameter => ({ name, in: 'path', description, schema: { type: 'string', pattern: String.raw`^[^./]+$` }, required: true });
const FAIL_ON: RouteParameter = { name: 'failOn', in: 'query', description: 'Rules, a comma between them, as for `diff --fail-on`: what breaks them is told too.', schema: { type: 'string' } };
const [LEFT, RIGHT] = [side('left', 'Id of the build that is compared to.'), side('right', 'Id of the build that is compared.')];
const ASKED = [LEFT, RIGHT, FAIL_ON];
const ALL: RouteParameter = { name: 'all', in: 'query', description: '`1`: all of it; else 40 lines.', schema: { enum: ['1'] } };

const answers = (answer: RouteAnswer): Record<number, RouteAnswer> => ({
  200: answer, 400: { description: 'A rule is none.' }, 404: { description: 'One of the builds is not there.' }, 409: { description: 'One of the builds has not succeeded, or its inventory is not on record yet.' },
});

const POLICY: RouteParameter = { name: 'policy', in: 'query', description: 'sha256 of the text of a policy on record: what it says of each build today is compared too.', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } };

const SECTIONS: readonly { section: ComparedSection; id: string; what: string; parameters?: readonly RouteParameter[] }[] = [
  { section: 'images', id: 'getComparisonImages', what: 'the images' },
  { section: 'packages', id: 'getComparisonPackages', what: 'the packages' },
  { section: 'licenses', id: 'getComparisonLicenses', what: 'the licenses', parameters: [POLICY] },
  { section: 'sbom', id: 'getComparisonSbom', what: 'the components' },
  { section: 'config', id: 'getComparisonConfiguration', what: 'the configurations' },
  { section: 'inputs', id: 'getComparisonInputs', what: 'the inputs' },
];

const sectionRoute = ({ section, id, what, parameters = [] }: (typeof SECTIONS)[number]): Route => ({
  method: 'GET', path: `/compare/{left}..{right}/${section}.json`, id, summary: `What differs in ${what} of two builds, as \`diff --only ${section} --json\` prints it`, parameters: [LEFT, RIGHT, ...parameters], streams: true,
  answers: answers({ description: 'Canonical JSON: `section`, `exit`, `changes`.', type: 'application/json', schema: { type: 'object', required: ['section', 'exit', 'changes'] } }), serve: (parts, exchange) => serveSection(section, parts, exchange),
});

/** The three forms of what `find` finds. */
function formRoutes(path: string, id: string, what: string, parameters: readonly RouteParameter[], all: (answer: RouteAnswer) => Record<number, RouteAnswer>, find: Find): Route[] {
  return [
    {
      method: 'GET', path: `${path}.json`, id, summary: `What differs between ${what}, as \`diff --json\` prints it`, parameters, streams: true,
      answers: all({ description: 'The comparison, canonical JSON (docs/schema/cli-diff.schema.json).', type: 'application/json', schema: { type: 'object' } }),
      serve: async (parts, exchange) => sendComparisonJson(await asked(find, parts, exchange), exchange),
    },
    {
      method: 'GET', path: `${path}.txt`, id: `${id}Text`, summary: `What differs between ${what}, as \`diff\` prints it`, parameters: [...parameters, ALL], streams: true,
      answers: all({ description: 'For people, 40 lines at most unless all is asked for.', type: 'text/plain' }),
      serve: async (parts, exchange) => sendComparisonText(await asked(find, parts, exchange), exchange),
    },
    {
      method: 'GET', path: `${path}.html`, id: `${id}Page`, summary: `What differs between ${what}, as \`diff --html\` writes it`, parameters, streams: true,
      answers: all({ description: 'A page that stands alone.', type: 'text/html' }),
      serve: async (parts, exchange) => sendComparisonPage(await asked(find, parts, exchange), exchange),
    },
  ];
}

const OF_JOB: readonly RouteParameter[] = [side('id', 'Id of the comparison.'), FAIL_ON];
const jobAnswers = (answer: RouteAnswer): Record<number, RouteAnswer> => ({
  200: answer, 400: { description: 'A rule is none.' }, 404: { description: 'There is no such comparison.' }, 409: { description: 'It is not done.' }, 410: { description: 'What it found is kept no longer.' }, 422: { description: 'A rule asks for what only builds tell.' },
});

const ofJob: Find = async (parts, { path }) => {
  const { id } = parseIdOf('Comparison', path['id']!);
  const [row] = await parts.reads.comparisons.byId([id]);
  if (row === undefined) throw new Failure('API.NOT_FOUND', 'there is no comparison with this id');
  if (row.state !== 'DONE') throw new Failure('RECORDS.STALE', `the comparison is ${row.state}`, { hint: 'Ask for its state until it is DONE: `comparison` (GraphQL).' });
  return jobComparison(row, parts);
};

/** What a worker found of two sides, uploads among them. */
export const COMPARISON_ROUTES: readonly Route[] = formRoutes('/comparisons/{id}', 'getFoundComparison', 'what a worker compared', OF_JOB, jobAnswers, ofJob);

export const COMPARE_ROUTES: readonly Route[] = [
  ...formRoutes('/compare/{left}..{right}', 'getComparison', 'two builds', ASKED, answers, ofBuilds),
  ...SECTIONS.map(sectionRoute),
];
