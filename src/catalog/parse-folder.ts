import type { z } from 'zod';

import { sortFindings, type Finding } from '../foundation/finding.ts';
import { clipped, quoted } from './name.ts';
import { checkFolder, yamlFileOf, yamlPathOf, type CatalogFolder } from './folder.ts';
import { deepFrozen } from './freeze.ts';
import { findingAt, schemaFindings } from './schema-findings.ts';
import { readYaml, type YamlDocument } from './yaml-document.ts';

/** What a parser gives: a value where no finding is an error, and all findings, sorted. */
export interface Parsed<T> {
  value?: T;
  findings: readonly Finding[];
}

/** With the document, so that later checks can say where. */
export interface ParsedFolder<T> extends Parsed<T> {
  document?: YamlDocument;
}

/** Folder, YAML, schema, identity, in this order; each stage runs as far as the one before allows. Never throws for bad input. */
export function parseFolder<Yaml extends { name: string }, T>(
  folder: CatalogFolder, schema: z.ZodType<Yaml>, convert: (yaml: Yaml, folder: CatalogFolder) => T,
): ParsedFolder<T> {
  const structure = checkFolder(folder);
  if (structure.length > 0) return { findings: sortFindings(structure) };
  const reading = parseYaml(folder.files.get(yamlFileOf(folder))!.bytes, yamlPathOf(folder), schema);
  const identity = reading.value !== undefined && reading.value.name !== folder.name
    ? [findingAt(reading.document!, {
      place: ['name'], rule: 'name-is-folder', message: `the name is ${quoted(reading.value.name)}, the ${folder.kind === 'architecture' ? 'file' : 'folder'} is ${quoted(folder.name)}`, suggestion: `write \`name: ${clipped(folder.name)}\``,
    })]
    : [];
  const findings = sortFindings([...reading.findings, ...identity]);
  const { document, value } = reading;
  if (document === undefined) return { findings };
  return value === undefined || identity.length > 0 ? { findings, document } : { findings, document, value: deepFrozen(convert(value, folder)) };
}

export interface ParsedYaml<T> extends Parsed<T> { document?: YamlDocument }

/** A YAML (or JSON) file against a schema, with `format` as the first key. */
export function parseYaml<T>(bytes: Uint8Array, path: string, schema: z.ZodType<T>): ParsedYaml<T> {
  const { document, findings: reading } = readYaml(bytes, path);
  if (document === undefined) return { findings: sortFindings(reading) };
  const checked = schema.safeParse(document.value);
  const findings = sortFindings([
    ...reading,
    ...(checked.success ? [] : schemaFindings(document, schema, checked.error)),
    ...formatFirst(document),
  ]);
  return checked.success && findings.length === 0 ? { value: checked.data, document, findings } : { document, findings };
}

function formatFirst(document: YamlDocument): Finding[] {
  if (!document.keys.includes('format') || document.keys[0] === 'format') return [];
  return [findingAt(document, { place: ['format'], rule: 'format-first', message: '`format` must be the first key', suggestion: 'move it to the top' })];
}
