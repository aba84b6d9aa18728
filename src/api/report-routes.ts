import type { LicenseForm } from '../actions/actions.ts';
import type { ProfileName } from '../compliance/profile-report.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { BUILD_ID } from './blob-routes.ts';
import { sendText } from './respond.ts';
import type { Exchange, Parts, Route, RouteAnswer } from './route.ts';
import { knownBuild } from './sbom-routes.ts';
import { pour } from './send-bytes.ts';

/** Judged at each request: nothing here is to be kept. */
const FRESH = { 'cache-control': 'no-store' };

function attachment(buildId: string, file: string): Record<string, string> {
  return { ...FRESH, 'content-disposition': `attachment; filename="${buildId}.${file}"` };
}

/**
 * A page of ours may have its own style, known by digest, and nothing else; whatever else stands in it does not run and
 * loads nothing. Without a style that is told before any foreign text it gets none.
 */
function pagePolicy(head: string): Record<string, string> {
  const style = /<style>([^<]*)<\/style>/.exec(head)?.[1];
  const allowed = style === undefined ? "'none'" : `'sha256-${Buffer.from(sha256(style), 'hex').toString('base64')}'`;
  return { 'content-security-policy': `default-src 'none'; style-src ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox` };
}

async function sendPage(pieces: Iterable<string>, { request, response, signal }: Exchange): Promise<void> {
  const iterator = pieces[Symbol.iterator]();
  const head = iterator.next().value ?? '';
  response.writeHead(200, { ...FRESH, ...pagePolicy(head), 'content-type': 'text/html; charset=utf-8' });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(encoded([head], { [Symbol.iterator]: () => iterator }), response, signal);
}

function* encoded(...texts: readonly Iterable<string>[]): Generator<Uint8Array> {
  for (const pieces of texts) for (const piece of pieces) yield Buffer.from(piece, 'utf8');
}

async function serveForm(parts: Parts, exchange: Exchange, { form, type, file }: FormAddress): Promise<void> {
  const buildId = await knownBuild(parts, exchange);
  const pieces = await parts.actions.licenseDocument({ buildId, form });
  if (type === 'text/html') { await sendPage(pieces, exchange); return; }
  const { request, response, signal } = exchange;
  response.writeHead(200, { ...(type === 'text/csv' ? attachment(buildId, file) : FRESH), 'content-type': `${type}; charset=utf-8` });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(encoded(pieces), response, signal);
}

async function serveReport(parts: Parts, exchange: Exchange, file: string, report: (buildId: string) => Promise<unknown>): Promise<void> {
  const buildId = await knownBuild(parts, exchange);
  sendText(exchange.response, 200, 'application/json', canonicalJson(await report(buildId)), attachment(buildId, file));
}

async function serveBundle(parts: Parts, exchange: Exchange, sandbox: boolean, file: string): Promise<void> {
  const buildId = await knownBuild(parts, exchange);
  const archive = await parts.actions.writeLegalInfo({ buildId, sandbox });
  const { request, response, signal } = exchange;
  response.writeHead(200, { ...attachment(buildId, file), 'content-type': 'application/x-tar' });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(archive, response, signal);
}

interface FormAddress { form: LicenseForm; file: string; type: string; id: string; summary: string }

const FORMS: readonly FormAddress[] = [
  { form: 'csv', file: 'licenses.csv', type: 'text/csv', id: 'getLicensesCsv', summary: 'Licenses of a build, a row for each package' },
  { form: 'html', file: 'licenses.html', type: 'text/html', id: 'getLicensesPage', summary: 'Licenses of a build as a page' },
  { form: 'notice', file: 'licenses.txt', type: 'text/plain', id: 'getNotice', summary: 'The attribution notice of a build' },
  { form: 'notice-html', file: 'notice.html', type: 'text/html', id: 'getNoticePage', summary: 'The attribution notice of a build as a page' },
];

const PROFILES: readonly { profile: ProfileName; title: string }[] = [
  { profile: 'bsi', title: 'BSI TR-03183-2' }, { profile: 'ntia', title: 'NTIA\'s minimum elements' }, { profile: 'cra', title: 'the Cyber Resilience Act' },
];

const answers = (type: string, description: string): Record<number, RouteAnswer> => ({
  200: { description, type }, 404: { description: 'No such build.' }, 409: { description: 'The build has not succeeded, or its inventory is not on record yet.' },
});
const jsonAnswers = (description: string): Record<number, RouteAnswer> => {
  const all = answers('application/json', description);
  return { ...all, 200: { ...all[200]!, schema: { type: 'object' } } };
};

const bundleRoute = (file: string, sandbox: boolean, id: string, summary: string): Route => ({
  method: 'GET', path: `/builds/{id}/${file}`, id, summary, parameters: [BUILD_ID], streams: true,
  answers: { ...answers('application/x-tar', 'The archive; its length is not known before.'), 409: { description: 'The build has not succeeded, or something that belongs into it is no longer retained.' } },
  serve: (parts, exchange) => serveBundle(parts, exchange, sandbox, file),
});

export const REPORT_ROUTES: readonly Route[] = [
  {
    method: 'GET', path: '/builds/{id}/licenses.json', id: 'getLicenses', summary: 'Licenses of a build, judged now by the policy that holds without any', parameters: [BUILD_ID],
    answers: jsonAnswers('The license report, canonical JSON.'),
    serve: (parts, exchange) => serveReport(parts, exchange, 'licenses.json', (buildId) => parts.actions.licenseReport({ buildId })),
  },
  ...FORMS.map((form): Route => ({
    method: 'GET', path: `/builds/{id}/${form.file}`, id: form.id, summary: form.summary, parameters: [BUILD_ID], streams: true,
    answers: answers(form.type, form.summary), serve: (parts, exchange) => serveForm(parts, exchange, form),
  })),
  ...PROFILES.map(({ profile, title }): Route => ({
    method: 'GET', path: `/builds/{id}/report.${profile}.json`, id: `getReport${profile[0]!.toUpperCase()}${profile.slice(1)}`, summary: `How far a build says what ${title} asks for`, parameters: [BUILD_ID],
    answers: jsonAnswers('Each field of each component: met, not met or not applicable, and where the data come from.'),
    serve: (parts, exchange) => serveReport(parts, exchange, `report.${profile}.json`, (buildId) => parts.actions.profileReport({ buildId, profile })),
  })),
  bundleRoute('legal-info.tar', false, 'getLegalInfo', 'The source bundle of a build: license texts, sources, patches, recipes, configuration, scripts'),
  bundleRoute('legal-info-sandbox.tar', true, 'getLegalInfoSandbox', 'The packages of the environment that a build ran in, with which its source bundle builds it again'),
];
