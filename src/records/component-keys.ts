import { sha256 } from '../foundation/digest.ts';

export type ComponentKeyKind = 'purl' | 'cpe' | 'source' | 'license';

export interface ComponentKey { kind: ComponentKeyKind; key: string }

/** What a component is found by; each list as the inventory has it. */
export interface SearchedComponent {
  licenses: readonly string[];
  purls: readonly string[];
  /** CPE 2.3 formatted strings. */
  cpes: readonly string[];
  sourceSha256s: readonly string[];
}

/** Every key that a component is found by, each once. */
export function componentKeys({ licenses, purls, cpes, sourceSha256s }: SearchedComponent): ComponentKey[] {
  const of = (kind: ComponentKeyKind, keys: readonly string[]): ComponentKey[] => [...new Set(keys.map(stored))].map((key) => ({ kind, key }));
  return [...of('purl', purls.flatMap(purlForms)), ...of('cpe', cpes.flatMap(cpeForms)), ...of('source', sourceSha256s), ...of('license', licenses)];
}

/** The key that a question means. */
export function askedKey(kind: ComponentKeyKind, text: string): string {
  if (kind === 'purl') return stored(plainScheme(text));
  return stored(kind === 'cpe' ? withoutAny(text) : text);
}

/** As it stands, without qualifiers and subpath, and without the version as well. */
function purlForms(purl: string): string[] {
  const whole = plainScheme(purl);
  const bare = whole.split(/[?#]/, 1)[0]!;
  const version = bare.indexOf('@', bare.lastIndexOf('/'));
  return [whole, bare, version === -1 ? bare : bare.slice(0, version)];
}

/** The scheme and the type are the same in any case (purl specification, "Rules for each purl component"). */
function plainScheme(purl: string): string {
  return purl.replace(/^[^/@?#]*/, (start) => start.toLowerCase());
}

/** All that it says, without what follows the version, and by part, vendor and product alone. */
function cpeForms(cpe: string): string[] {
  const fields = cpeFields(cpe);
  return [cpe, fields.slice(0, 6).join(':'), fields.slice(0, 5).join(':')].map(withoutAny);
}

/** `*` says nothing: `cpe:2.3:a:v:p:1:*:*:*:*:*:*:*` is `cpe:2.3:a:v:p:1`. */
function withoutAny(cpe: string): string {
  const fields = cpeFields(cpe);
  const last = fields.findLastIndex((field) => field !== '*');
  return fields.slice(0, last + 1).join(':');
}

/** A colon within a field has a backslash before it (NISTIR 7695, 6.2). */
function cpeFields(cpe: string): string[] {
  return cpe.match(/(?:\\.|[^:\\])+/g) ?? [];
}

/** A row of a Postgres index holds some 2,700 bytes, and a package URL may carry addresses. */
const LONGEST_KEY_BYTES = 1000;

function stored(key: string): string {
  return Buffer.byteLength(key) > LONGEST_KEY_BYTES ? `sha256:${sha256(key)}` : key;
}
