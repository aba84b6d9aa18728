import type { ContentDetail, DetailList, DetailTable, FunctionChange, FunctionDetail, Listed, ValueChange } from './detail.ts';
import type { TextDifference } from './text-differences.ts';

/** Most lines of each kind; all of it is in the JSON. */
const MOST = { rows: 20, strings: 12, functions: 40, windows: 8, texts: 60, inside: 40, problems: 5 } as const;
/** Of what is packed in it, deeper ones fewer. */
const LEAST = 5;

/** For people, folded: what a heading has no room for is counted. Control characters may stand in it. */
export function detailLines(detail: ContentDetail, depth = 0): string[] {
  const { kinds, tables, functions, lists, texts, bytes, inside, problems } = detail;
  const most = (of: number): number => Math.max(LEAST, of >> depth);
  return [
    ...(kinds.left === kinds.right ? [] : [`kinds: ${kinds.left} → ${kinds.right}`]), ...tables.flatMap((table) => tableLines(withoutFunctions(table, functions), most(MOST.rows))), ...(functions === undefined ? [] : functionLines(functions, most(MOST.functions))),
    ...lists.flatMap((list) => listLines(list, most(MOST.strings))), ...texts.flatMap((text) => textLines(text, most(MOST.texts))), ...(bytes === undefined ? [] : windowLines(bytes, most(MOST.windows))),
    ...insideLines(inside, depth, most(MOST.inside)), ...folded({ items: problems, more: 0 }, MOST.problems, 'problems').map((problem) => `       ${problem}`),
  ];
}

/** What became of functions is told of them; that a symbol has another size says the same. */
function withoutFunctions({ name, rows }: DetailTable, functions: FunctionDetail | undefined): DetailTable {
  const isResized = ({ left, right }: ValueChange): boolean => functions !== undefined && left !== null && right !== null && left.startsWith('func ') && withoutSize(left) === withoutSize(right);
  return { name, rows: { items: rows.items.filter((row) => !isResized(row)), more: rows.more } };
}

const withoutSize = (text: string): string => text.replace(/\d+ bytes$/, '');

function tableLines({ name, rows }: DetailTable, most: number): string[] {
  if (rows.items.length === 0) return [];
  return [`${name}:`, ...folded({ items: rows.items.map(rowText), more: rows.more }, most, 'more').map((line) => `  ${line}`)];
}

function rowText({ name, left, right }: ValueChange): string {
  if (left === null) return `+ ${name}: ${right}`;
  return right === null ? `- ${name}: ${left}` : `~ ${name}: ${left} → ${right}`;
}

function functionLines({ from, counts, changes }: FunctionDetail, most: number): string[] {
  const told = (['changed', 'added', 'removed', 'bytes', 'operands', 'shifted', 'same'] as const).filter((fate) => counts[fate] > 0).map((fate) => `${counts[fate]} ${FATES[fate]}`);
  return [`functions (by ${from}): ${told.join(', ')}`, ...folded({ items: changes.items.map(functionText), more: changes.more }, most, 'more').map((line) => `  ${line}`)];
}

const FATES = { changed: 'changed', added: 'added', removed: 'removed', bytes: 'with other bytes', operands: 'with other operands', shifted: 'with shifted addresses alone (suspected)', same: 'the same' } as const;

function functionText({ name, after, fate, left, right, instructions }: FunctionChange): string {
  const where = (right ?? left)!.address;
  const called = name ?? `the one at ${where}${after === undefined ? '' : ` (after ${after})`}`;
  const sizes = left === null || right === null ? `${(left ?? right)!.sizeBytes} bytes` : left.sizeBytes === right.sizeBytes ? `${left.sizeBytes} bytes` : `${left.sizeBytes} → ${right.sizeBytes} bytes`;
  return `${SIGNS[fate]} ${called}: ${sizes}${instructions === undefined ? '' : `, ${instructions} ${fate === 'operands' ? 'operands' : 'instructions'}`}`;
}

const SIGNS = { changed: '~', added: '+', removed: '-', bytes: '~', operands: '≈', shifted: '≈' } as const;

function listLines({ name, removed, added }: DetailList, most: number): string[] {
  const lines = (list: Listed<string>, sign: string): string[] => folded({ items: list.items.map((text) => `${sign} ${JSON.stringify(text)}`), more: list.more }, most, 'more').map((line) => `  ${line}`);
  return [`${name}: ${removed.items.length + removed.more} removed, ${added.items.length + added.more} added`, ...lines(removed, '-'), ...lines(added, '+')];
}

function textLines({ name, lines, moreLines }: TextDifference, most: number): string[] {
  if (moreLines === null) return [`text   ${name}: too large or too different to tell line by line`];
  return [`text   ${name}`, ...folded({ items: lines, more: moreLines }, most, 'more lines')];
}

function windowLines({ items, more }: NonNullable<ContentDetail['bytes']>, most: number): string[] {
  const rows = items.map(({ leftOffset, rightOffset, left, right }) => [`- ${offsetText(leftOffset)} ${spaced(left)}`, `+ ${offsetText(rightOffset)} ${spaced(right)}`]);
  const shown = rows.slice(0, most);
  return shown.length === 0 ? [] : ['bytes:', ...shown.flat().map((line) => `  ${line}`), ...(more + rows.length > shown.length ? [`  … ${more + rows.length - shown.length} more places`] : [])];
}

const offsetText = (offset: number): string => offset.toString(16).padStart(8, '0');

function spaced(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return `${bytes.join(' ').padEnd(47)}  ${bytes.map((byte) => { const code = Number.parseInt(byte, 16); return code >= 0x20 && code < 0x7f ? String.fromCodePoint(code) : '.'; }).join('')}`;
}

function insideLines({ items, more }: ContentDetail['inside'], depth: number, most: number): string[] {
  const lines = items.flatMap(({ name, detail }) => {
    const within = detailLines(detail, depth + 1);
    return [`in ${name}:`, ...folded({ items: within, more: 0 }, most, 'more lines').map((line) => `  ${line}`)];
  });
  return [...folded({ items: lines, more: 0 }, MOST.inside * 2, 'more lines'), ...(more > 0 ? [`… ${more} more packed in it`] : [])];
}

function folded({ items, more }: Listed<string>, most: number, what: string): string[] {
  const left = more + items.length - Math.min(items.length, most);
  return [...items.slice(0, most), ...(left > 0 ? [`… ${left} ${what}`] : [])];
}
