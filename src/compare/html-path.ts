import { displayPath } from '../tree/entry.ts';
import { changeLine, changeWords } from './comparison-text.ts';
import type { Change } from './comparison.ts';
import { causeText, entryText } from './explanation-text.ts';
import { html } from './html-text.ts';

const MOST_PARTS = 12;
const MOST_INSIDE = 12;
const COLORS = { added: 'come', removed: 'gone', changed: 'other', moved: 'other' } as const;

/** One path, folded: the line that the terminal gets, and below it entries, evidence, parts and what changed within. */
export function pathDetails(change: Change, owner: string | undefined): string {
  const { mark, path, from, what, size, why, within } = changeWords(change);
  const rest = [from, what, size, why, within].filter((part) => part !== '').map((part) => ` <span class="quiet">${html(part)}</span>`);
  return `<details><summary><b class="${COLORS[change.kind]}">${html(`${mark} ${path}`)}</b>${rest.join(' ')}</summary><div>${detailLines(change, owner).map(html).join('<br>\n')}</div></details>\n`;
}

function detailLines({ before, after, causes, parts = [], inside, otherPath }: Change, owner: string | undefined): string[] {
  return [
    ...(otherPath === undefined ? [] : [`was at /${displayPath(otherPath)}`]), `left: ${entryText(before)}`, `right: ${entryText(after)}`, ...(owner === undefined ? [] : [`owner: ${owner}`]),
    ...causes.toSorted((a, b) => b.coverage - a.coverage).flatMap((cause) => [causeText(cause), ...cause.evidence.map((one) => `evidence: ${one}`)]),
    ...bounded(parts.map(({ name, kind, leftBytes, rightBytes }) => `part ${name} ${kind}: ${leftBytes} → ${rightBytes} bytes`), MOST_PARTS),
    ...bounded((inside?.changes ?? []).map((one) => `within: ${changeLine(one)}`), MOST_INSIDE),
  ];
}

function bounded(lines: readonly string[], most: number): string[] {
  return lines.length > most ? [...lines.slice(0, most), `… ${lines.length - most} more`] : [...lines];
}
