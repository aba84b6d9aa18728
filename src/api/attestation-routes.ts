import type { ServerResponse } from 'node:http';

import { envelopeOf, exportStatements, type StatementFormat } from '../actions/signed-statements.ts';
import { isSha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { PayloadRow } from '../records/reads/evidence-reads.ts';
import type { Envelope } from '../signing/envelope.ts';
import { BUILD_ID } from './blob-routes.ts';
import { parseIdOf } from './node-ids.ts';
import type { Exchange, Parts, Route } from './route.ts';
import { pour } from './send-bytes.ts';

/** In the order in which they are preferred where the client takes several. */
const FORMS: Readonly<Record<StatementFormat, { type: string; others: readonly string[]; suffix: string }>> = {
  jsonl: { type: 'application/vnd.in-toto.bundle', others: ['application/jsonl', 'application/x-ndjson'], suffix: 'intoto.jsonl' },
  dsse: { type: 'application/vnd.in-toto+dsse', others: ['application/json'], suffix: 'dsse.json' },
  sigstore: { type: 'application/vnd.dev.sigstore.bundle.v0.3+json', others: [], suffix: 'sigstore.json' },
};

/** About one digest; more is asked for by GraphQL, page by page. */
const MOST = 1000;
/** Payloads held at once: each may have megabytes. */
const AT_ONCE = 10;

async function serveAttestations(parts: Parts, exchange: Exchange): Promise<void> {
  const digest = exchange.path['sha256']!;
  if (!isSha256(digest)) throw new Failure('FOUNDATION.BAD_DIGEST', 'the last part of the path must be 64 lower-case hexadecimal digits');
  const form = formOf(exchange);
  const signer = exchange.query.get('signer') ?? undefined;
  const wanted = await statementsFor(parts, digest, exchange.query.get('predicateType') ?? undefined);
  if (wanted.length === 0) throw new Failure('API.NOT_FOUND', 'nothing that was signed about these bytes is on record');
  const { response, request, signal } = exchange;
  // What is refused is refused before the first byte; lines alone can be many.
  const pieces = form === 'jsonl' ? lines(parts, wanted, signer) : [await single(parts, wanted.slice(0, 2), form, signer)];
  setHeaders(response, form, digest);
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(pieces, response, signal);
}

/** One statement on record with all its signatures, as a line. */
export async function sendStatement(parts: Parts, { request, response }: Exchange, payloadSha256: string): Promise<void> {
  const line = await single(parts, [payloadSha256], 'jsonl', undefined);
  setHeaders(response, 'jsonl', payloadSha256);
  response.end(request.method === 'HEAD' ? undefined : line);
}

/** What is said of these bytes, newest first; else the statement whose payload they are. */
async function statementsFor({ reads }: Parts, digest: string, predicateType: string | undefined): Promise<string[]> {
  const about = (await reads.evidence.bySubject([digest], MOST, predicateType)).get(digest) ?? [];
  if (about.length > 0) return [...new Set(about.map(({ payloadSha256 }) => payloadSha256))];
  return (await reads.evidence.byDigest([digest])).filter((row) => predicateType === undefined || row.predicateType === predicateType).map(({ payloadSha256 }) => payloadSha256);
}

async function* lines(parts: Parts, digests: readonly string[], signer: string | undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < digests.length; at += AT_ONCE) yield Buffer.from(exportStatements(await envelopesOf(parts, digests.slice(at, at + AT_ONCE), signer), 'jsonl'));
}

async function single(parts: Parts, digests: readonly string[], form: StatementFormat, signer: string | undefined): Promise<Buffer> {
  const envelopes = await envelopesOf(parts, digests, signer);
  if (envelopes.length === 0) throw new Failure('API.NOT_FOUND', 'nothing that this key signed about these bytes is on record');
  return Buffer.from(exportStatements(envelopes, form));
}

async function envelopesOf({ reads }: Parts, digests: readonly string[], signer: string | undefined): Promise<Envelope[]> {
  const found = new Map((await reads.evidence.payloads(digests)).map((row) => [row.payloadSha256, row]));
  return digests.flatMap((digest) => {
    const row = found.get(digest);
    return row === undefined ? [] : [signedEnvelope(row, signer)];
  }).filter(({ signatures }) => signatures.length > 0);
}

function signedEnvelope({ payloadType, payload, keyIds, signatures }: PayloadRow, signer: string | undefined): Envelope {
  const signed = keyIds.map((keyId, i) => ({ keyId, signature: signatures[i]! }));
  return envelopeOf({ payloadType, payload, signatures: signer === undefined ? signed : signed.filter(({ keyId }) => keyId === signer) });
}

/** `?format=`, else the first type of the header that there is. */
function formOf({ request, query }: Exchange): StatementFormat {
  const asked = query.get('format');
  if (asked !== null) {
    if (Object.hasOwn(FORMS, asked)) return asked as StatementFormat;
    throw new Failure('API.BAD_REQUEST', `there is no format ${JSON.stringify(asked.slice(0, 40))}; there are ${Object.keys(FORMS).join(', ')}`);
  }
  const accepted = (request.headers.accept ?? '*/*').toLowerCase().split(',').map((part) => part.split(';')[0]!.trim());
  const forms = Object.entries(FORMS) as [StatementFormat, (typeof FORMS)[StatementFormat]][];
  for (const type of accepted) {
    const found = forms.find(([, form]) => type === form.type || form.others.includes(type)) ?? (type === '*/*' || type === 'application/*' ? forms[0] : undefined);
    if (found !== undefined) return found[0];
  }
  throw new Failure('API.NOT_ACCEPTABLE', `statements are given as ${forms.map(([, { type }]) => type).join(', ')}`);
}

function setHeaders(response: ServerResponse, form: StatementFormat, digest: string): void {
  const { type, suffix } = FORMS[form];
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', 'vary': 'accept', 'content-disposition': `attachment; filename="${digest}.${suffix}"` });
}

async function serveEvidence({ actions, reads }: Parts, { request, response, path, query, signal }: Exchange): Promise<void> {
  const { id: buildId } = parseIdOf('Build', path['id']!);
  if ((await reads.builds.byId([buildId])).length === 0) throw new Failure('API.NOT_FOUND', 'there is no build with this id');
  const withInputs = query.get('inputs') ?? '0';
  if (withInputs !== '0' && withInputs !== '1') throw new Failure('API.BAD_REQUEST', '`inputs` is 0 or 1');
  const archive = await actions.writeEvidence({ buildId, withInputs: withInputs === '1' });
  response.writeHead(200, { 'content-type': 'application/x-tar', 'cache-control': 'no-store', 'content-disposition': `attachment; filename="${buildId}.evidence.tar"` });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(archive, response, signal);
}

export const ATTESTATION_ROUTES: readonly Route[] = [{
  method: 'GET', path: '/builds/{id}/evidence.tar', id: 'getEvidence', summary: 'What a stranger needs to check a build: statements, proofs, roots, and what they name', streams: true,
  parameters: [BUILD_ID, { name: 'inputs', in: 'query', description: '1: also what is needed to rebuild.', schema: { type: 'string', enum: ['0', '1'] } }],
  answers: {
    200: { description: 'The archive; its length is not known before.', type: 'application/x-tar' },
    404: { description: 'No such build.' },
    409: { description: 'The build has no provenance yet, or something that was asked for is no longer retained.' },
  },
  serve: serveEvidence,
}, {
  method: 'GET', path: '/attestations/{sha256}', id: 'getAttestations', summary: 'What was signed about some bytes, or one statement by the digest of its payload', streams: true,
  parameters: [
    { name: 'sha256', in: 'path', description: 'sha256 of the bytes, or of a statement\'s payload, in full.', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' }, required: true },
    { name: 'format', in: 'query', description: 'Form; overrules `Accept`. `dsse` and `sigstore` hold one statement, `sigstore` one signature.', schema: { type: 'string', enum: Object.keys(FORMS) } },
    { name: 'predicateType', in: 'query', description: 'Only statements of this type.', schema: { type: 'string' } },
    { name: 'signer', in: 'query', description: 'Only signatures of the key with this id.', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
    { name: 'Accept', in: 'header', description: 'Forms that the client takes.', schema: { type: 'string' } },
  ],
  answers: {
    200: { description: `DSSE envelopes, newest statement first, at most ${MOST} statements.`, type: FORMS.jsonl.type },
    400: { description: 'The form holds one statement or one signature, and there are several.' },
    404: { description: 'Nothing of the kind is on record.' },
    406: { description: 'None of the forms is one that the client takes.' },
  },
  serve: serveAttestations,
}];
