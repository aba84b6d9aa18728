import type { LicenseForm } from '../actions/actions.ts';
import type { ProfileName } from '../compliance/profile-report.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { isSha256, sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { BUILD_ID } from './blob-routes.ts';
import { sendText } from './respond.ts';
import type { Exchange, Parts, Route, RouteAnswer, RouteParameter } from './route.ts';
import { knownBuild } from './sbom-routes.ts';
import { pour } from './send-bytes.ts';

const MOST_POLICY_BYTES = 1024 * 1024;

/** Judged at each request: nothing here is to be kept. */
const FRESH = { 'cache-control': 'no-store' };

function attachment(buildId: string, file: string): Record<string, string> {
  return { ...FRESH, 'content-disposition': `attachment; filename="${buildId}.${file}"` };
}

/**
 * A page of ours may have its own style, known by digest, and nothing else; whatever else stands in it does not run and
 * loads nothing. Without a style that is told before any foreign text it gets none.
 */
export function pagePolicy(head: string): Record<string, string> {
  const style = /<style>([^<]*)<\/style>/.exec(head)?.[1];
  const allowed = style === undefined ? "'none'" : `'sha256-${Buffer.from(sha256(style), 'hex').toString('base64')}'`;
  return { 'content-security-policy': `default-src 'none'; style-src ${allowed}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox` };
}

/** The text of a policy on record. */
export async function askedPolicy({ reads, store }: Pick<Parts, 'reads' | 'store'>, { query }: Exchange): Promise<{ policy?: Uint8Array }> {
  const digest = query.get('policy');
  if (digest === null) return {};
  if (!isSha256(digest)) throw new Failure('FOUNDATION.BAD_DIGEST', '`policy` is the sha256 of a policy: 64 lower-case hexadecimal digits');
  const [blob] = await reads.artifacts.blobs([digest]);
  if (blob === undefined || blob.sizeBytes > MOST_POLICY_BYTES || !(await store.hasBlob(digest))) throw new Failure('API.NOT_FOUND', 'no policy with this digest is on record', { hint: 'One is on record once a build was judged by it (`judgeBuild`).' });
  return { policy: await store.readBlobBytes(digest) };
}

/** All of it before the first byte is sent: a slow client does not hold the inventory that it is written from. */
async function serveForm(parts: Parts, exchange: Exchange, { form, type, file }: FormAddress): Promise<void> {
  const buildId = await knownBuild(parts, exchange);
  const policy = await askedPolicy(parts, exchange);
  const pieces = await parts.turns.take(async () => [...await parts.actions.licenseDocument({ buildId, form, ...policy })]);
  const { request, response, signal } = exchange;
  response.writeHead(200, {
    ...(type === 'text/csv' ? attachment(buildId, file) : FRESH), ...(type === 'text/html' ? pagePolicy(pieces[0] ?? '') : {}), 'content-type': `${type}; charset=utf-8`,
  });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(pieces.map((piece) => Buffer.from(piece, 'utf8')), response, signal);
}

type Report = (buildId: string, policy: { policy?: Uint8Array }) => Promise<unknown>;

async function serveReport(parts: Parts, exchange: Exchange, file: string, report: Report): Promise<void> {
  const buildId = await knownBuild(parts, exchange);
  const policy = await askedPolicy(parts, exchange);
  const text = await parts.turns.take(async () => canonicalJson(await report(buildId, policy)));
  sendText(exchange.response, 200, 'application/json', text, attachment(buildId, file));
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

const POLICY: RouteParameter = {
  name: 'policy', in: 'query', description: 'sha256 of the text of a policy on record; the policy that holds without any where nothing is asked.', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' },
};

const answers = (type: string, description: string): Record<number, RouteAnswer> => ({
  200: { description, type }, 404: { description: 'No such build, or no such policy.' }, 409: { description: 'The build has not succeeded, or its inventory is not on record yet.' },
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
    method: 'GET', path: '/builds/{id}/licenses.json', id: 'getLicenses', summary: 'Licenses of a build, judged now', parameters: [BUILD_ID, POLICY],
    answers: jsonAnswers('The license report, canonical JSON.'),
    serve: (parts, exchange) => serveReport(parts, exchange, 'licenses.json', (buildId, policy) => parts.actions.licenseReport({ buildId, ...policy })),
  },
  ...FORMS.map((form): Route => ({
    method: 'GET', path: `/builds/{id}/${form.file}`, id: form.id, summary: form.summary, parameters: form.form.startsWith('notice') ? [BUILD_ID] : [BUILD_ID, POLICY], streams: true,
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
