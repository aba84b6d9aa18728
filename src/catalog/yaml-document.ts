import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode } from 'yaml';

import type { Finding } from '../foundation/finding.ts';
import { clipped } from './name.ts';

/** Largest YAML file, bytes. */
export const YAML_MAX_BYTES = 256 * 1024;
/** Deeper than any schema of ours; keeps the walk below from exhausting the stack. */
const MAX_DEPTH = 16;
/** A broken file makes the parser find thousands. */
const MAX_SYNTAX_FINDINGS = 20;
/**
 * Controls but tab and line feed, DEL, C1, line separators, bidirectional overrides, byte order mark: all can make a
 * reader see other text than the parser.
 */
const ODD_CHARACTER = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

export type PlacePath = readonly (string | number)[];

/** Plain data of a YAML file, with the place of every value. Hostile input: see `readYaml`. */
export interface YamlDocument {
  path: string;
  value: unknown;
  /** 1-based line of the value at `place`, or of the nearest thing around it that exists. */
  lineOf(place: PlacePath): number;
  /** Keys of the outermost mapping, as they stand. */
  keys: readonly string[];
}

export interface YamlReading {
  /** Absent where the text is no YAML at all or too large. */
  document?: YamlDocument;
  findings: readonly Finding[];
}

type Report = (offset: number, rule: string, message: string, suggestion?: string) => void;

/**
 * Reads YAML 1.2 (core schema) down to maps with string keys, lists, strings, numbers, booleans and null. Refuses what
 * a catalog does not need and an attacker might: anchors, aliases, tags, duplicate keys, `__proto__`, control
 * characters, deep nesting, several documents, and numbers whose text would not survive (`1.20`, `0755`).
 */
export function readYaml(bytes: Uint8Array, path: string): YamlReading {
  const findings: Finding[] = [];
  const at = (line: number, rule: string, message: string, suggestion?: string): void => {
    findings.push({ severity: 'error', path, line, rule, message, ...(suggestion === undefined ? {} : { suggestion }) });
  };
  const text = decoded(bytes, at);
  if (text === undefined) return { findings };
  const lines = new LineCounter();
  const parsed = parsedText(text, lines, at);
  if (parsed === undefined) return { findings };
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const report: Report = (offset, rule, message, suggestion) => at(lineAt(offset), rule, message, suggestion);
  for (const problem of [...parsed.errors, ...parsed.warnings].slice(0, MAX_SYNTAX_FINDINGS)) report(problem.pos[0], 'yaml-syntax', syntaxMessage(problem.message));
  if (parsed.contents === null) {
    if (findings.length === 0) at(1, 'yaml-syntax', 'the file is empty');
    return { findings };
  }
  if (parsed.errors.length > 0) return { findings };
  const contents = parsed.contents as ParsedNode;
  const value = plain(contents, 0, report);
  const keys = isMap(contents) ? contents.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : '')) : [];
  return { document: { path, value, keys, lineOf: (place) => lineAt(offsetOf(contents, place)) }, findings };
}

type At = (line: number, rule: string, message: string, suggestion?: string) => void;

function decoded(bytes: Uint8Array, at: At): string | undefined {
  if (bytes.byteLength > YAML_MAX_BYTES) {
    at(0, 'file-too-large', `the file has ${bytes.byteLength} bytes, allowed are ${YAML_MAX_BYTES}`);
    return undefined;
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    at(0, 'yaml-syntax', 'the file is not UTF-8');
    return undefined;
  }
  const directive = /^%/m.exec(text);
  if (directive !== null) at(lineIn(text, directive.index), 'yaml-syntax', 'directives are not allowed', 'remove it');
  const odd = ODD_CHARACTER.exec(text);
  if (odd === null) return directive === null ? text : undefined;
  const line = lineIn(text, odd.index);
  at(line, 'control-character', `the file holds the character ${codePoint(odd[0])}`,
    odd[0] === '\r' ? 'end lines with a line feed alone' : 'remove it');
  return undefined;
}

function lineIn(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

function parsedText(text: string, lines: LineCounter, at: At): ReturnType<typeof parseDocument> | undefined {
  try {
    // Own duplicate check below: the library's compares every pair of keys, which is quadratic.
    return parseDocument(text, {
      version: '1.2', schema: 'core', merge: false, uniqueKeys: false, strict: true, prettyErrors: false, lineCounter: lines, logLevel: 'error',
    });
  } catch {
    at(0, 'yaml-syntax', 'the file nests too deeply');
    return undefined;
  }
}

function syntaxMessage(message: string): string {
  return /call stack|Stack overflow/i.test(message) ? 'nests too deeply' : clipped(message.split('\n')[0] ?? '', 200);
}

function plain(node: ParsedNode | null, depth: number, report: Report): unknown {
  if (node === null) return null;
  const offset = node.range[0];
  if (depth > MAX_DEPTH) {
    report(offset, 'yaml-nesting', `nests deeper than ${MAX_DEPTH} levels`);
    return null;
  }
  if (isAlias(node)) {
    report(offset, 'yaml-alias', 'aliases are not allowed', 'write the value out');
    return null;
  }
  if (node.anchor !== undefined) report(offset, 'yaml-alias', 'anchors are not allowed', 'remove it');
  if (node.tag !== undefined) report(offset, 'yaml-tag', `the tag ${clipped(node.tag, 64)} is not allowed`, 'remove it');
  if (isScalar(node)) return scalar(node, report);
  if (isSeq(node)) return node.items.map((item) => plain(item, depth + 1, report));
  return mapping(node, depth, report);
}

function scalar(node: ParsedNode & { value: unknown; source?: string }, report: Report): unknown {
  const { value, source } = node;
  if (typeof value === 'bigint' || (typeof value === 'number' && String(value) !== source)) {
    report(node.range[0], 'ambiguous-number', `${clipped(String(source), 64)} would be read as the number ${clipped(String(value), 64)}`,
      `write it in quotes: "${clipped(String(source), 64)}"`);
    return source ?? '';
  }
  // A double-quoted scalar can spell them as escapes.
  const odd = typeof value === 'string' ? ODD_CHARACTER.exec(value) : null;
  if (odd !== null) report(node.range[0], 'control-character', `the text holds the character ${codePoint(odd[0])}`, 'remove it');
  return value;
}

function mapping(node: ParsedNode, depth: number, report: Report): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  if (!isMap(node)) return result;
  const seen = new Set<string>();
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) {
      report(node.range[0], 'yaml-key', 'keys must be plain strings');
      continue;
    }
    const key = keyOf(pair.key, seen, report);
    if (key !== undefined) result[key] = plain(pair.value, depth + 1, report);
  }
  return result;
}

function keyOf(node: { value: unknown; range?: readonly number[] | null; anchor?: string; tag?: string }, seen: Set<string>, report: Report): string | undefined {
  const offset = node.range?.[0] ?? 0;
  const key = node.value;
  if (node.anchor !== undefined) report(offset, 'yaml-alias', 'anchors are not allowed', 'remove it');
  if (node.tag !== undefined) report(offset, 'yaml-tag', `the tag ${clipped(node.tag, 64)} is not allowed`, 'remove it');
  if (typeof key !== 'string') report(offset, 'yaml-key', `the key ${clipped(String(key), 64)} is not a string`, 'write it in quotes');
  else if (ODD_CHARACTER.test(key) || key.includes('\n')) report(offset, 'control-character', `the key ${JSON.stringify(clipped(key, 64))} holds a control character`, 'remove it');
  else if (key === '__proto__') report(offset, 'yaml-key', 'the key __proto__ is not allowed');
  else if (seen.has(key)) report(offset, 'duplicate-key', `the key ${JSON.stringify(clipped(key, 64))} stands here twice`, 'keep one of them');
  else {
    seen.add(key);
    return key;
  }
  return undefined;
}

/** Where the key (of a map) or the item (of a list) stands; falls back to what encloses it. */
function offsetOf(root: ParsedNode, place: PlacePath): number {
  let offset = root.range[0];
  let node: unknown = root;
  for (const step of place) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) break;
      offset = (pair.key as ParsedNode).range[0];
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number' && node.items[step] !== undefined) {
      node = node.items[step];
      offset = (node as ParsedNode).range[0];
    } else break;
  }
  return offset;
}
