/** A piece of a Buildroot license string: what applies, and to which component. */
interface LicensePiece {
  phrase: string;
  /** What stood in the parentheses behind it. */
  scope: string | undefined;
}

interface SplitString { pieces: readonly LicensePiece[]; balanced: boolean }

/**
 * Buildroot's outer form: parts by comma (some write `;`), each with the component it applies to in parentheses behind it; commas inside
 * parentheses belong to the component. `keepWhole` says which parts are names that have parentheses of their own.
 */
export function splitLicenseString(text: string, keepWhole: (part: string) => boolean): SplitString {
  const { parts, balanced } = partsOf(text);
  const kept = parts.map((part) => part.trim()).filter((part) => part !== '');
  return { pieces: kept.flatMap((part) => (keepWhole(part) ? [{ phrase: part, scope: undefined }] : piecesOf(part))), balanced };
}

/** Nobody nests a component deeper; the reading of a phrase is recursive. */
const MAX_DEPTH = 16;

function partsOf(text: string): { parts: string[]; balanced: boolean } {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (depth === 0 && (character === ',' || character === ';')) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
    if (depth < 0 || depth > MAX_DEPTH) return { parts: [text], balanced: false };
  }
  return depth === 0 ? { parts: [...parts, text.slice(start)], balanced: true } : { parts: [text], balanced: false };
}

const OPERATOR_BEHIND = /(^|\s)(or|and|with|\/)\s*$/i;
const OPERATOR_BEFORE = /^\s*(or|and|with)(\s|$)/i;

/** `A (x) B (y)` lacks a comma, `A (x) / B (y)` has a stroke for it; `A (x) or B` and `(A and B) or C` are one piece. */
function piecesOf(part: string): LicensePiece[] {
  const groups = groupsOf(part);
  const pieces: LicensePiece[] = [];
  let phrase = '';
  let scopes: string[] = [];
  let at = 0;
  // A stroke behind a component separates; anywhere else it is a part of the phrase.
  const text = part.replaceAll(/\)\s*\/\s/g, (stroke) => `)${' '.repeat(stroke.length - 1)}`);
  const close = (): void => {
    if (phrase.trim() !== '') pieces.push({ phrase: phrase.trim().replaceAll(/\s+/g, ' '), scope: scopes.length === 0 ? undefined : scopes.join(', ') });
    [phrase, scopes] = ['', []];
  };
  for (const { from, to } of groups) {
    const before = text.slice(at, from);
    if (scopes.length > 0 && before.trim() !== '' && !OPERATOR_BEFORE.test(before)) close();
    phrase += before;
    if (phrase.trim() === '' || OPERATOR_BEHIND.test(phrase)) phrase += text.slice(from, to);
    else scopes.push(text.slice(from + 1, to - 1).trim());
    at = to;
  }
  const rest = text.slice(at);
  if (scopes.length > 0 && rest.trim() !== '' && !OPERATOR_BEFORE.test(rest)) close();
  phrase += rest;
  close();
  return pieces;
}

/** Outermost parentheses. */
function groupsOf(part: string): { from: number; to: number }[] {
  const groups: { from: number; to: number }[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < part.length; at += 1) {
    if (part[at] === '(' && depth++ === 0) from = at;
    if (part[at] === ')' && --depth === 0) groups.push({ from, to: at + 1 });
  }
  return groups;
}
