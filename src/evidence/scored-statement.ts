import { sha256 } from '../foundation/digest.ts';
import { parseJson } from '../signing/strict-json.ts';
import type { ParsedStatement } from './parse-statement.ts';
import type { Descriptor } from './statement-schema.ts';

/** What one point of completeness came to. */
export interface PointResult {
  met: boolean;
  /** There is nothing of the kind in this build; the finding says how that is known. */
  vacuous?: true;
  finding: string;
}

/** A statement and as much as is at hand of what it names by digest, by name of the byproduct. */
export interface ScoredStatement {
  parsed: ParsedStatement;
  byproducts: ReadonlyMap<string, Uint8Array>;
}

export const met = (finding: string): PointResult => ({ met: true, finding });
export const missing = (finding: string): PointResult => ({ met: false, finding });
export const vacuous = (finding: string): PointResult => ({ met: true, vacuous: true, finding });

/** Met where nothing is on the list of what is wrong. */
export function unless(wrong: readonly string[], what: string, finding: string): PointResult {
  return wrong.length === 0 ? met(finding) : missing(`${what}: ${listed(wrong)}`);
}

export function listed(names: readonly string[]): string {
  return names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;
}

export function ofRole({ parsed }: ScoredStatement, role: string): Descriptor[] {
  return parsed.statement.predicate.buildDefinition.resolvedDependencies.filter(({ annotations }) => annotations?.['role'] === role);
}

/** Recipes whose own role is this one: `kernel`, `toolchain` … */
export function recipesOfRole(scored: ScoredStatement, recipeRole: string): string[] {
  return ofRole(scored, 'recipe').filter(({ annotations }) => annotations?.['recipeRole'] === recipeRole).map(({ name }) => name);
}

export function byproductsOfRole({ parsed }: ScoredStatement, role: string): Descriptor[] {
  return parsed.statement.predicate.runDetails.byproducts.filter(({ annotations }) => annotations?.['role'] === role);
}

/** The bytes of a byproduct: those that the statement names, or a sentence why there are none. */
export function contentOf({ byproducts }: ScoredStatement, { name, digest }: Descriptor): Uint8Array | string {
  const bytes = byproducts.get(name);
  if (bytes === undefined) return `${name} is named by digest and not at hand`;
  return sha256(bytes) === digest['sha256'] ? bytes : `${name} is not what the statement names`;
}

/** A byproduct of one role as a JSON list, or why not. */
export function rowsOf(scored: ScoredStatement, role: string): readonly Readonly<Record<string, unknown>>[] | string {
  const [descriptor] = byproductsOfRole(scored, role);
  if (descriptor === undefined) return `no byproduct has the role ${role}`;
  const bytes = contentOf(scored, descriptor);
  if (typeof bytes === 'string') return bytes;
  const rows = jsonOf(bytes);
  const sound = Array.isArray(rows) && rows.every((row) => typeof row === 'object' && row !== null);
  return sound ? rows as Record<string, unknown>[] : `${descriptor.name} is no JSON list of objects`;
}

export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes, 'a byproduct');
  } catch {
    return undefined;
  }
}
