import { sortedBy } from '../foundation/order.ts';
import { mostLines } from './most-lines.ts';

/** What one policy says of one build: a license report has these fields. */
export interface JudgedLicenses {
  violations: readonly Judged[];
  reviews: readonly Judged[];
  /** Owed by each of the packages; `open` where nothing fulfils it. */
  obligations: readonly { obligation: string; license: string; packages: readonly string[]; open: readonly { package: string; reason: string }[] }[];
  choices: readonly Decided[];
  conclusions: readonly { package: string; state: 'holds' | 'resurfaced'; concluded: string; resurfacedBecause?: string }[];
}

interface Judged { rule: string; package: string; license: string; linkage?: string; into?: string; message: string }
interface Decided { package: string; offered: string; taken?: string; state: 'open' | 'holds' | 'carried' | 'resurfaced'; resurfacedBecause?: string }

export interface PolicyChange {
  subject: 'violation' | 'review' | 'obligation' | 'choice' | 'conclusion';
  /** `new`: stands on the right alone; `cleared`: on the left alone. `invalidated`: what was decided holds no more; `restored`: it does again. */
  kind: 'new' | 'cleared' | 'invalidated' | 'restored';
  package: string;
  license: string;
  /** Of a violation the rule; of an obligation which. */
  rule?: string;
  /** Of an obligation that is new: nothing fulfils it. */
  open?: boolean;
  message: string;
}

/** Two builds under one policy, judged on one day. Sorted; empty for equal reports. */
export function policyChanges(left: JudgedLicenses, right: JudgedLicenses): PolicyChange[] {
  return sortedBy([
    ...judgedChanges('violation', left.violations, right.violations), ...judgedChanges('review', left.reviews, right.reviews),
    ...obligationChanges(left, right), ...decisionChanges('choice', choicesIn(left), choicesIn(right)), ...decisionChanges('conclusion', conclusionsIn(left), conclusionsIn(right)),
  ], ({ subject, package: name, license, rule, kind, message }) => JSON.stringify([subject, name, license, rule, kind, message]));
}

function judgedChanges(subject: 'violation' | 'review', left: readonly Judged[], right: readonly Judged[]): PolicyChange[] {
  const keyed = (rows: readonly Judged[]): Map<string, Judged> => new Map(rows.map((one) => [JSON.stringify([one.rule, one.package, one.license, one.linkage, one.into]), one]));
  return oneSided(keyed(left), keyed(right), (kind, { rule, package: name, license, message }) => ({ subject, kind, package: name, license, rule, message }));
}

interface Owed { obligation: string; license: string; package: string; reason: string | undefined }

/** An obligation that was fulfilled and is open now is another one. */
function obligationChanges(left: JudgedLicenses, right: JudgedLicenses): PolicyChange[] {
  const keyed = ({ obligations }: JudgedLicenses): Map<string, Owed> => new Map(obligations.flatMap(({ obligation, license, packages, open }) => packages.map((name): [string, Owed] => {
    const reason = open.find((one) => one.package === name)?.reason;
    return [JSON.stringify([obligation, license, name, reason === undefined]), { obligation, license, package: name, reason }];
  })));
  return oneSided(keyed(left), keyed(right), (kind, { obligation, license, package: name, reason }) => ({
    subject: 'obligation', kind, package: name, license, rule: obligation, open: reason !== undefined, message: `${license} asks for ${obligation.replaceAll('-', ' ')}${reason === undefined ? '' : `: ${reason}`}`,
  }));
}

type PolicySide<T> = ReadonlyMap<string, T>;

function oneSided<T>(left: PolicySide<T>, right: PolicySide<T>, row: (kind: 'new' | 'cleared', one: T) => PolicyChange): PolicyChange[] {
  return [
    ...[...left].filter(([key]) => !right.has(key)).map(([, one]) => row('cleared', one)),
    ...[...right].filter(([key]) => !left.has(key)).map(([, one]) => row('new', one)),
  ];
}

interface Decision { license: string; holds: boolean; because: string }

function choicesIn({ choices }: JudgedLicenses): PolicySide<Decision> {
  return new Map(choices.filter(({ state }) => state !== 'open').map(({ package: name, offered, taken, state, resurfacedBecause }) => [name, { license: taken ?? offered, holds: state !== 'resurfaced', because: resurfacedBecause ?? '' }]));
}

function conclusionsIn({ conclusions }: JudgedLicenses): PolicySide<Decision> {
  return new Map(conclusions.map(({ package: name, concluded, state, resurfacedBecause }) => [name, { license: concluded, holds: state === 'holds', because: resurfacedBecause ?? '' }]));
}

/** Where the package itself came or went, nothing about a decision did. */
function decisionChanges(subject: 'choice' | 'conclusion', left: PolicySide<Decision>, right: PolicySide<Decision>): PolicyChange[] {
  return [...left].flatMap(([name, before]): PolicyChange[] => {
    const after = right.get(name);
    if (after === undefined || after.holds === before.holds) return [];
    return [{ subject, kind: after.holds ? 'restored' : 'invalidated', package: name, license: before.license, message: after.holds ? before.because : after.because }];
  });
}

const ORDER: readonly PolicyChange['kind'][] = ['new', 'invalidated', 'restored', 'cleared'];
const SUBJECTS: readonly PolicyChange['subject'][] = ['violation', 'review', 'choice', 'conclusion', 'obligation'];

/** One line a change, for people; what is new first, violations before all. */
export function policyLines(changes: readonly PolicyChange[], most: number): string[] {
  const rows = changes.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || SUBJECTS.indexOf(a.subject) - SUBJECTS.indexOf(b.subject));
  return mostLines(rows.map(({ subject, kind, package: name, rule, message }) => `${kind} ${subject}: ${name}${rule === undefined || subject === 'obligation' ? '' : ` (${rule})`}: ${message}`), most, 'judgements');
}
