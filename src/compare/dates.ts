import { mergedRanges } from './ranges.ts';
import { matchesOf, textRule, withoutBoth, type Match, type Rule, type RuleContext } from './rule.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = '\\d\\d:\\d\\d:\\d\\d';
const ZONE = '(?:Z|UTC|GMT|CEST|CET|[+-]\\d\\d:?\\d\\d)';
const OFFSETS: Readonly<Record<string, number>> = { Z: 0, UTC: 0, GMT: 0, CET: 3600, CEST: 7200 };

interface Form { pattern: RegExp; fields: readonly ('year' | 'month' | 'day' | 'time' | 'zone' | 'epoch')[] }

/** Long forms first: what one has taken, the next does not see. */
const FORMS: readonly Form[] = [
  { pattern: new RegExp(`(?<!\\d)(\\d{4})-(\\d\\d)-(\\d\\d)[T ](${TIME})(?:\\.\\d+)?(?: ?(${ZONE}))?`, 'g'), fields: ['year', 'month', 'day', 'time', 'zone'] },
  { pattern: new RegExp(`${DAY} (${MONTH}) ([ \\d]\\d) (${TIME})(?: (${ZONE}))? (\\d{4})`, 'g'), fields: ['month', 'day', 'time', 'zone', 'year'] },
  { pattern: new RegExp(`(?:${DAY}, )?(?<!\\d)(\\d{1,2}) (${MONTH}) (\\d{4}) (${TIME})(?: (${ZONE}))?`, 'g'), fields: ['day', 'month', 'year', 'time', 'zone'] },
  { pattern: new RegExp(`(${MONTH}) ([ \\d]\\d),? (\\d{4})[ ,\\0]{1,3}(${TIME})`, 'g'), fields: ['month', 'day', 'year', 'time'] },
  { pattern: /(?<!\d)(\d{4})(\d\d)(\d\d)T?(\d{6})(Z)?(?!\d)/g, fields: ['year', 'month', 'day', 'time', 'zone'] },
  { pattern: new RegExp(`(${MONTH}) ([ \\d]\\d),? (\\d{4})(?!\\d)`, 'g'), fields: ['month', 'day', 'year'] },
  { pattern: /(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)/g, fields: ['year', 'month', 'day'] },
  { pattern: /(?<!\d)(1\d{9})(?!\d)/g, fields: ['epoch'] },
];

interface FoundDate extends Match { seconds: number; hasZone: boolean; isEpoch: boolean }

/** Every date in a text, as it stands; seconds since 1970, UTC where no zone is told. */
function datesIn(text: string): FoundDate[] {
  let taken: FoundDate[] = [];
  for (const [number, { pattern, fields }] of FORMS.entries()) {
    const found = matchesOf(text, pattern, `date ${number}`).flatMap((match): FoundDate[] => {
      const read = secondsOf(text.slice(match.start, match.end), pattern, fields);
      return read === undefined ? [] : [{ ...match, ...read, isEpoch: fields.includes('epoch') }];
    });
    taken = mergedRanges(taken, found);
  }
  return taken;
}

function secondsOf(text: string, pattern: RegExp, fields: Form['fields']): { seconds: number; hasZone: boolean } | undefined {
  const found = new RegExp(pattern.source).exec(text);
  const field = (name: Form['fields'][number]): string | undefined => (fields.includes(name) ? found?.[fields.indexOf(name) + 1] : undefined);
  const epoch = field('epoch');
  if (epoch !== undefined) return { seconds: Number(epoch), hasZone: true };
  const [year, month, day] = [Number(field('year')), monthOf(field('month')), Number(field('day'))];
  const [hours, minutes, seconds] = (field('time') ?? '00:00:00').replaceAll(':', '').match(/\d\d/g)!.map(Number);
  if (!(year >= 1970 && year < 2200 && month >= 0 && month < 12 && day > 0 && day < 32 && hours! < 24 && minutes! < 60)) return undefined;
  const zone = field('zone');
  return { seconds: Date.UTC(year, month, day, hours, minutes, seconds) / 1000 - offsetOf(zone ?? 'UTC'), hasZone: zone !== undefined };
}

function monthOf(text: string | undefined): number {
  if (text === undefined) return -1;
  return /^\d/.test(text) ? Number(text) - 1 : MONTHS.indexOf(text.toLowerCase());
}

function offsetOf(zone: string): number {
  const known = OFFSETS[zone];
  if (known !== undefined) return known;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone)!;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

const A_DAY = 86_400;

/** Near the time that the side was built at, or the file was written at: a date by itself may be anything, a deadline too. */
function isWitnessed(seconds: number, side: 'left' | 'right', { known, written }: RuleContext): boolean {
  const at = written[side];
  return (at !== undefined && Math.abs(seconds - at) <= A_DAY) || known[side].times.some(({ from, to }) => seconds >= from - A_DAY && seconds <= to + A_DAY);
}

/** The same moment in two zones: no more is needed to prove it. Dates that only one side has stay. */
export const ZONES: Rule = {
  code: 'time-zone',
  undo: (pair, { isText }) => {
    if (!isText) return undefined;
    const [left, right] = [pair.left, pair.right].map((bytes) => datesIn(bytes.toString('latin1')).filter(({ hasZone, isEpoch }) => hasZone && !isEpoch)) as [FoundDate[], FoundDate[]];
    const shared = (dates: readonly FoundDate[], others: readonly FoundDate[]): Match[] => {
      const moments = new Set(others.map(({ seconds }) => seconds));
      return dates.filter(({ seconds }) => moments.has(seconds)).map((date) => ({ ...date, placeholder: `moment ${date.seconds}` }));
    };
    return withoutBoth(pair, shared(left, right), shared(right, left), isText);
  },
};

export const DATES: Rule = textRule('embedded-timestamp', (text, side, context) => datesIn(text).filter(({ seconds }) => isWitnessed(seconds, side, context)));

/** The same without a witness: never a proof. */
export const ANY_DATES: Rule = textRule('embedded-timestamp', (text) => datesIn(text));
