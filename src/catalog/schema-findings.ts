import type { z } from 'zod';

import type { Finding } from '../foundation/finding.ts';
import { clipped, didYouMeanText, quoted } from './name.ts';
import type { PlacePath, YamlDocument } from './yaml-document.ts';

type Issue = z.core.$ZodIssue;

export interface Problem {
  place: PlacePath;
  rule: string;
  message: string;
  suggestion?: string;
}

/** A broken list of 10,000 items is one thing to mend. */
const MAX_FINDINGS = 200;

/** What a schema refuses, told in the words of the file: one finding a problem, each at its line. */
export function schemaFindings(document: YamlDocument, schema: z.ZodType, error: z.ZodError): Finding[] {
  return error.issues.flatMap((issue) => problemsOf(issue, document.value, schema, [])).slice(0, MAX_FINDINGS).map((problem) => findingAt(document, problem));
}

export function findingAt(document: YamlDocument, { place, ...told }: Problem, severity: Finding['severity'] = 'error'): Finding {
  return { severity, path: document.path, line: document.lineOf(place), ...told };
}

function problemsOf(issue: Issue, root: unknown, schema: z.ZodType, base: PlacePath): Problem[] {
  const place = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? step.toString() : step))];
  const value = valueAt(root, place);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        place: [...place, key], rule: 'unknown-key', message: `unknown key ${quoted(key)}${within(place)}`, ...suggested(didYouMeanText(key, keysAt(schema, root, place))),
      }));
    case 'invalid_union':
      return unionProblems(issue, place, value, root, schema);
    case 'invalid_key':
      return issue.issues.map((inner) => ({ place, rule: 'bad-name', message: `the key ${quoted(String(place.at(-1)))} ${constraint(inner)}` }));
    case 'invalid_type':
      return [value === undefined
        ? { place, rule: 'missing-key', message: `${quoted(String(place.at(-1) ?? ''))} is missing${within(place.slice(0, -1))}` }
        : { place, rule: 'wrong-type', message: `${spelled(place)} must be ${typeName(issue.expected)}, it is ${kindOf(value)}`, ...quoteHint(issue.expected, value) }];
    case 'invalid_value':
      return [{
        place, rule: value === undefined ? 'missing-key' : 'not-allowed',
        message: value === undefined ? `${quoted(String(place.at(-1) ?? ''))} is missing${within(place.slice(0, -1))}` : `${spelled(place)} is ${shown(value)}, allowed are ${issue.values.map(String).join(', ')}`,
        ...suggested(typeof value === 'string' ? didYouMeanText(value, issue.values.map(String)) : undefined),
      }];
    case 'invalid_format':
      return [{ place, rule: 'bad-format', message: `${spelled(place)} ${constraint(issue)}, it is ${shown(value)}` }];
    default:
      return [{ place, rule: 'out-of-range', message: `${spelled(place)} ${constraint(issue)}, it is ${shown(value)}` }];
  }
}

/** The branch that the value was meant for is the one that does not refuse its very type. */
function unionProblems(issue: Issue & { code: 'invalid_union' }, place: PlacePath, value: unknown, root: unknown, schema: z.ZodType): Problem[] {
  if (value === undefined) return [{ place, rule: 'missing-key', message: `${quoted(String(place.at(-1) ?? ''))} is missing${within(place.slice(0, -1))}` }];
  const meant = issue.errors.find((branch) => branch.length > 0 && !branch.some(refusesItsType));
  if (meant !== undefined) return meant.flatMap((inner) => problemsOf(inner, root, schema, place));
  const expected = issue.errors.flatMap((branch) => branch.filter(refusesItsType).map((inner) => expectation(inner)));
  return [{ place, rule: 'wrong-type', message: `${spelled(place)} must be ${[...new Set(expected)].join(' or ')}, it is ${kindOf(value)}` }];
}

function refusesItsType(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value' || (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(refusesItsType))));
}

function expectation(issue: Issue): string {
  if (issue.code === 'invalid_type') return typeName(issue.expected);
  return issue.code === 'invalid_value' ? issue.values.map(String).join(', ') : 'another value';
}

function constraint(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_format': return issue.message.startsWith('Invalid') ? 'has a bad format' : issue.message;
    case 'too_big': return `must be at most ${String(issue.maximum)}${unitOf(issue.origin)}`;
    case 'too_small': return issue.message.startsWith('must') ? issue.message : `must be at least ${String(issue.minimum)}${unitOf(issue.origin)}`;
    case 'not_multiple_of': return `must be a multiple of ${String(issue.divisor)}`;
    default: return clipped(issue.message, 200);
  }
}

function unitOf(origin: string): string {
  return origin === 'string' ? ' characters' : origin === 'array' ? ' items' : '';
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text', int: 'a whole number', number: 'a number', boolean: 'true or false', array: 'a list', object: 'a map', record: 'a map',
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? expected;
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : shown(value);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' ? kindOf(value) : clipped(JSON.stringify(value) ?? 'nothing', 64);
}

function quoteHint(expected: string, value: unknown): { suggestion?: string } {
  return suggested(expected === 'string' && (typeof value === 'number' || typeof value === 'boolean') ? `write it in quotes: "${String(value)}"` : undefined);
}

function suggested(text: string | undefined): { suggestion?: string } {
  return text === undefined ? {} : { suggestion: text };
}

/** `sources[0].sha256` */
export function spelled(place: PlacePath): string {
  const text = place.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('').replace(/^\./, '');
  return text === '' ? 'the file' : `\`${clipped(text, 100)}\``;
}

function within(place: PlacePath): string {
  return place.length === 0 ? '' : ` in ${spelled(place)}`;
}

export function valueAt(root: unknown, place: PlacePath): unknown {
  let value = root;
  for (const step of place) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/** Keys that the schema knows at a place: the candidates for a misspelt one. */
function keysAt(schema: z.ZodType, root: unknown, place: PlacePath): string[] {
  let candidates: z.core.$ZodType[] = [schema];
  for (const step of place) candidates = candidates.flatMap((candidate) => inner(candidate, step));
  return candidates.flatMap((candidate) => unwrapped(candidate)).flatMap((candidate) => ('shape' in candidate._zod.def ? Object.keys(candidate._zod.def.shape as object) : []));
}

function inner(schema: z.core.$ZodType, step: string | number): z.core.$ZodType[] {
  return unwrapped(schema).flatMap((candidate) => {
    const def = candidate._zod.def as { shape?: Record<string, z.core.$ZodType>; element?: z.core.$ZodType; valueType?: z.core.$ZodType };
    if (def.shape !== undefined) return Object.hasOwn(def.shape, step) ? [def.shape[step]!] : [];
    const next = def.element ?? def.valueType;
    return next === undefined ? [] : [next];
  });
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType[] {
  const def = schema._zod.def as { innerType?: z.core.$ZodType; in?: z.core.$ZodType; options?: readonly z.core.$ZodType[] };
  if (def.options !== undefined) return def.options.flatMap(unwrapped);
  const next = def.innerType ?? def.in;
  return next === undefined ? [schema] : unwrapped(next);
}
