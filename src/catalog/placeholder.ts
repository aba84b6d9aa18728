/** `{{namespace.name}}` */
export interface Placeholder {
  namespace: string;
  name: string;
}

export interface TextParts {
  /** Text and placeholders in order. */
  parts: readonly (string | Placeholder)[];
  /** Double braces that are no placeholder, as written. */
  malformed: readonly string[];
}

const WELL_FORMED = /^\{\{([a-z]+)\.([a-z][a-z0-9_]{0,63})\}\}$/;

/** Splits text at its placeholders. Never throws; `{{` cannot be escaped, so what is no placeholder is reported. */
export function splitText(text: string): TextParts {
  const malformed: string[] = [];
  const parts = text.split(/(\{\{[^{}]*\}\})/).filter((part) => part !== '').map((part) => {
    const match = WELL_FORMED.exec(part);
    if (match !== null) return { namespace: match[1]!, name: match[2]! };
    const braces = /\{\{[^{}]*\}?\}?/.exec(part);
    if (braces !== null) malformed.push(braces[0]);
    return part;
  });
  return { parts, malformed };
}

export function placeholdersIn(text: string): Placeholder[] {
  return splitText(text).parts.filter((part) => typeof part !== 'string');
}

/** The placeholder that the text consists of, where it is nothing else. */
export function wholePlaceholder(text: string): Placeholder | undefined {
  const match = WELL_FORMED.exec(text);
  return match === null ? undefined : { namespace: match[1]!, name: match[2]! };
}

/** Options that shell text reads, as `$opt_NAME`, `${opt_NAME}` or in any other spelling of the word; sorted. */
export function optionsNamedIn(shell: string): string[] {
  return wordsWithPrefix(shell, 'opt');
}

/** Inputs that shell text reads as `$with_NAME`; sorted. */
export function inputsNamedIn(shell: string): string[] {
  return wordsWithPrefix(shell, 'with');
}

/** Architecture facts that shell text reads as `$arch_NAME`; sorted. */
export function factsNamedIn(shell: string): string[] {
  return wordsWithPrefix(shell, 'arch');
}

function wordsWithPrefix(shell: string, prefix: string): string[] {
  const found = shell.matchAll(new RegExp(`(?<![A-Za-z0-9_])${prefix}_([a-z][a-z0-9_]*)`, 'g'));
  return [...new Set([...found].map((match) => match[1]!))].toSorted();
}
