import { safeText } from './safe-text.ts';

const WIDEST = 400;

/** So many at most, and then how many more there are. No control characters. */
export function mostLines(lines: readonly string[], most: number, what: string): string[] {
  const shown = lines.length > most ? [...lines.slice(0, Math.max(0, most)), `… ${lines.length - Math.max(0, most)} more ${what}`] : lines;
  return shown.map((line) => safeText(line.length > WIDEST ? `${line.slice(0, WIDEST)}…` : line));
}
