import { safeText } from './safe-text.ts';

const WIDEST = 400;

/** So many at most, the last of which says how many more there are. No control characters. */
export function mostLines(lines: readonly string[], most: number, what: string): string[] {
  const room = Math.max(0, most - 1);
  const shown = lines.length > most ? [...lines.slice(0, room), `… ${counted(lines.length - room, what)}`] : lines;
  return shown.map((line) => cutTo(WIDEST, safeText(line)));
}

/** Between two characters, never in one. */
export function cutTo(widest: number, text: string): string {
  if (text.length <= widest) return text;
  const units = [...text];
  return units.length > widest ? `${units.slice(0, widest - 1).join('')}…` : text;
}

/** `1 more package`, `2 more packages`. */
export function counted(count: number, nouns: string): string {
  return `${count} more ${count === 1 ? nouns.replace(/s$/, '') : nouns}`;
}
