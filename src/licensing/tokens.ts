/** A piece of an expression; offsets count UTF-16 units from 0. */
export interface Token {
  kind: 'open' | 'close' | 'word';
  text: string;
  at: number;
  /** White space, or an end of the text, on both sides. */
  spaced: boolean;
}

export function tokenize(text: string): Token[] {
  return [...text.matchAll(/[()]|[^\s()]+/g)].map(({ 0: found, index }): Token => ({
    kind: found === '(' ? 'open' : found === ')' ? 'close' : 'word',
    text: found,
    at: index,
    spaced: isGap(text[index - 1]) && isGap(text[index + found.length]),
  }));
}

function isGap(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character);
}
