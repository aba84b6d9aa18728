import type { Sha256 } from '../foundation/digest.ts';
import { sortedEntries } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { BSI_PROFILE } from './profile-bsi.ts';
import { CRA_PROFILE } from './profile-cra.ts';
import type { Answer, Demand, FieldRule, FileSubject, Profile, ProfileDocument, Status, Subject } from './profile-field.ts';
import { NTIA_PROFILE } from './profile-ntia.ts';
import { profileSubjects } from './profile-subjects.ts';

export type ProfileName = 'bsi' | 'ntia' | 'cra';

const PROFILES: Readonly<Record<ProfileName, Profile>> = { bsi: BSI_PROFILE, ntia: NTIA_PROFILE, cra: CRA_PROFILE };

/** One field of one component, or of files of one owner for which the same is true. */
export interface ProfileRow extends Answer {
  field: string;
  clause: string;
  demand: Demand;
  subject: { kind: 'document' } | { kind: 'component'; ref: string; name: string; version: string } | { kind: 'files'; owner: string; count: number; examples: readonly string[] };
}

/** Of one field: how many subjects. `percent` of those to which it applies, rounded down to a tenth; absent where it applies to none. */
export interface FieldSummary { field: string; clause: string; demand: Demand; met: number; notMet: number; notApplicable: number; percent?: number }

/** Plain JSON, the same for the same inventory and documents in whatever order; `canonicalJson` of it is the report. */
export interface ProfileReport {
  format: 1;
  profile: ProfileName;
  /** What it is held against, with its version. */
  standard: string;
  definitionDigest: Sha256;
  /** Everything that is required is met. */
  met: boolean;
  /** What the profile asks nothing of: paths of the root (for BSI those that neither run nor pack), and what only builds. */
  leftOut: { files: number; components: number };
  summary: readonly FieldSummary[];
  /** In the order of the standard's fields, then document, product, components by kind and name, files by owner. */
  rows: readonly ProfileRow[];
}

/** How far an inventory, as its documents tell it, says what a regulator asks for. What is not known is not met. */
export function profileReport(inventory: Inventory, profile: ProfileName, documents: readonly ProfileDocument[]): ProfileReport {
  const { standard, rules } = PROFILES[profile];
  const subjects = profileSubjects(inventory, documents);
  const rows = rules.flatMap((rule) => rowsOf(rule, subjects));
  const summary = rules.map(({ field, clause, demand }) => summaryOf({ field, clause, demand }, rows.filter((row) => row.field === field && row.clause === clause)));
  return {
    format: 1, profile, standard, definitionDigest: inventory.build.definitionDigest,
    met: rows.every(({ demand, status }) => demand !== 'required' || status !== 'not-met'), summary, rows,
    leftOut: { files: inventory.files.length - subjects.filter((subject) => subject.kind === 'file' && rules.some((rule) => rule.answer(subject) !== undefined)).length, components: inventory.components.filter(({ scope }) => scope !== 'ships').length + inventory.sandbox.packages.length },
  };
}

/** How many paths of a group are named. */
const EXAMPLES = 5;

/** Files come in groups of one owner and one answer: a row for each of thousands would tell nobody more. */
function rowsOf(rule: FieldRule, subjects: readonly Subject[]): ProfileRow[] {
  const rows: ProfileRow[] = [];
  const groups = new Map<string, FileGroup>();
  for (const subject of subjects) {
    const answer = rule.answer(subject);
    if (answer === undefined) continue;
    if (subject.kind === 'file') addFile(groups, subject, answer);
    else rows.push({ ...rowOf(rule, answer), subject: subjectOf(subject) });
  }
  const files = sortedEntries(Object.fromEntries(groups)).map(([, { answer, owner, examples, count }]): ProfileRow => ({ ...rowOf(rule, answer), subject: { kind: 'files', owner, count, examples } }));
  return [...rows, ...files];
}

interface FileGroup { answer: Answer; owner: string; examples: string[]; count: number }

function addFile(groups: Map<string, FileGroup>, { file, owner }: FileSubject, answer: Answer): void {
  const name = owner?.name ?? 'nobody';
  const key = [name, answer.status, answer.value, answer.source, answer.remedy].join('\0');
  const group = groups.get(key) ?? { answer, owner: name, examples: [], count: 0 };
  group.count += 1;
  if (group.examples.length < EXAMPLES) group.examples.push(file.path);
  groups.set(key, group);
}

function rowOf({ field, clause, demand }: FieldRule, { status, value, source, remedy }: Answer): Omit<ProfileRow, 'subject'> {
  return { field, clause, demand, status, value, source, ...(remedy === undefined ? {} : { remedy }) };
}

function subjectOf(subject: Exclude<Subject, { kind: 'file' }>): ProfileRow['subject'] {
  if (subject.kind === 'document') return { kind: 'document' };
  const { ref, name, version } = subject.kind === 'product' ? subject : subject.component;
  return { kind: 'component', ref, name, version };
}

function summaryOf(field: Pick<FieldSummary, 'field' | 'clause' | 'demand'>, rows: readonly ProfileRow[]): FieldSummary {
  const count = (status: Status): number => rows.filter((row) => row.status === status).reduce((sum, { subject }) => sum + (subject.kind === 'files' ? subject.count : 1), 0);
  const [met, notMet, notApplicable] = [count('met'), count('not-met'), count('not-applicable')];
  return { ...field, met, notMet, notApplicable, ...(met + notMet === 0 ? {} : { percent: Math.floor((met * 1000) / (met + notMet)) / 10 }) };
}
