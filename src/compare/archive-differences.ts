import type { CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import { isLanguageOrder } from '../causes/order-rules.ts';
import type { BytePair } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import type { Comparison } from './comparison.ts';
import { exitOf } from './verdict.ts';

/** A header and the content behind it, in the order of the archive. */
interface Record { name: string; owner: string; padding: string }

const BLOCK = 512;
const MOST_RECORDS = 200_000;

/** Undefined where it does not go on as a tar (ustar, GNU). Extended headers are records of their own. */
function tarRecords(bytes: Buffer): Record[] | undefined {
  const records: Record[] = [];
  let at = 0;
  while (at + BLOCK <= bytes.length && bytes[at] !== 0 && records.length < MOST_RECORDS) {
    const size = Number.parseInt(textAt(bytes, at + 124, 12).trim() || '0', 8);
    const magic = bytes.toString('latin1', at + 257, at + 262);
    if (magic !== 'ustar' || !Number.isSafeInteger(size) || size < 0) return undefined;
    const content = at + BLOCK + size;
    const next = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const isPosix = bytes[at + 262] === 0;
    const fields = [[0, 100], [157, 100], [265, 32], [297, 32], ...(isPosix ? [[345, 155] as const, [500, 12] as const] : [])] as const;
    records.push({
      name: `${textAt(bytes, at, 100)} ${textAt(bytes, at + 345, isPosix ? 155 : 0)} ${String.fromCharCode(bytes[at + 156]!)}`, owner: `${textAt(bytes, at + 265, 32)}:${textAt(bytes, at + 297, 32)}`,
      padding: [...fields.map(([start, length]) => behindText(bytes, at + start, length)), bytes.toString('latin1', content, next)].join('').replaceAll('\0', ''),
    });
    at = next;
  }
  return records;
}

const textAt = (bytes: Buffer, start: number, length: number): string => { const text = bytes.toString('latin1', start, start + length); const end = text.indexOf('\0'); return end < 0 ? text : text.slice(0, end); };
const behindText = (bytes: Buffer, start: number, length: number): string => bytes.toString('latin1', start + textAt(bytes, start, length).length, start + length);

interface ArchiveDifferences {
  /** What accounts for a difference that no entry shows. */
  codes: CauseCode[];
  /** Bytes that belong to no entry and are no zeros differ: anything may be hidden there. */
  strays: boolean;
}

/** How two tars differ beside their entries. Undefined where one is none. */
function archiveDifferences({ left, right }: BytePair): ArchiveDifferences | undefined {
  const [a, b] = [tarRecords(left), tarRecords(right)];
  if (a === undefined || b === undefined || a.length === 0 || b.length === 0) return undefined;
  const column = (records: readonly Record[], of: (record: Record) => string): string => records.map(of).join('\n');
  const byName = (records: readonly Record[]): Record[] => records.toSorted((x, y) => compareText(x.name, y.name));
  const codes: CauseCode[] = [];
  const paths = [a, b].map((records) => records.map(({ name }) => name.slice(0, -2).trimEnd())) as [string[], string[]];
  const sameNames = column(byName(a), ({ name }) => name) === column(byName(b), ({ name }) => name);
  if (sameNames && column(a, ({ name }) => name) !== column(b, ({ name }) => name)) codes.push(isLanguageOrder(...paths) ? 'locale' : 'ordering');
  if (sameNames && column(byName(a), ({ owner }) => owner) !== column(byName(b), ({ owner }) => owner)) codes.push('host-leak');
  return { codes, strays: column(byName(a), ({ padding }) => padding) !== column(byName(b), ({ padding }) => padding) };
}

/** Why an archive that is a file differs: of what differs in it, and of what no entry shows. Times of its entries are times in the file. */
export function insideCauses(inside: Comparison, pair: BytePair): { causes: Cause[]; noise: boolean } {
  const beside = archiveDifferences(pair) ?? { codes: [], strays: false };
  const noise = exitOf(inside) !== 1 && !beside.strays;
  const layout = inside.layout.filter(({ key }) => key !== 'bytes' || beside.codes.length === 0).map(({ cause }) => cause);
  const entries = inside.changes.flatMap(({ causes }) => causes.map(({ code }): CauseCode => (code === 'modification-time' ? 'embedded-timestamp' : code)));
  const codes = new Set<CauseCode>([...beside.codes, ...(beside.strays ? ['unknown' as const] : []), ...layout, ...entries]);
  return { causes: [...codes].map((code) => ({ code, confidence: code === 'unknown' ? 0 : noise ? 1 : 0.9, coverage: 1 / codes.size, evidence: ['in the archive'] })), noise };
}
