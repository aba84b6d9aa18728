import { plainText } from './plain-text.ts';

/** Longer lines are prose, and the text is anybody's. */
const MAX_LINE = 300;
const MAX_LINES = 2000;
/** Behind them in one text nobody reads names. */
const MAX_FOUND = 200;

/** The word, then a sign or a year or a name; not a sentence about copyright. */
const NOTICE = /^(?:portions |parts |\(c\) |© )*(?:copyright|\(c\)|©)(?:[ :,]*(?:\(c\)|©|by ))*[ :,]*(?:\d{4}|[A-Z"<[])/i;
/** Sentences of licenses and of the FSF about themselves, and places to fill in. */
const SENTENCE = /\b(?:copyright (?:holder|owner|notice|law|statement|license|disclaimer|interest|treaty|protection|permission)s?|copyrights? (?:and|in|on|to|is|are|the|for|of)|copyrighted)\b/i;
const TO_FILL_IN = /[<[{]\s*(?:yyyy|year|name|owner|copyright|fullname|holder)|\b(?:year|19yy|yyyy)\b.*\bname\b/i;

/** Behind the copyright of the license document itself, as the texts of the FSF have it. */
const OF_THE_DOCUMENT = /everyone is permitted to copy and distribute verbatim/i;

/** Copyright notices of a license text, as they stand there but for comment signs and runs of blanks; in its order, each once. Not that of the license itself. */
export function copyrightLines(text: string): string[] {
  const lines = plainText(text.slice(0, 1 << 20)).split('\n', MAX_LINES).filter((line) => line.length <= MAX_LINE).map(tidy);
  const found = lines.filter((line, index) => NOTICE.test(line) && !SENTENCE.test(line) && !TO_FILL_IN.test(line) && !isOfTheDocument(lines, index));
  return [...new Set(found)].slice(0, MAX_FOUND);
}

function tidy(line: string): string {
  return line.replaceAll(/\s+/g, ' ').replace(/^ ?(?:(?:\/\*+|\*+|\/\/+|#+|;+|--|dnl|\.\\") ?)?/, '').replace(/ ?\*+\/ ?$/, '').trim();
}

/** The sentence follows in the same paragraph, before another notice. */
function isOfTheDocument(lines: readonly string[], index: number): boolean {
  const below = lines.slice(index + 1, index + 6);
  const end = below.findIndex((line) => line === '' || NOTICE.test(line));
  return below.slice(0, end < 0 ? undefined : end).some((line) => OF_THE_DOCUMENT.test(line));
}
