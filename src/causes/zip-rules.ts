import type { BytePair } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import { isLanguageOrder } from './order-rules.ts';
import { withoutBoth, type Match, type Rule } from './rule.ts';
import { unzipped, zipMembers, type ZipMember } from './zip-file.ts';

type Members = readonly [ZipMember[], ZipMember[]];

function membersOf({ left, right }: BytePair): Members | undefined {
  const [a, b] = [zipMembers(left), zipMembers(right)];
  return a === undefined || b === undefined ? undefined : [a, b];
}

const matches = (members: readonly ZipMember[]): Match[] => members.flatMap(({ name, clockSeconds, times }) => times.map((range): Match => ({ ...range, text: `${name} ${clockSeconds}`, placeholder: '' }))).toSorted((a, b) => a.start - b.start);

const QUARTER = 900;
const FARTHEST_ZONES = 26 * 3600;
const byName = (members: readonly ZipMember[]): ZipMember[] => members.toSorted((a, b) => compareText(a.name, b.name));
const apart = ([left, right]: Members): number[] => byName(left).map(({ clockSeconds }, i) => (byName(right)[i]?.clockSeconds ?? 0) - clockSeconds);

/** A zip has the clock of whoever packed it: all times apart by the same quarters of an hour are those of another zone, others another time. */
const timesRule = (code: 'time-zone' | 'embedded-timestamp'): Rule => ({
  code,
  undo: (pair) => {
    const members = membersOf(pair);
    if (members === undefined || members[0].length === 0 || members[0].length !== members[1].length) return undefined;
    const differences = new Set(apart(members));
    const [away = 0] = differences;
    if (differences.size === 1 && away === 0) return undefined;
    const isZone = differences.size === 1 && away % QUARTER === 0 && Math.abs(away) <= FARTHEST_ZONES;
    return isZone === (code === 'time-zone') ? withoutBoth(pair, matches(members[0]), matches(members[1]), false) : undefined;
  },
});

/** All that a zip says, without places and times, which follow from the rest or were looked at before; packed bytes only where asked. */
function told(members: readonly ZipMember[], contentOf: (member: ZipMember) => Buffer): Buffer {
  return Buffer.concat(members.flatMap((member) => { const content = contentOf(member); return [Buffer.from(`${member.said.length} ${content.length} `), Buffer.from(member.said, 'latin1'), content]; }));
}

const sameMembers = (pair: BytePair, contentOf: (member: ZipMember) => Buffer): { a: ZipMember[]; b: ZipMember[] } | undefined => {
  const members = membersOf(pair);
  // A time that is still there was not taken away: then nothing here is a proof.
  if (members === undefined || apart(members).some((away) => away !== 0)) return undefined;
  const [a, b] = [byName(members[0]), byName(members[1])];
  return told(a, contentOf).equals(told(b, contentOf)) ? { a: members[0], b: members[1] } : undefined;
};

const NONE: BytePair = { left: Buffer.alloc(0), right: Buffer.alloc(0) };
const names = (members: readonly ZipMember[]): string[] => members.map(({ name }) => name);

const orderRule = (code: 'locale' | 'ordering'): Rule => ({
  code,
  undo: (pair) => {
    const same = sameMembers(pair, ({ packed }) => packed);
    if (same === undefined || names(same.a).join('\n') === names(same.b).join('\n')) return undefined;
    const [a, b] = [names(same.a), names(same.b)];
    const isLanguage = isLanguageOrder(a, b);
    return isLanguage === (code === 'locale') ? { pair: NONE, evidence: [`${a.length} members`] } : undefined;
  },
});

const PACKING: Rule = {
  code: 'compression',
  undo: (pair) => {
    let damaged = false;
    const same = sameMembers(pair, (member) => { const content = unzipped(member); damaged ||= content === undefined; return content ?? member.packed; });
    return same === undefined || damaged ? undefined : { pair: NONE, evidence: ['zip, the members as they were before packing'] };
  },
};

/** Proofs: what they take away a zip does not need, and all else that it says is the same. */
export const ZIP_RULES: readonly Rule[] = [timesRule('time-zone'), timesRule('embedded-timestamp'), orderRule('locale'), orderRule('ordering'), PACKING];

/** What is packed in two zips, member by member in the order of their names; undefined where one is none. */
export function zipContents(pair: BytePair): BytePair | undefined {
  const members = membersOf(pair);
  if (members === undefined) return undefined;
  const all = (list: readonly ZipMember[]): Buffer => Buffer.concat(byName(list).flatMap((member) => [Buffer.from(`${member.name}\n`, 'latin1'), unzipped(member) ?? member.packed, Buffer.from('\n')]));
  return { left: all(members[0]), right: all(members[1]) };
}
