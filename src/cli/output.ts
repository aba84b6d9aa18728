/** Where the terminal door writes: data to `data` (stdout), all else to `note` (stderr). */
export interface Terminal {
  data(text: string): void;
  note(text: string): void;
  /** A person watches stderr: progress may redraw its line. */
  interactive: boolean;
  columns: number;
}

/** One JSON document a line, keys as given. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.data(`${JSON.stringify(value)}\n`);
}

/** Columns padded to the widest cell; the last one runs free. A cell is one line, whatever is in it. */
export function printTable(terminal: Terminal, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const all = [header, ...rows.map((row) => row.map((cell) => oneLine(cell)))];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  for (const row of all) {
    const cells = row.map((cell, column) => column === row.length - 1 ? cell : cell.padEnd(widths[column]!));
    terminal.data(`${cells.join('  ').trimEnd()}\n`);
  }
}

const oneLine = (text: string): string => harmless(text).replaceAll(/[\n\t]+/g, ' ');

/** One `name  value` a line. */
export function printFacts(terminal: Terminal, facts: readonly (readonly [name: string, value: string])[]): void {
  const width = Math.max(...facts.map(([name]) => name.length));
  for (const [name, value] of facts) terminal.data(`${name.padEnd(width)}  ${oneLine(value)}\n`);
}

/** A headed table below others; nothing where it has no rows. */
export function printSection(terminal: Terminal, title: string, header: readonly string[], rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  terminal.data(`\n${title}\n`);
  printTable(terminal, header, rows);
}

/** `1 h 02 min`, `3 min 07 s`, `4.2 s`. */
export function durationText(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

export { sizeText } from '../foundation/size-text.ts';

/** Text of a build for a terminal: control characters shown, so that a log cannot move the cursor or set a title. */
export function harmless(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (unit) => `\\x${unit.codePointAt(0)!.toString(16).padStart(2, '0')}`);
}
