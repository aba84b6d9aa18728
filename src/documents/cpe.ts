/** NISTIR 7695, section 6.2: the formatted string binding of CPE 2.3. */
const PART = /^[aho*-]$/;
/** One avstring: `*`, `-`, or characters, the special ones quoted, with `*` or `?`s at its ends only. */
const AVSTRING = /^(?:[*-]|(?:\*|\?+)?(?:[A-Za-z0-9._-]|\\[!-/:-@[-`{-~])+(?:\*|\?+)?)$/;
const LANGUAGE = /^(?:[*-]|[A-Za-z]{2,3}(?:-(?:[A-Za-z]{2}|[0-9]{3}))?)$/;
const ATTRIBUTES = ['part', 'vendor', 'product', 'version', 'update', 'edition', 'language', 'sw_edition', 'target_sw', 'target_hw', 'other'];
const MAX_LENGTH = 1024;

/** Why a text is no CPE 2.3 name; undefined when it is one. */
export function cpeProblem(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const [scheme, version, ...values] = splitUnescaped(text);
  if (scheme !== 'cpe' || version !== '2.3') return 'it does not begin with cpe:2.3:';
  if (values.length !== ATTRIBUTES.length) return `it has ${values.length} attributes, not ${ATTRIBUTES.length}`;
  const wrong = values.findIndex((value, index) => !form(index).test(value));
  return wrong < 0 ? undefined : `its ${ATTRIBUTES[wrong]!} is malformed`;
}

function form(index: number): RegExp {
  if (index === 0) return PART;
  return index === 6 ? LANGUAGE : AVSTRING;
}

/** A colon after a backslash is a character, not a separator. */
function splitUnescaped(text: string): string[] {
  const parts: string[] = [''];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === ':') parts.push('');
    else parts[parts.length - 1] += text[at] === '\\' ? text.slice(at, (at += 1) + 1) : text[at]!;
  }
  return parts;
}
