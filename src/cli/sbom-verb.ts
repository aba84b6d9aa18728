import { join } from 'node:path';

import { fileNameOf, publishDocuments, type PublishedDocument, type PublishMeans } from '../actions/publish-documents.ts';
import { envelopeOf, exportStatements } from '../actions/signed-statements.ts';
import type { Workshop } from '../actions/workshop.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { attestMeans } from './documented.ts';
import { writeArchive, writeWhole } from './output-file.ts';
import { harmless, sizeText } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { BillFormat, ContentsVerbs } from './verbs.ts';

const FORMATS = { 'cyclonedx': 'cyclonedx-1.7', 'cyclonedx-1.6': 'cyclonedx-1.6', 'spdx3': 'spdx-3.0.1', 'spdx2': 'spdx-2.3' } as const satisfies Readonly<Record<BillFormat, string>>;

/** Publishes where that is still to do, then hands out: to the file that was named, else to standard output. */
export function sbomVerb({ build, format, detail, output, json }: Parameters<ContentsVerbs['sbom']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const { id } = await workshop.records.resolveBuild(build);
    const published = (await publishDocuments(id, [{ format: FORMATS[format], detail }], workshop, publishMeans(deps, workshop)))[0]!;
    const written = published.state === 'PUBLISHED' && output !== undefined ? await write(published, output, workshop) : undefined;
    if (json) printShape(deps.terminal, 'sbom', shapeOf(id, published, written));
    else await print(published, written, deps, workshop);
    return published.state === 'PUBLISHED' ? EXIT.done : EXIT.no;
  });
}

export function publishMeans(deps: CliDeps, workshop: Workshop): PublishMeans {
  return {
    ...attestMeans(deps, workshop),
    directory: join(deps.home, 'tmp'),
    onProgress: (what) => deps.terminal.note(`${what}\n`),
  };
}

interface Written { document: string; statement: string }

async function write({ document, signed, statement }: PublishedDocument, output: string, { store, records }: Workshop): Promise<Written> {
  await writeArchive(store.readBlob((signed ?? document).sha256), output);
  const beside = `${output}.intoto.jsonl`;
  await writeWhole(beside, exportStatements([envelopeOf((await records.evidence.statement(statement!))!)], 'jsonl'));
  return { document: output, statement: beside };
}

function shapeOf(build: string, { format, detail, state, document, signed, statement, gates, lost }: PublishedDocument, written: Written | undefined): JsonOf<'sbom'> {
  return {
    build, format, detail, state, name: fileNameOf(format, detail), sha256: document.sha256, sizeBytes: document.sizeBytes,
    signed: signed === undefined ? null : { sha256: signed.sha256, sizeBytes: signed.sizeBytes }, statement: statement ?? null,
    gates: gates.map(({ gate, passed, findings, scores = {} }) => ({ gate, passed, scores, findings: findings.map(({ severity, path, rule, message }) => ({ severity, place: path, rule, message })) })),
    lost: [...lost], output: written ?? null,
  };
}

async function print(published: PublishedDocument, written: Written | undefined, { terminal }: CliDeps, { store }: Workshop): Promise<void> {
  const { gates, lost, document, signed, statement, state } = published;
  for (const { gate, passed, findings, scores = {} } of gates) {
    const told = [...Object.entries(scores).map(([card, { met, of }]) => `${card} ${met} of ${of}`), ...(findings.length === 0 ? [] : [`${findings.length} findings`])];
    terminal.note(`${passed ? 'passed ' : 'REFUSED'} ${gate}${told.length === 0 ? '' : `: ${told.join(', ')}`}\n`);
    for (const { severity, path, message } of findings.filter((one) => one.severity === 'error').slice(0, MOST_FINDINGS)) terminal.note(`  ${severity}: ${harmless(path)}: ${harmless(message)}\n`);
  }
  for (const what of lost) terminal.note(`not said by this format: ${harmless(what)}\n`);
  if (state === 'REFUSED') { terminal.note('the document is not handed out\n'); return; }
  const handedOut = signed ?? document;
  terminal.note(`document sha256:${document.sha256}${signed === undefined ? '' : `, signed form sha256:${signed.sha256}`} (${sizeText(handedOut.sizeBytes)})\nstatement sha256:${statement}, signed and logged\n`);
  if (written !== undefined) { terminal.note(`wrote ${written.document} and ${written.statement}\n`); return; }
  const decoder = new TextDecoder();
  for await (const chunk of store.readBlob(handedOut.sha256)) terminal.data(decoder.decode(chunk, { stream: true }));
}

const MOST_FINDINGS = 20;
