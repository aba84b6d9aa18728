import type { Refuse } from '../readers/tar-header.ts';

/** Keyword to value, both byte strings (latin1). An empty value takes a global record back. */
export type PaxRecords = Map<string, string>;

const LINE_FEED = 0x0a;

/** `"%d %s=%s\n"`, the length counting itself (POSIX.1-2017 pax, "Extended Header"). */
export function parsePaxRecords(bytes: Uint8Array, refuse: Refuse): PaxRecords {
  const records: PaxRecords = new Map();
  for (let at = 0; at < bytes.byteLength;) {
    const digits = /^([1-9][0-9]{0,9}) /.exec(Buffer.from(bytes.subarray(at, at + 12)).toString('latin1'));
    if (digits === null) return refuse('has an extended record without a length');
    const length = Number(digits[1]);
    const end = at + length;
    const start = at + digits[0].length;
    if (end > bytes.byteLength || end <= start) return refuse('has an extended record that is longer than its header');
    if (bytes[end - 1] !== LINE_FEED) return refuse('has an extended record that does not end where it says');
    const line = Buffer.from(bytes.subarray(start, end - 1)).toString('latin1');
    const equals = line.indexOf('=');
    if (equals < 1) return refuse('has an extended record without a keyword');
    records.set(line.slice(0, equals), line.slice(equals + 1));
    at = end;
  }
  return records;
}

export function encodePaxRecords(records: Iterable<readonly [string, string]>): Buffer {
  return Buffer.concat([...records].map(([keyword, value]) => Buffer.from(paxLine(keyword, value), 'latin1')));
}

function paxLine(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return `${length}${rest}`;
}

/** A decimal count; pax may write a fraction, which no field of ours has. */
export function paxNumber(value: string, keyword: string, refuse: Refuse): number {
  const parsed = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(parsed) ? parsed : refuse(`has ${keyword} "${value.slice(0, 40)}", which is no count`);
}
