import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BuildDocumentRow } from '../records/reads/contents-reads.ts';
import { sendStatement } from './attestation-routes.ts';
import { BUILD_ID, RANGE_HEADERS } from './blob-routes.ts';
import { BILLS, publishedDocument, standingDocument, type BillAddress, type BillFormat } from './handed-out.ts';
import { parseIdOf } from './node-ids.ts';
import type { Exchange, Parts, Route, RouteParameter } from './route.ts';
import { sendBytes } from './send-bytes.ts';

type Bill = BillAddress & { format: BillFormat };

const ALL = (Object.entries(BILLS) as [BillFormat, BillAddress][]).map(([format, address]): Bill => ({ format, ...address }));
const FILES = [...Map.groupBy(ALL, ({ file }) => file)];
const STATEMENT_SUFFIX = '.intoto.jsonl';
const DETAILS = ['packages', 'files'] as const;

/** One of a few words; the first where nothing is asked. */
function asked<Word extends string>({ query }: Exchange, name: string, words: readonly [Word, ...Word[]]): Word {
  const given = query.get(name) ?? words[0];
  const word = words.find((each) => each === given);
  if (word === undefined) throw new Failure('API.BAD_REQUEST', `\`${name}\` is ${words.join(' or ')}`);
  return word;
}

export async function knownBuild({ reads }: Pick<Parts, 'reads'>, { path }: Exchange): Promise<string> {
  const { id } = parseIdOf('Build', path['id']!);
  if ((await reads.builds.byId([id])).length === 0) throw new Failure('API.NOT_FOUND', 'there is no build with this id');
  return id;
}

async function askedDocument(parts: Parts, exchange: Exchange, bills: readonly Bill[]): Promise<{ buildId: string; bill: Bill; row: BuildDocumentRow }> {
  const buildId = await knownBuild(parts, exchange);
  const version = asked(exchange, 'version', bills.map((each) => each.version) as [string, ...string[]]);
  const detail = asked(exchange, 'detail', DETAILS);
  const bill = bills.find((each) => each.version === version)!;
  const { contents } = parts.reads;
  const [rows, current] = await Promise.all([contents.documentsOf([buildId]), contents.currentInventory([buildId])]);
  return { buildId, bill, row: publishedDocument(standingDocument(rows.get(buildId) ?? [], current.get(buildId)?.digest, bill.format, detail)) };
}

/** `?signed=`: absent: signed where there is such a form; 0: without; 1: only signed. */
function bytesOf({ sha256, sizeBytes, signedSha256, signedSizeBytes }: BuildDocumentRow, signed: string): { digest: Sha256; sizeBytes: number } {
  if (signed === '0' || (signed === '' && signedSha256 === null)) return { digest: sha256 as Sha256, sizeBytes };
  if (signedSha256 === null) throw new Failure('API.NOT_FOUND', 'this format has no signature inside', { hint: `Its signed statement is beside it: the same address with ${STATEMENT_SUFFIX} at its end.` });
  return { digest: signedSha256 as Sha256, sizeBytes: signedSizeBytes! };
}

async function serveBill(parts: Parts, exchange: Exchange, bills: readonly Bill[]): Promise<void> {
  const signed = asked(exchange, 'signed', ['', '0', '1']);
  const { buildId, bill: { file, type, version }, row } = await askedDocument(parts, exchange, bills);
  const { digest, sizeBytes } = bytesOf(row, signed);
  if (!(await parts.store.hasBlob(digest))) throw new Failure('API.NOT_FOUND', 'the document is on record but no longer in the store');
  await sendBytes(exchange.request, exchange.response, {
    sizeBytes, type: `${type}; version=${version}`, name: `${buildId}.${file}`, tag: `"${digest}"`, cache: 'no-cache', sha256: digest,
    read: (range) => parts.store.readBlob(digest, range),
  }, exchange.signal);
}

async function serveStatement(parts: Parts, exchange: Exchange, bills: readonly Bill[]): Promise<void> {
  const { row } = await askedDocument(parts, exchange, bills);
  if (row.statementSha256 === null) throw new Failure('API.NOT_FOUND', 'nothing was signed beside this document');
  await sendStatement(parts, exchange, row.statementSha256);
}

const wordParameter = (name: string, description: string, words: readonly string[]): RouteParameter => ({ name, in: 'query', description, schema: { type: 'string', enum: words } });

function parametersOf(bills: readonly Bill[]): RouteParameter[] {
  return [
    BUILD_ID, wordParameter('detail', 'How much: `packages` where nothing is asked.', DETAILS),
    wordParameter('version', `Version of the format: \`${bills[0]!.version}\` where nothing is asked.`, bills.map(({ version }) => version)),
  ];
}

const NOT_THERE = {
  404: { description: 'No such build, or nothing of the kind is published.' },
  409: { description: 'A gate refused the document; the error names it.' },
};

function routesOf(file: string, bills: readonly Bill[]): Route[] {
  const name = file.split('.')[1]!;
  const id = `${name[0]!.toUpperCase()}${name.slice(1)}`;
  const parameters = parametersOf(bills);
  return [{
    method: 'GET', path: `/builds/{id}/${file}`, id: `getSbom${id}`, summary: `What a published build is made of, as ${bills[0]!.format.split('-')[0]!}`, streams: true,
    parameters: [...parameters, wordParameter('signed', '0: without a signature inside, the same bytes for every rebuild; 1: only with one. Otherwise with one where the format has it.', ['0', '1']), ...RANGE_HEADERS],
    answers: {
      200: { description: 'The document. `ETag` is the quoted sha256 of these bytes; a later decision about licenses makes another document.', type: bills[0]!.type },
      206: { description: 'The range asked for.', type: bills[0]!.type }, 304: { description: 'The bytes that `If-None-Match` names are these.' },
      ...NOT_THERE, 416: { description: 'No byte of the range is there.' },
    },
    serve: (parts, exchange) => serveBill(parts, exchange, bills),
  }, {
    method: 'GET', path: `/builds/{id}/${file}${STATEMENT_SUFFIX}`, id: `getSbom${id}Statement`, summary: `What was signed beside ${file}`, streams: true, parameters,
    answers: { 200: { description: 'One DSSE envelope.', type: 'application/vnd.in-toto.bundle' }, ...NOT_THERE },
    serve: (parts, exchange) => serveStatement(parts, exchange, bills),
  }];
}

export const SBOM_ROUTES: readonly Route[] = FILES.flatMap(([file, bills]) => routesOf(file, bills));
