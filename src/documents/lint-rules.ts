import { parseExpression } from '../licensing/parse-expression.ts';
import { cpeProblem } from './cpe.ts';
import type { LintView } from './lint-view.ts';
import { purlProblem } from './purl.ts';

export interface Complaint { rule: string; severity: 'error' | 'warning'; at: string; message: string }
type Rule = (view: LintView) => Complaint[];

/** Hexadecimal digits of each algorithm, by its name without case and punctuation. */
const HEX_DIGITS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128, sha3256: 64, sha3384: 96, sha3512: 128, blake2b256: 64, blake2b384: 96, blake2b512: 128 };

const error = (rule: string, at: string, message: string): Complaint => ({ rule, severity: 'error', at, message });
const warning = (rule: string, at: string, message: string): Complaint => ({ rule, severity: 'warning', at, message });

const duplicateIds: Rule = ({ ids }) => {
  const seen = new Set<string>();
  return ids.flatMap(({ text, at }) => (seen.size === seen.add(text).size ? [error('duplicate-id', at, `${text} stands for two things`)] : []));
};

const danglingReferences: Rule = ({ ids, references, subjects }) => {
  const known = new Set(ids.map(({ text }) => text));
  const wanted = [...references, ...subjects.map((text) => ({ text, at: '' }))];
  return wanted.filter(({ text }) => !known.has(text)).map(({ text, at }) => error('dangling-reference', at, `${text} is not in the document`));
};

const expressions: Rule = ({ expressions: all }) => all.flatMap(({ text, at }) =>
  parseExpression(text).problems.map(({ message }) => error('license-expression', at, `${JSON.stringify(text.slice(0, 100))}: ${message}`)));

const purls: Rule = ({ purls: all }) => all.flatMap(({ text, at }) => {
  const problem = purlProblem(text);
  return problem === undefined ? [] : [error('purl-syntax', at, `${JSON.stringify(text.slice(0, 200))}: ${problem}`)];
});

const cpes: Rule = ({ cpes: all }) => all.flatMap(({ text, at }) => {
  const problem = cpeProblem(text);
  return problem === undefined ? [] : [error('cpe-syntax', at, `${JSON.stringify(text.slice(0, 200))}: ${problem}`)];
});

const hashes: Rule = ({ hashes: all }) => all.flatMap(({ algorithm, text, at }) => {
  const digits = HEX_DIGITS[algorithm.toLowerCase().replaceAll(/[^a-z0-9]/g, '')];
  if (digits === undefined) return [warning('hash-algorithm', at, `${JSON.stringify(algorithm)} is not known here`)];
  return text.length === digits && /^[0-9a-f]*$/.test(text) ? [] : [error('hash-form', at, `a ${algorithm} has ${digits} lower-case hexadecimal digits`)];
});

const timestamps: Rule = ({ timestamps: all }) => all.flatMap(({ text, at }) => {
  if (text === undefined) return [error('missing-timestamp', at, 'it does not say when it was made')];
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text)) ? [] : [error('timestamp-form', at, `${JSON.stringify(text)} is no time in UTC, to the second`)];
});

const components: Rule = ({ components: all }) => all.flatMap(({ name, version, id, at, licensed, ships }) => [
  ...(id === undefined ? [error('missing-id', at, `${name} has no id`)] : []),
  ...(name.trim() === '' ? [error('missing-name', at, 'a component has no name')] : []),
  ...(version === undefined || version === '' ? [warning('missing-version', at, `${name} has no version`)] : []),
  ...(ships && !licensed ? [error('missing-license', at, `${name} has no license`)] : []),
]);

const files: Rule = ({ files: all }) => all.flatMap(({ name, at, owned, hashed, bytes }) => [
  ...(owned ? [] : [error('unowned-file', at, `${name} is nobody's`)]),
  ...(bytes && !hashed ? [error('file-without-hash', at, `${name} has no hash`)] : []),
]);

const samePath: Rule = ({ files: all }) => {
  const seen = new Set<string>();
  return all.flatMap(({ name, at }) => (seen.size === seen.add(name).size ? [error('duplicate-path', at, `${name} stands twice`)] : []));
};

const containmentCycles: Rule = ({ containments }) => {
  const below = new Map<string, string[]>();
  for (const { from, to } of containments) {
    const list = below.get(from);
    if (list === undefined) below.set(from, [to]);
    else list.push(to);
  }
  const settled = new Set<string>();
  const cyclic = [...below.keys()].filter((start) => reaches(start, below, settled));
  return cyclic.slice(0, 1).map((start) => error('containment-cycle', containments.find(({ from }) => from === start)!.at, `${start} contains itself`));
};

/** Whether a walk from here comes upon what it is still inside of. Not recursive: a hostile document may be deep. */
function reaches(start: string, below: ReadonlyMap<string, readonly string[]>, settled: Set<string>): boolean {
  const inside = new Set<string>();
  const walk: { id: string; next: number }[] = [];
  const enter = (id: string): void => {
    inside.add(id);
    walk.push({ id, next: 0 });
  };
  if (!settled.has(start)) enter(start);
  while (walk.length > 0) {
    const frame = walk.at(-1)!;
    const to = below.get(frame.id)?.[frame.next];
    frame.next += 1;
    if (to === undefined) {
      walk.pop();
      inside.delete(frame.id);
      settled.add(frame.id);
    } else if (inside.has(to)) return true;
    else if (!settled.has(to)) enter(to);
  }
  return false;
}

const subject: Rule = ({ subjects, author }) => [
  ...(subjects.length === 0 ? [error('missing-subject', '', 'it does not say what it is about')] : []),
  ...(author === undefined ? [warning('missing-author', '', 'it does not say who made it')] : []),
];

const ownFaults: Rule = ({ faults }) => faults.map(({ rule, at, message }) => error(rule, at, message));

export const RULES: readonly Rule[] = [duplicateIds, danglingReferences, expressions, purls, cpes, hashes, timestamps, components, files, samePath, containmentCycles, subject, ownFaults];
