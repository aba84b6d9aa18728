/** C0 but tab and line feed, DEL, C1, and what turns or hides text: line separators, bidirectional marks, zero-width characters, byte order mark. */
const ODD = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const REPLACEMENT = '\ufffd';

/** Foreign text with its lines, harmless on a terminal. */
export function plainText(text: string): string {
  return text.replaceAll(/\r\n?|\f/g, '\n').replaceAll(ODD, REPLACEMENT);
}

/** The same as one line. */
export function plainLine(text: string): string {
  return text.replaceAll(/[\t\n]/g, REPLACEMENT).replaceAll(ODD, REPLACEMENT);
}

/** For element content and attribute values in double quotes. */
export function escapedHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}
