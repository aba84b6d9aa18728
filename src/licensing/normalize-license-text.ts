import { sha256, type Sha256 } from '../foundation/digest.ts';

/** Longer files are looked at no further: the longest text of the list has 97 KiB. */
const MAX_TEXT = 1 << 19;
/** Headings stand in so many lines, or there are none. */
const MAX_HEAD = 60;

/** What stands before the text in the source of some language, and the frame of a box behind it. */
const COMMENT = /^\s*(?:\/\*+|\*+\/|\*+|\/\/+|#+|;+|--+|"+|%+|!+|\.\\"|(?:dnl|rem)\b)(?=\s|$)|\s*(?:\*+\/|\*+)\s*$/gi;

/** A notice, not a sentence about notices: sign, year, placeholder or "by" behind the word. */
const COPYRIGHT_NOTICE = /^\s*(?:portions\s+)?copyright\s*(?:\(c\)|©|&copy;|[<[{$]|\d{4}|by\b|holder:|,|-).*$|^\s*(?:\(c\)\s*(?:copyright\b|[<[{]|\d{4}|by\b)|©).*$/i;

/** A line of holders alone, in mixed case; a sentence that wraps before the word goes on with its own nouns. */
const HOLDER_LINE = /^\s*Copyright\s+(?!.*\b(?:notice|licen[cs]e|holder|owner|law)s?\b)[A-Z].{0,100}$/;

/** `(1)`, `(ii)`, `(c)`: at the start of an item, also within a line. */
const ITEM = /\((?:\d{1,2}|[ivx]{1,4}|[a-z])\)/gi;

const BULLET = /^\s*(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-z])[.)]|[-*•·–—])\s+/i;

const NAMES_LICENSE = /^\s*(?:the\s+)?[\w .-]{0,40}\blicen[cs]e(?:\s*\([\w -]+\))?:?\s*$/i;

/** SPDX's list of words that are to be read as the same, as far as it touches letters (annex "License matching guidelines"). */
const SAME_WORDS: ReadonlyMap<string, string> = new Map([
  ['acknowledgment', 'acknowledgement'], ['analog', 'analogue'], ['analyze', 'analyse'], ['artifact', 'artefact'], ['authorization', 'authorisation'], ['authorized', 'authorised'], ['caliber', 'calibre'],
  ['canceled', 'cancelled'], ['capitalizations', 'capitalisations'], ['catalog', 'catalogue'], ['categorize', 'categorise'], ['center', 'centre'], ['emphasized', 'emphasised'], ['favor', 'favour'],
  ['favorite', 'favourite'], ['fulfill', 'fulfil'], ['fulfillment', 'fulfilment'], ['initialize', 'initialise'], ['judgment', 'judgement'], ['labeling', 'labelling'], ['labor', 'labour'], ['license', 'licence'],
  ['licenses', 'licences'], ['licensed', 'licenced'], ['maximize', 'maximise'], ['modeled', 'modelled'], ['modeling', 'modelling'], ['noncommercial', 'non-commercial'], ['offense', 'offence'], ['optimize', 'optimise'],
  ['organization', 'organisation'], ['organize', 'organise'], ['practice', 'practise'], ['program', 'programme'], ['realize', 'realise'], ['recognize', 'recognise'], ['signaling', 'signalling'], ['utilization', 'utilisation'],
  ['whilst', 'while'], ['wilfull', 'wilful'], ['expressed', 'express'],
]);

/** Where texts of the BSD, MIT and HPND families name their holder. The list's templates mark these places as replaceable; its plain texts do not. */
const HOLDERS: readonly [RegExp, string][] = [
  [/\bneither (?:the )?names? of .{1,160}? n?or (?:the )?names? of (?:(?:its|their|the|any|other) )*contributors\b/g, 'neither the name of holder nor the names of contributors'],
  [/\bis provided by .{1,160}? as is\b/g, 'is provided by holder as is'],
  [/\bis provided as is and .{1,80}? disclaims all warranties\b/g, 'is provided as is and holder disclaims all warranties'],
  [/\bin no event (?:shall|will) .{1,160}? be (?:held )?liable\b/g, 'in no event shall holder be liable'],
];

/**
 * The words that count, with single spaces between. Runs of white space and of signs are cut short first: the expressions behind them would
 * go over a hostile megabyte of them again and again.
 */
export function normalizeLicenseText(text: string): string {
  const lines = text.slice(0, MAX_TEXT).replaceAll(/\r\n?/g, '\n').replaceAll(/[^\S\n]+/g, ' ').replaceAll(/([*#%;!"/=_-])\1{3,}/g, '$1$1$1').replaceAll(/[\u2018\u2019\u201c\u201d\u00ab\u00bb`]/g, '"').split('\n')
    .map((line) => line.replaceAll(COMMENT, ' ')).filter((line) => !COPYRIGHT_NOTICE.test(line) && !HOLDER_LINE.test(line)).map((line) => line.replace(BULLET, ' '));
  const words = withoutTitle(lines).join(' ').toLowerCase().replaceAll('https://', 'http://').replaceAll(/all rights reserved\.?/g, ' ')
    .replaceAll(ITEM, ' ').replaceAll(/<[^<>]{1,60}>|\[[^[\]]{1,60}\]/g, ' ').match(/[\p{L}\p{N}]+/gu) ?? [];
  const joined = words.map((word) => SAME_WORDS.get(word) ?? word).join(' ');
  return HOLDERS.reduce((rest, [place, holder]) => rest.replaceAll(place, holder), joined);
}

/** "How to apply" behind the terms of the GPL and of Apache may be left out, say the guidelines. */
export function termsOf(normalized: string): string {
  const end = normalized.indexOf('end of terms and conditions');
  return end < 0 ? normalized : normalized.slice(0, end).trimEnd();
}

/** Equal for texts that differ in white space, case, punctuation, comment signs, copyright notices, holders and what stands behind the terms only. */
export function licenseTextDigest(text: string): Sha256 {
  return sha256(termsOf(normalizeLicenseText(text)));
}

/** Headings above the first sentence: short paragraphs that end no sentence, and a line that only names a license. A text of headings alone keeps them. */
function withoutTitle(lines: readonly string[]): readonly string[] {
  const head = lines.slice(0, MAX_HEAD);
  for (let at = 0; at < head.length; at += 1) {
    if (head[at]!.trim() === '' || NAMES_LICENSE.test(head[at]!)) continue;
    const end = head.findIndex((line, index) => index > at && line.trim() === '');
    const paragraph = head.slice(at, end < 0 ? undefined : end).join(' ').trim();
    if (/[.:;,]$/.test(paragraph) || (paragraph.match(/\S+/g)?.length ?? 0) > 15) return lines.slice(at);
    if (end < 0) return lines;
    at = end;
  }
  return lines;
}
