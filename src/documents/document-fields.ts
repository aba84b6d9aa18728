import { Failure } from '../foundation/failure.ts';
import type { DocumentFormat } from './document.ts';

/** What a document of anybody's is read as: nothing is known of it but that it is JSON. */
export type Fields = Readonly<Record<string, unknown>>;

export interface ReadDocument { format: DocumentFormat; fields: Fields }

/** Reads the bytes of a bill of materials; refuses what is none that is made here. */
export function parseDocument(bytes: Uint8Array | string, place: string): ReadDocument {
  return documentOf(parsed(typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes), place), place);
}

export function documentOf(value: unknown, place: string): ReadDocument {
  const fields = fieldsOf(value);
  const format = formatOf(fields);
  if (format === undefined) throw new Failure('DOCUMENTS.UNKNOWN_FORMAT', `${place} is no CycloneDX 1.6 or 1.7, SPDX 3.0.1 or SPDX 2.3 document`);
  return { format, fields };
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Failure('DOCUMENTS.NOT_JSON', `${place} is not JSON`, { cause });
  }
}

function formatOf({ bomFormat, specVersion, spdxVersion, '@context': context }: Fields): DocumentFormat | undefined {
  if (bomFormat === 'CycloneDX' && (specVersion === '1.7' || specVersion === '1.6')) return `cyclonedx-${specVersion}`;
  if (spdxVersion === 'SPDX-2.3') return 'spdx-2.3';
  return context === 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld' ? 'spdx-3.0.1' : undefined;
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function rowsIn(value: unknown): Fields[] {
  return listOf(value).map(fieldsOf);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function textsIn(value: unknown): string[] {
  return listOf(value).filter((one) => typeof one === 'string');
}
