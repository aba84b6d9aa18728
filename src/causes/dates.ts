import type { Both, BytePair } from '../foundation/both.ts';
import { keptOf } from './kept.ts';
import { mergedRanges } from './ranges.ts';
import { matchesOf, withoutBoth, type Match, type Rule, type RuleContext } from './rule.ts';
import { searched, searchedWhole } from './searched.ts';
import type { WindowText } from './windows.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const LONG_MONTH = '(?:January|February|March|April|May|June|July|August|September|October|November|December)';
const TIME = '\\d\\d:\\d\\d:\\d\\d';
/** Hours east of Greenwich, by what `date` calls the zone; where a name stands for several, the most common. */
const HOURS: Readonly<Record<string, number>> = {
  Z: 0, UTC: 0, GMT: 0, WET: 0, CET: 1, BST: 1, WEST: 1, CEST: 2, EET: 2, SAST: 2, EEST: 3, MSK: 3, IST: 5.5, HKT: 8, AWST: 8, JST: 9, KST: 9, ACST: 9.5, AEST: 10, AEDT: 11, NZST: 12, NZDT: 13,
  EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7, AKST: -9, AKDT: -8, HST: -10,
};
const ZONE = `(?:${Object.keys(HOURS).toSorted((a, b) => b.length - a.length).join('|')}|[+-]\\d\\d(?::?\\d\\d|'\\d\\d'?)?(?!\\d))`;

interface Form { pattern: RegExp; fields: readonly ('year' | 'month' | 'day' | 'time' | 'zone' | 'epoch')[] }

/** Long forms first: what one has taken, the next does not see. */
const FORMS: readonly Form[] = [
  { pattern: new RegExp(`(?<!\\d)(\\d{4})-(\\d\\d)-(\\d\\d)[T ](${TIME})(?:\\.\\d+)?(?: ?(${ZONE}))?`, 'g'), fields: ['year', 'month', 'day', 'time', 'zone'] },
  { pattern: new RegExp(`(?<!\\d)(\\d{4})[-/](\\d\\d)[-/](\\d\\d)[T ](\\d\\d:\\d\\d)(?![:\\d])(?: ?(${ZONE}))?`, 'g'), fields: ['year', 'month', 'day', 'time', 'zone'] },
  { pattern: new RegExp(`${DAY} (${MONTH}) ([ \\d]\\d) (${TIME})(?: (${ZONE}))? (\\d{4})`, 'g'), fields: ['month', 'day', 'time', 'zone', 'year'] },
  { pattern: new RegExp(`(?:${DAY}, )?(?<!\\d)(\\d{1,2}) (${MONTH}) (\\d{4}) (${TIME})(?: (${ZONE}))?`, 'g'), fields: ['day', 'month', 'year', 'time', 'zone'] },
  { pattern: new RegExp(`(${MONTH}) ([ \\d]\\d),? (\\d{4})[ ,\\0]{1,3}(${TIME})`, 'g'), fields: ['month', 'day', 'year', 'time'] },
  { pattern: new RegExp(`(?<!\\d)(\\d{4})(\\d\\d)(\\d\\d)[T._-]?(\\d{6})(${ZONE})?(?!\\d)`, 'g'), fields: ['year', 'month', 'day', 'time', 'zone'] },
  { pattern: new RegExp(`(?<!\\d)(\\d{1,2})\\.? (${LONG_MONTH}|${MONTH})\\.? (\\d{4})(?:,? (?:at )?(\\d\\d:\\d\\d(?::\\d\\d)?))?(?!\\d)`, 'g'), fields: ['day', 'month', 'year', 'time'] },
  { pattern: new RegExp(`(${LONG_MONTH}|${MONTH})\\.? ([ \\d]?\\d),? (\\d{4})(?:,? (?:at )?(\\d\\d:\\d\\d(?::\\d\\d)?))?(?!\\d)`, 'g'), fields: ['month', 'day', 'year', 'time'] },
  { pattern: /(?<!\d)(\d{4})[-/](\d\d)[-/](\d\d)(?!\d)/g, fields: ['year', 'month', 'day'] },
  { pattern: new RegExp(`(?<![A-Za-z])(${LONG_MONTH}|${MONTH}) (\\d{4})(?!\\d)`, 'g'), fields: ['month', 'year'] },
  { pattern: /(?<!\d)(1\d{9})(?:\d{3})?(?!\d)/g, fields: ['epoch'] },
];

/** What is written before a date that something ends on, or that is a version: no build put it there. */
const DEADLINE = /(?:expir\w*|valid\w*|until|not[ _-]?(?:after|before)|deadline|end(?:s|ing)?|eol|due|retire\w*|support\w*|since|effective)\W{0,12}(?:on |of |= ?)?$/i;

/** `seconds` is the first moment that it may stand for, UTC where no zone is told. */
interface FoundDate extends Match { seconds: number; spanSeconds: number; hasZone: boolean; hasTime: boolean }

/** Each form has as many in a row: patterns that cannot match are not compiled. */
const YEAR = /\d{4}/;

/** Every date in a text that may be that of a build, in order. */
function datesIn(text: string): FoundDate[] {
  if (!YEAR.test(text)) return [];
  let taken: FoundDate[] = [];
  for (const [number, { pattern, fields }] of FORMS.entries()) {
    const found = matchesOf(text, pattern, `date ${number}`).flatMap((match): FoundDate[] => {
      if (DEADLINE.test(text.slice(Math.max(0, match.start - 40), match.start))) return [];
      const read = readDate(match.text, pattern, fields);
      return read === undefined ? [] : [{ ...match, ...read }];
    });
    taken = mergedRanges(taken, found);
  }
  return taken;
}

type Read = Pick<FoundDate, 'seconds' | 'spanSeconds' | 'hasZone' | 'hasTime'>;

function readDate(text: string, pattern: RegExp, fields: Form['fields']): Read | undefined {
  const found = new RegExp(pattern.source).exec(text);
  const field = (name: Form['fields'][number]): string | undefined => (fields.includes(name) ? found?.[fields.indexOf(name) + 1] : undefined);
  const epoch = field('epoch');
  if (epoch !== undefined) return { seconds: Number(epoch), spanSeconds: 0, hasZone: false, hasTime: false };
  const [year, month, day] = [Number(field('year')), monthOf(field('month')), Number(field('day') ?? '1')];
  const [hours = 0, minutes = 0, seconds = 0] = (field('time') ?? '').match(/\d\d/g)?.map(Number) ?? [];
  if (!(year >= 1970 && year < 2200 && month >= 0 && month < 12 && day > 0 && day < 32 && hours < 24 && minutes < 60)) return undefined;
  const zone = field('zone');
  return { seconds: Date.UTC(year, month, day, hours, minutes, seconds) / 1000 - offsetOf(zone ?? 'UTC'), spanSeconds: fields.includes('day') ? 0 : A_MONTH, hasZone: zone !== undefined, hasTime: field('time') !== undefined };
}

function monthOf(text: string | undefined): number {
  if (text === undefined) return -1;
  return /^\d/.test(text) ? Number(text) - 1 : MONTHS.indexOf(text.slice(0, 3).toLowerCase());
}

function offsetOf(zone: string): number {
  const hours = HOURS[zone];
  if (hours !== undefined) return hours * 3600;
  const [, sign, whole, rest = '0'] = /^([+-])(\d\d):?'?(\d\d)?'?$/.exec(zone)!;
  return (sign === '-' ? -1 : 1) * (Number(whole) * 3600 + Number(rest) * 60);
}

const A_DAY = 86_400;
const A_MONTH = 31 * A_DAY;

/** Near the time that the side was built at, or the file was written at: a date by itself may be anything, a deadline too. */
function isWitnessed({ seconds, spanSeconds }: FoundDate, side: 'left' | 'right', { known, written }: RuleContext): boolean {
  const [first, last] = [seconds - A_DAY, seconds + spanSeconds + A_DAY];
  const at = written[side];
  return (at !== undefined && at >= first && at <= last) || known[side].times.some(({ from, to }) => last >= from && first <= to);
}

type Dates = readonly [left: FoundDate[], right: FoundDate[]];
const datesOf = ({ left, right }: Both<WindowText>): Dates => [left.placed(datesIn(left.text)), right.placed(datesIn(right.text))];
/** Each rule that is about dates asks for them. */
const datesAround: (pair: BytePair, context: RuleContext) => Dates = keptOf((pair, context) => datesOf(searched(pair, context)));
const allDates: (pair: BytePair, context: RuleContext) => Dates = keptOf((pair, context) => datesOf(searchedWhole(pair, context)));

/** The same moment in two zones: no more is needed to prove it. Dates that only one side has stay. */
export const ZONES: Rule = {
  code: 'time-zone',
  undo: (pair, context) => {
    if (!context.isText && isLarge(pair)) return undefined;
    const [left, right] = datesAround(pair, context).map((dates) => dates.filter(({ hasZone, hasTime }) => hasZone && hasTime)) as [FoundDate[], FoundDate[]];
    const shared = (dates: readonly FoundDate[], others: readonly FoundDate[]): Match[] => {
      const moments = new Set(others.map(({ seconds }) => seconds));
      return dates.filter(({ seconds }) => moments.has(seconds)).map((date) => ({ ...date, placeholder: `moment ${date.seconds}` }));
    };
    return withoutBoth(pair, shared(left, right), shared(right, left), context.isText);
  },
};

const datesRule = (isWanted: (date: FoundDate, side: 'left' | 'right', context: RuleContext) => boolean): Rule => ({
  code: 'embedded-timestamp',
  undo: (pair, context) => {
    const [left, right] = datesAround(pair, context);
    return withoutBoth(pair, left.filter((date) => isWanted(date, 'left', context)), right.filter((date) => isWanted(date, 'right', context)), context.isText);
  },
});

export const DATES: Rule = datesRule(isWitnessed);

/** The same without a witness: never a proof. */
export const ANY_DATES: Rule = datesRule(() => true);

/** Clocks are compared over all that both sides have; of larger ones that is too much. */
const MOST_BYTES = 2 ** 22;
const isLarge = ({ left, right }: BytePair): boolean => left.length + right.length > MOST_BYTES;

const QUARTER = 900;
const FARTHEST_ZONES = 26 * 3600;

/** Dates that tell no zone, all apart by the same quarters of an hour to the second: two clocks rather than two moments. */
const clocksRule = (isWanted: (date: FoundDate, side: 'left' | 'right', context: RuleContext) => boolean): Rule => ({
  code: 'time-zone',
  undo: (pair, context) => {
    const toTheSecond = ({ text }: FoundDate): boolean => /\d\d:\d\d:\d\d|\d{14}/.test(text);
    if (isLarge(pair)) return undefined;
    if (datesAround(pair, context).some((found) => found.length === 0)) return undefined;
    const dates = allDates(pair, context);
    const [left, right] = [dates[0].filter((date) => toTheSecond(date) && isWanted(date, 'left', context)), dates[1].filter((date) => toTheSecond(date) && isWanted(date, 'right', context))];
    if (left.length === 0 || left.length !== right.length) return undefined;
    const apart = new Set(left.map(({ seconds }, i) => right[i]!.seconds - seconds));
    const [away = 0] = apart;
    return apart.size === 1 && away !== 0 && away % QUARTER === 0 && Math.abs(away) <= FARTHEST_ZONES ? withoutBoth(pair, left, right, context.isText) : undefined;
  },
});

/** Each is witnessed: it is the time of the build, whichever clock told it. */
export const CLOCKS: Rule = clocksRule(isWitnessed);

/** Two builds are that far apart by chance once in 900 times: a suspicion. */
export const ANY_ZONES: Rule = clocksRule(() => true);
