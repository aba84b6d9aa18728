import { CAUSES } from '../causes/cause-codes.ts';
import { EXIT } from '../foundation/exit-codes.ts';
import { sizeText } from '../foundation/size-text.ts';
import { toldCauses } from './cause-sums.ts';
import { countLine, verdictLine, weightiestFirst } from './comparison-text.ts';
import type { Comparison } from './comparison.ts';
import type { Firing } from './fail-on.ts';
import { pathDetails } from './html-path.ts';
import { STYLE } from './html-style.ts';
import { html, HtmlRoom } from './html-text.ts';
import { packageWords, sameLines } from './package-lines.ts';
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

const VERDICT_CLASSES: Readonly<Partial<Record<number, string>>> = { [EXIT.done]: 'equal', [EXIT.noise]: 'noise' };

/**
 * A page that stands alone: no script, nothing is loaded, whatever stands in it, and no longer than `maxBytes` however
 * hostile the names are. What found no room is counted. The same comparison gives the same bytes.
 */
export function htmlReport(told: ToldComparison, options: ReportOptions): string {
  const { head, tail } = frame(told, options);
  const room = new HtmlRoom(Math.max(0, options.maxBytes - Buffer.byteLength(head + tail) - MOST_HEADINGS_BYTES));
  const first = [firingSection(options.firings, room), findingSection(told.comparison, room), packageSection(told, room), causeSection(told, room)];
  const last = [layoutSection(told.comparison, room), imageSection(told, room)];
  // Paths take what the others left.
  const sections = [...first, pathSection(told, room), ...last].filter(({ count }) => count > 0);
  return [head, navigation(sections), ...sections.map(({ body }) => body), tail].join('');
}

/** For titles of sections, frames of tables, links to them and counts of what was left out. */
const MOST_HEADINGS_BYTES = 4000;
/** Of the room that is left, for each section but the last. */
const SHARE = 0.25;

function frame(told: ToldComparison, { left, right }: ReportOptions): { head: string; tail: string } {
  const exit = exitOfTold(told);
  const title = `${html(left)} → ${html(right)}`;
  const { changes } = told.comparison;
  const differing = told.images.filter(({ equal }) => !equal).map(({ name }) => name);
  return {
    head: '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
      + `<meta name="viewport" content="width=device-width,initial-scale=1">\n<title>${title}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<h1>${title}</h1>\n`
      + `<p class="verdict ${VERDICT_CLASSES[exit] ?? 'differs'}">${html(verdictLine(told.comparison, exit))}${changes.length === 0 ? '' : ` ${html(countLine(changes))}`}</p>\n`
      + (told.images.length === 0 ? '' : `<p>${differing.length} of ${told.images.length} images differ${differing.length === 0 ? '' : `: ${html(differing.join(', '))}`}</p>\n`),
    tail: '<p class="quiet">Made by Provenroot. + came, - went, ~ changed, &gt; moved. A cause with ? is on record or likely, not proved; what is proved was taken away from both sides, and nothing was left.</p>\n</body>\n</html>\n',
  };
}

interface Section { id: string; title: string; count: number; body: string }

function section(title: string, rows: readonly string[], room: HtmlRoom, wrap: (rows: string) => string, share = room.leftBytes * SHARE): Section {
  const id = title.toLowerCase();
  if (rows.length === 0) return { id, title, count: 0, body: '' };
  const { html: filled, leftOut } = room.fill(rows, share);
  return { id, title, count: rows.length, body: `<h2 id="${id}">${title} <span>${rows.length}</span></h2>\n${wrap(filled)}${leftOut === 0 ? '' : `<p class="quiet">… ${leftOut} more</p>\n`}` };
}

function navigation(sections: readonly Section[]): string {
  return sections.length < 2 ? '' : `<nav>${sections.map(({ id, title, count }) => `<a href="#${id}">${title} ${count}</a>`).join(' ')}</nav>\n`;
}

/** A narrow screen has no head of a table: each cell of more than a word says of what it is. */
function table(head: readonly string[]): { row: (...cells: readonly string[]) => string; wrap: (rows: string) => string } {
  return {
    row: (...cells) => `<tr>${cells.map((cell, column) => `<td${column === 0 || head[column] === '' ? '' : ` title="${head[column]}"`}>${html(cell)}</td>`).join('')}</tr>\n`,
    wrap: (rows) => `<table>\n<thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>\n<tbody>\n${rows}</tbody>\n</table>\n`,
  };
}

function firingSection(firings: readonly Firing[] | undefined, room: HtmlRoom): Section {
  if (firings?.length === 0) return { id: 'rules', title: 'Rules', count: 1, body: '<h2 id="rules">Rules</h2>\n<p>No rule fires.</p>\n' };
  const { row, wrap } = table(['rule', 'where', 'why']);
  return section('Rules', (firings ?? []).map(({ rule, where, why }) => row(rule, where, why)), room, wrap);
}

function findingSection({ findings }: Comparison, room: HtmlRoom): Section {
  const { row, wrap } = table(['side', 'severity', 'place', 'what readers found wrong']);
  return section('Findings', findings.map(({ side, severity, place, message }) => row(side, severity, place, message)), room, wrap);
}

function packageSection({ packages, images }: ToldComparison, room: HtmlRoom): Section {
  const { row, wrap } = table(['package', 'version', 'what differs', 'why']);
  const { differing, same } = packageWords(packages, images);
  const rows = differing.map(({ name, version, what, why, license }) => row(name, version, what, [why, license].filter((part) => part !== '').join('; ')));
  return section('Packages', [...rows, ...sameLines(same).map((line) => `<tr><td colspan="4">${html(line)}</td></tr>\n`)], room, wrap);
}

function causeSection(told: ToldComparison, room: HtmlRoom): Section {
  const { row, wrap } = table(['cause', 'what', 'times', 'proved', 'covers', 'what to do']);
  return section('Causes', toldCauses(told).map(({ code, count, proved, covers }) => row(code, CAUSES[code].summary, String(count), String(proved), `${Math.round(100 * covers)} %`, CAUSES[code].hint)), room, wrap);
}

function pathSection(told: ToldComparison, room: HtmlRoom): Section {
  const rows = weightiestFirst(told.comparison.changes).map((change) => pathDetails(change, told.owner(change)));
  return section('Paths', rows, room, (filled) => filled, room.leftBytes);
}

function layoutSection({ layout }: Comparison, room: HtmlRoom): Section {
  const { row, wrap } = table(['place', 'what', 'left', 'right', 'cause', 'noise']);
  return section('Layout', layout.toSorted((a, b) => Number(a.noise) - Number(b.noise)).map(({ place, key, left, right, cause, noise }) => row(place, key, shown(left), shown(right), cause, noise ? 'yes' : '')), room, wrap);
}

function shown(value: string | number | boolean | null): string {
  return value === null ? 'none' : String(value);
}

function imageSection({ images }: ToldComparison, room: HtmlRoom): Section {
  const { row, wrap } = table(['image', 'of', 'bytes', 'left', 'right']);
  const side = (bytes: number | null, digest: string | null): string => (bytes === null || digest === null ? 'none' : `${sizeText(bytes)} sha256:${digest.slice(0, 12)}`);
  return section('Images', images.map(({ name, equal, owner, sizeBytes, left, right }) => row(name, owner ?? 'root', equal ? 'equal' : 'differs', side(sizeBytes.left, left), side(sizeBytes.right, right))), room, wrap);
}
