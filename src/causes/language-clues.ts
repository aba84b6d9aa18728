import { mergedRanges } from './ranges.ts';
import { withoutBoth, type Match, type Rule } from './rule.ts';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const list = (text: string): string[] => text.split(' ').map((word) => latin1(word));
/** January first, as the libraries of C tell them. */
const MONTHS: readonly string[][] = [
  'January February March April May June July August September October November December', 'Januar Februar März April Mai Juni Juli August September Oktober November Dezember',
  'janvier février mars avril mai juin juillet août septembre octobre novembre décembre', 'enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre',
  'gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre', 'januari februari maart april mei juni juli augustus september oktober november december',
  'janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro', 'jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember',
  'januari februari mars april maj juni juli augusti september oktober november december', 'januar februar mars april mai juni juli august september oktober november desember',
  'tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu', 'stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia',
  'января февраля марта апреля мая июня июля августа сентября октября ноября декабря', 'leden únor březen duben květen červen červenec srpen září říjen listopad prosinec', 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', 'Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez',
].map(list);
/** Sunday first. */
const DAYS: readonly string[][] = [
  'Sunday Monday Tuesday Wednesday Thursday Friday Saturday', 'Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag', 'dimanche lundi mardi mercredi jeudi vendredi samedi', 'domingo lunes martes miércoles jueves viernes sábado',
  'domenica lunedì martedì mercoledì giovedì venerdì sabato', 'zondag maandag dinsdag woensdag donderdag vrijdag zaterdag', 'domingo segunda terça quarta quinta sexta sábado', 'pühapäev esmaspäev teisipäev kolmapäev neljapäev reede laupäev',
  'söndag måndag tisdag onsdag torsdag fredag lördag', 'sunnuntai maanantai tiistai keskiviikko torstai perjantai lauantai', 'niedziela poniedziałek wtorek środa czwartek piątek sobota', 'Sun Mon Tue Wed Thu Fri Sat', 'So Mo Di Mi Do Fr Sa',
].map(list);

const numbered = (tables: readonly string[][]): Map<string, number> => new Map(tables.toReversed().flatMap((names) => names.map((name, i) => [name.toLowerCase(), i] as const)));
const [MONTH_NUMBERS, DAY_NUMBERS] = [numbered(MONTHS), numbered(DAYS)];
const alternatives = (names: ReadonlyMap<string, number>): string => [...names.keys()].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1)).join('|');
const LETTER = '[A-Za-z\\x80-\\xff]';
const MONTH = new RegExp(`(?<!${LETTER})(?:(\\d{1,2})\\.? (?:de )?)?(${alternatives(MONTH_NUMBERS)})\\.?(?!${LETTER})`, 'gi');
const DAY = new RegExp(`(?<!${LETTER})(${alternatives(DAY_NUMBERS)})(?!${LETTER})`, 'gi');

type Reading = readonly [pattern: RegExp, meaning: (...found: (string | undefined)[]) => string];
const MOST_READINGS = 5000;
const QUOTES: readonly string[] = ['‘', '’', '“', '”', '«', '»'].map(latin1);
const QUOTED = new RegExp(`(?:['"\`]|${QUOTES.join('|')})([\\w.$-]{1,80})(?:['"]|${QUOTES.join('|')})`, 'g');
const MARKS = new RegExp(`${['‐', '‑', '–', '—', '−', '•', '·', '…', '©'].map(latin1).join('|')}|(?<=^ *)[o*](?= )|(?<= )-{1,2}(?= )|\\.\\.\\.|\\(C\\)`, 'gm');
const two = (text = ''): string => text.padStart(2, '0');

/** What says the same in several languages, and what it says. */
const READINGS: readonly Reading[] = [
  [MONTH, (_text, day, name) => `${day === undefined ? '' : `day ${Number(day)} `}month ${MONTH_NUMBERS.get(name!.toLowerCase())}`], [DAY, (_text, name) => `weekday ${DAY_NUMBERS.get(name!.toLowerCase())}`],
  [/(?<![\d.,/-])(\d{1,2})\/(\d{1,2})\/(\d{4}|\d\d)(?![\d/])/g, (_text, month, day, year) => `on ${year!.slice(-2)}-${two(month)}-${two(day)}`], [/(?<![\d.,/-])(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d\d)(?!\d)/g, (_text, day, month, year) => `on ${year!.slice(-2)}-${two(month)}-${two(day)}`],
  [/(?<![\w.,])(\d{1,3}(?:\.\d{3})+|\d+),(\d+)(?![\w.,])/g, (_text, whole, part) => `number ${whole!.replaceAll('.', '')}.${part}`], [/(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)\.(\d+)(?![\w.,])/g, (_text, whole, part) => `number ${whole!.replaceAll(',', '')}.${part}`],
  [QUOTED, (_text, word) => `quoted ${word}`], [/\b(?:US-ASCII|ASCII|ANSI_X3\.4-1968|ISO-8859-\d{1,2}|UTF-?8|C\.UTF-8|windows-\d{4})\b/gi, () => 'characters'],
  [/(?<=\b(?:LANG|LANGUAGE|LC_[A-Z]{3,14}|locale|lang)["']?\s?[=:>]{1,2}\s?["']?)[A-Za-z]{1,5}(?:_[A-Z]{2})?(?:\.[\w-]{1,12})?(?:@\w{1,12})?/g, () => 'locale'],
  [MARKS, () => 'mark'],
];

function readIn(text: string): Match[] {
  return READINGS.reduce<Match[]>((taken, [pattern, meaning]) => {
    const found = [...text.matchAll(pattern)].slice(0, MOST_READINGS).map((match): Match => ({ start: match.index, end: match.index + match[0].length, text: match[0], placeholder: meaning(...match) }));
    return mergedRanges(taken, found);
  }, []);
}

/** The same said in two languages, or by the habits of two countries: numbers, dates, quotes, sets of characters. */
export const LANGUAGES: Rule = {
  code: 'locale',
  undo: (pair, { isText }) => {
    const [left, right] = [pair.left, pair.right].map((bytes) => readIn(bytes.toString('latin1'))) as [Match[], Match[]];
    const meant = (others: readonly Match[]): Set<string> => new Set(others.map(({ placeholder }) => placeholder));
    const shared = (matches: readonly Match[], others: ReadonlySet<string>): Match[] => matches.filter(({ placeholder }) => others.has(placeholder));
    return withoutBoth(pair, shared(left, meant(right)), shared(right, meant(left)), isText);
  },
};
