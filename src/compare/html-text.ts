import { safeText } from './safe-text.ts';

const LONGEST = 400;

/** Foreign text as HTML, for elements and for attributes in double quotes: one line, bounded, nothing that hides or turns text around. */
export function html(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  // A page that holds code points of Unicode's own use is none.
  return safeText(cut).replaceAll(/\p{Noncharacter_Code_Point}/gu, '\ufffd').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** Pieces of HTML as far as there is room; counts what found none. */
export class HtmlRoom {
  #leftBytes: number;

  constructor(maxBytes: number) {
    this.#leftBytes = maxBytes;
  }

  get leftBytes(): number {
    return this.#leftBytes;
  }

  /** The pieces up to the first for which there is no room, and how many there were from it on. */
  fill(pieces: readonly string[], share = this.#leftBytes): { html: string; leftOut: number } {
    let room = Math.min(share, this.#leftBytes);
    const taken: string[] = [];
    for (const piece of pieces) {
      const bytes = Buffer.byteLength(piece);
      if (bytes > room) break;
      room -= bytes;
      this.#leftBytes -= bytes;
      taken.push(piece);
    }
    return { html: taken.join(''), leftOut: pieces.length - taken.length };
  }
}
