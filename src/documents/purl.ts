/** A package URL, taken apart (ECMA-427; purl specification, "how to parse a purl"). Parts are percent-decoded. */
export interface PackageUrl {
  type: string;
  namespace: readonly string[];
  name: string;
  version: string | undefined;
  /** Keys in lower case. */
  qualifiers: ReadonlyMap<string, string>;
  subpath: readonly string[];
}

/** Longer ones are not read: a purl may come from anybody's document. */
const MAX_LENGTH = 4096;
const TYPE = /^[a-z][a-z0-9.-]*$/;
const QUALIFIER_KEY = /^[a-z][a-z0-9._-]*$/;
/** What may stand unescaped; `+` in a version is read as itself. */
const UNESCAPED = /^(?:[A-Za-z0-9._~:+!$'()*,;=/-]|%[0-9A-Fa-f]{2})*$/;

/** Why a text is no package URL; undefined when it is one. */
export function purlProblem(text: string): string | undefined {
  const parsed = parsePurl(text);
  return typeof parsed === 'string' ? parsed : undefined;
}

/** Reads a purl in canonical form; a string says why it is none. */
export function parsePurl(text: string): PackageUrl | string {
  if (text.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (!text.startsWith('pkg:')) return 'it does not begin with pkg:';
  const [beforeSubpath, subpath] = splitAtFirst(text.slice(4), '#');
  const [path, query] = splitAtFirst(beforeSubpath, '?');
  const [type, rest] = splitAtFirst(path, '/');
  if (!TYPE.test(type)) return `${JSON.stringify(type)} is no type: a lower-case letter, then letters, digits, dots and dashes`;
  if (rest === undefined || rest === '') return 'it names nothing after its type';
  return readParts(type, rest, query, subpath);
}

function readParts(type: string, rest: string, query: string | undefined, subpath: string | undefined): PackageUrl | string {
  const at = rest.lastIndexOf('@');
  const segments = (at < 0 ? rest : rest.slice(0, at)).split('/').map(decoded);
  const version = at < 0 ? undefined : decoded(rest.slice(at + 1));
  const qualifiers = qualifiersOf(query);
  const below = subpath === undefined ? [] : subpath.split('/').map(decoded);
  if (typeof qualifiers === 'string') return qualifiers;
  if (segments.includes(undefined) || below.includes(undefined) || (at >= 0 && version === undefined)) return 'a part of it is not percent-encoded as it must be';
  if (segments.includes('') || version === '') return 'it has an empty part';
  if (below.some((one) => one === '' || one === '.' || one === '..')) return 'its subpath has an empty part, or one of dots';
  const names = segments as string[];
  return { type, namespace: names.slice(0, -1), name: names.at(-1)!, version, qualifiers, subpath: below as string[] };
}

function qualifiersOf(query: string | undefined): Map<string, string> | string {
  const qualifiers = new Map<string, string>();
  if (query === undefined) return qualifiers;
  for (const pair of query.split('&')) {
    const [key, value] = splitAtFirst(pair, '=');
    const read = value === undefined ? undefined : decoded(value);
    if (!QUALIFIER_KEY.test(key)) return `${JSON.stringify(key)} is no key of a qualifier`;
    if (read === undefined || read === '') return `qualifier ${key} has no value, or one that is not percent-encoded as it must be`;
    if (qualifiers.has(key)) return `qualifier ${key} stands twice`;
    qualifiers.set(key, read);
  }
  return qualifiers;
}

function decoded(part: string): string | undefined {
  if (!UNESCAPED.test(part)) return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function splitAtFirst(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
