import { displayPath } from '../tree/entry.ts';
import { EXIT } from '../foundation/exit-codes.ts';
import { CAUSES } from './cause-codes.ts';
import { causeSums } from './cause-sums.ts';
import type { Change, Comparison } from './comparison.ts';
import { changeLine, countLine, verdictLine, weightiestFirst } from './comparison-text.ts';
import { causeText, entryText } from './explanation-text.ts';
import type { Firing } from './fail-on.ts';
import { html, HtmlRoom } from './html-text.ts';
import { packageLines } from './package-changes.ts';
import { exitOfTold, type ToldComparison } from './told.ts';

export interface ReportOptions {
  /** What was compared, as who asked called it. */
  left: string;
  right: string;
  /** Of the whole page. */
  maxBytes: number;
  /** Of the rules that were judged, where any were. */
  firings?: readonly Firing[];
}

export const DEFAULT_REPORT_BYTES = 100_000;

const STYLE = 'body{font:15px/1.45 system-ui,sans-serif;max-width:76rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}'
  + 'table{border-collapse:collapse;width:100%}th,td{border:1px solid #ccc;padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f0f0f0}'
  + 'summary{font-family:ui-monospace,monospace;overflow-wrap:anywhere;cursor:pointer;padding:.15rem 0}details>div{margin:0 0 .75rem 1.25rem}.verdict{font-weight:600;padding:.6rem .8rem;border-left:.35rem solid}'
  + '.equal{background:#e8f5e9;border-color:#2e7d32}.noise{background:#fff8e1;border-color:#f9a825}.differs{background:#fdecea;border-color:#c62828}.quiet{color:#555}';

const VERDICT_CLASSES: Readonly<Partial<Record<number, string>>> = { [EXIT.done]: 'equal', [EXIT.noise]: 'noise' };

/**
 * A page that stands alone: no script, nothing is loaded, whatever stands in it, and no longer than `maxBytes` however
 * hostile the names are. What found no room is counted. The same comparison gives the same bytes.
 */
export function htmlReport(told: ToldComparison, options: ReportOptions): string {
  const { head, tail } = frame(told, options);
  const room = new HtmlRoom(Math.max(0, options.maxBytes - Buffer.byteLength(head + tail) - MOST_HEADINGS_BYTES));
  // Paths come last and take what the others left.
  return [
    head, firingSection(options.firings, room), imageSection(told, room), packageSection(told, room), causeSection(told.comparison, room),
    layoutSection(told.comparison, room), findingSection(told.comparison, room), pathSection(told, room), tail,
  ].join('');
}

/** For titles of sections, frames of tables and counts of what was left out. */
const MOST_HEADINGS_BYTES = 4000;
/** Of the room that is left, for each section but the last. */
const SHARE = 0.25;

function frame(told: ToldComparison, { left, right }: ReportOptions): { head: string; tail: string } {
  const exit = exitOfTold(told);
  const title = `${html(left)} → ${html(right)}`;
  const { changes } = told.comparison;
  return {
    head: '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
      + `<meta name="viewport" content="width=device-width">\n<title>${title}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<h1>${title}</h1>\n`
      + `<p class="verdict ${VERDICT_CLASSES[exit] ?? 'differs'}">${html(verdictLine(told.comparison, exit))}${changes.length === 0 ? '' : ` ${html(countLine(changes))}`}</p>\n`,
    tail: '</body>\n</html>\n',
  };
}

function section(title: string, rows: readonly string[], room: HtmlRoom, wrap: (rows: string) => string, share = room.leftBytes * SHARE): string {
  if (rows.length === 0) return '';
  const { html: filled, leftOut } = room.fill(rows, share);
  return `<h2>${title}</h2>\n${wrap(filled)}${leftOut === 0 ? '' : `<p class="quiet">… ${leftOut} more</p>\n`}`;
}

function table(head: readonly string[]): (rows: string) => string {
  return (rows) => `<table>\n<thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>\n<tbody>\n${rows}</tbody>\n</table>\n`;
}

function row(...cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${html(cell)}</td>`).join('')}</tr>\n`;
}

function firingSection(firings: readonly Firing[] | undefined, room: HtmlRoom): string {
  if (firings === undefined) return '';
  if (firings.length === 0) return '<h2>Rules</h2>\n<p>No rule fires.</p>\n';
  return section('Rules', firings.map(({ rule, where, why }) => row(rule, where, why)), room, table(['rule', 'where', 'why']));
}

function imageSection({ images }: ToldComparison, room: HtmlRoom): string {
  return section('Images', images.map(({ name, equal, owner }) => row(name, owner ?? 'root', equal ? 'equal' : 'differs')), room, table(['image', 'of', 'bytes']));
}

function packageSection({ packages }: ToldComparison, room: HtmlRoom): string {
  return section('Packages', packageLines(packages, packages.length).map((line) => `<li>${html(line)}</li>\n`), room, (rows) => `<ul>\n${rows}</ul>\n`);
}

function causeSection(comparison: Comparison, room: HtmlRoom): string {
  const rows = causeSums(comparison).map(({ code, count, proved, covers }) => row(code, CAUSES[code].summary, String(count), String(proved), `${Math.round(100 * covers)} %`, CAUSES[code].hint));
  return section('Causes', rows, room, table(['cause', 'what', 'times', 'proved', 'covers', 'what to do']));
}

function layoutSection({ layout }: Comparison, room: HtmlRoom): string {
  const rows = layout.toSorted((a, b) => Number(a.noise) - Number(b.noise)).map(({ place, key, left, right, cause, noise }) => row(place, key, shown(left), shown(right), cause, noise ? 'noise' : ''));
  return section('Layout', rows, room, table(['place', 'what', 'left', 'right', 'cause', '']));
}

function shown(value: string | number | boolean | null): string {
  return value === null ? 'none' : String(value);
}

function findingSection({ findings }: Comparison, room: HtmlRoom): string {
  return section('What readers found wrong', findings.map(({ side, severity, place, message }) => row(side, severity, place, message)), room, table(['side', 'severity', 'place', 'what']));
}

function pathSection(told: ToldComparison, room: HtmlRoom): string {
  const rows = weightiestFirst(told.comparison.changes).map((change) => pathDetails(change, told.owner(change)));
  return section('Paths', rows, room, (filled) => filled, room.leftBytes);
}

const MOST_PARTS = 12;
const MOST_INSIDE = 12;

function pathDetails(change: Change, owner: string | undefined): string {
  const { before, after, causes, parts = [], inside, otherPath } = change;
  const lines = [
    ...(otherPath === undefined ? [] : [`was at /${displayPath(otherPath)}`]), `left: ${entryText(before)}`, `right: ${entryText(after)}`, ...(owner === undefined ? [] : [`owner: ${owner}`]),
    ...causes.flatMap((cause) => [causeText(cause), ...cause.evidence.map((one) => `evidence: ${one}`)]),
    ...bounded(parts.map(({ name, kind, leftBytes, rightBytes }) => `part ${name} ${kind}: ${leftBytes} → ${rightBytes} bytes`), MOST_PARTS),
    ...bounded((inside?.changes ?? []).map((one) => `within: ${changeLine(one)}`), MOST_INSIDE),
  ];
  return `<details><summary>${html(changeLine(change))}</summary><div>${lines.map(html).join('<br>\n')}</div></details>\n`;
}

function bounded(lines: readonly string[], most: number): string[] {
  return lines.length > most ? [...lines.slice(0, most), `… ${lines.length - most} more`] : [...lines];
}
