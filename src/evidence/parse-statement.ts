import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { parseJson } from '../signing/strict-json.ts';
import { definitionFromParts, type DefinitionRow } from './definition-parts.ts';
import { DEPENDENCY_ROLES, INPUT_ROLES } from './dependency-roles.ts';
import { mutableReferences } from './pinned-references.ts';
import { BUILD_TYPE, PROVENANCE_TYPE, STATEMENT_TYPE } from './predicates.ts';
import { faultsOf, type Shape } from './shape.ts';
import { STATEMENT_MAX_BYTES } from './statement.ts';
import { buildStatementSchema, type BuildStatement } from './statement-schema.ts';

/** A provenance that was read strictly: closed parameters, nothing mutable, and the definition whose digest it states. */
export interface ParsedStatement {
  payloadSha256: Sha256;
  statement: BuildStatement;
  definition: BuildDefinition;
  definitionDigest: Sha256;
}

/**
 * Hostile bytes to a provenance of ours. Throws SIGNING.BAD_JSON, EVIDENCE.TOO_LARGE, NOT_CANONICAL, WRONG_TYPE,
 * UNKNOWN_PARAMETER, BAD_STATEMENT, MUTABLE_REFERENCE, DEFINITION_MISMATCH.
 */
export function parseStatement(payload: Uint8Array, place: string): ParsedStatement {
  const value = parsePayload(payload, place);
  checkTypes(value, place);
  const statement = parsedAs(buildStatementSchema, value, place);
  const [mutable] = mutableReferences(statement);
  if (mutable !== undefined) refuse('EVIDENCE.MUTABLE_REFERENCE', place, `"${mutable.name.slice(0, 200)}" ${mutable.why}`);
  checkAgreement(statement, place);
  const definition = definitionFromStatement(statement);
  const definitionDigest = jsonDigest(definition);
  const stated = statement.predicate.runDetails.metadata.provenroot_definitionDigest;
  if (definitionDigest !== stated) refuse('EVIDENCE.DEFINITION_MISMATCH', place, `states the definition ${stated}, its own parts are ${definitionDigest}`);
  return { payloadSha256: sha256(payload), statement, definition, definitionDigest };
}

/** Any payload of ours: JSON in its one canonical form, so that no two texts mean the same. */
export function parsePayload(payload: Uint8Array, place: string): unknown {
  if (payload.byteLength > STATEMENT_MAX_BYTES) refuse('EVIDENCE.TOO_LARGE', place, `has ${payload.byteLength} bytes, read are at most ${STATEMENT_MAX_BYTES}`);
  const value = parseJson(payload, place);
  if (!Buffer.from(canonicalJson(value)).equals(payload)) refuse('EVIDENCE.NOT_CANONICAL', place, 'is not in the canonical form of RFC 8785');
  return value;
}

/** A value that has a shape. Unknown keys of closed objects are EVIDENCE.UNKNOWN_PARAMETER, all else is EVIDENCE.BAD_STATEMENT. */
export function parsedAs<T>(shape: Shape<T>, value: unknown, place: string): T {
  const { unknown, first } = faultsOf(shape, value);
  if (unknown !== undefined) refuse('EVIDENCE.UNKNOWN_PARAMETER', place, `has the unknown parameter ${unknown.path.slice(0, 300)}`);
  if (first !== undefined) refuse('EVIDENCE.BAD_STATEMENT', place, `${first.path.slice(0, 300) || 'the whole'}: ${first.why.slice(0, 300)}`);
  return value as T;
}

/** The engine's definition, from the statement alone. */
export function definitionFromStatement({ predicate: { buildDefinition: { externalParameters, internalParameters, resolvedDependencies } } }: BuildStatement): BuildDefinition {
  const rows = resolvedDependencies.flatMap(({ name, digest, annotations }): DefinitionRow[] => {
    const role = annotations?.['role'] ?? '';
    const found = digest[DEPENDENCY_ROLES[role] ?? ''];
    return found === undefined ? [] : [{ role, name, digest: found as Sha256 }];
  });
  return definitionFromParts(externalParameters.configuration.digest, internalParameters, rows);
}

function checkTypes(value: unknown, place: string): void {
  const at = (...path: string[]): unknown => path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined), value);
  const expected = [[['_type'], STATEMENT_TYPE], [['predicateType'], PROVENANCE_TYPE], [['predicate', 'buildDefinition', 'buildType'], BUILD_TYPE]] as const;
  for (const [path, type] of expected) {
    const found = at(...path);
    if (found !== type) refuse('EVIDENCE.WRONG_TYPE', place, `${path.join('.')} is ${JSON.stringify(found ?? null).slice(0, 200)}, not ${type}`);
  }
}

/** What is said twice must be said the same; a name may be said once. */
function checkAgreement({ subject, predicate: { buildDefinition, runDetails } }: BuildStatement, place: string): void {
  const { externalParameters: { configuration, catalog }, internalParameters: { target }, resolvedDependencies } = buildDefinition;
  if (jsonDigest(configuration.document) !== configuration.digest) refuse('EVIDENCE.DEFINITION_MISMATCH', place, `states the configuration ${configuration.digest} and carries another`);
  refuseTwice('subject', subject.map(({ name }) => name), place);
  refuseTwice('byproduct', runDetails.byproducts.map(({ name }) => name), place);
  refuseTwice('dependency', resolvedDependencies.map(({ name, annotations, digest }) => {
    const role = annotations?.['role'] ?? '';
    // Two stages of a recipe may get different inputs under one name.
    return `${role} ${name}${INPUT_ROLES.includes(role) ? ` ${digest['sha256']}` : ''}`;
  }), place);
  const pins: Readonly<Record<string, Readonly<Record<string, string>>>> = catalog;
  for (const { name, digest, annotations } of resolvedDependencies) {
    const pinned = pins[annotations?.['role'] ?? ''];
    if (pinned !== undefined && pinned[name] !== digest['provenrootTree']) refuse('EVIDENCE.DEFINITION_MISMATCH', place, `names two versions of "${name.slice(0, 200)}"`);
  }
  for (const [kind, name] of [['board', target.board], ['architecture', target.architecture]] as const) {
    if (catalog[kind][name] === undefined) refuse('EVIDENCE.BAD_STATEMENT', place, `names no version of the ${kind} ${name.slice(0, 200)}`);
  }
}

function refuseTwice(kind: string, keys: readonly string[], place: string): void {
  const seen = new Set<string>();
  for (const key of keys) {
    if (seen.has(key)) refuse('EVIDENCE.BAD_STATEMENT', place, `has the ${kind} "${key.slice(0, 200)}" twice`);
    seen.add(key);
  }
}

type Refusal = 'EVIDENCE.BAD_STATEMENT' | 'EVIDENCE.DEFINITION_MISMATCH' | 'EVIDENCE.MUTABLE_REFERENCE' | 'EVIDENCE.NOT_CANONICAL' | 'EVIDENCE.TOO_LARGE' | 'EVIDENCE.UNKNOWN_PARAMETER' | 'EVIDENCE.WRONG_TYPE';

function refuse(code: Refusal, place: string, why: string): never {
  throw new Failure(code, `${place}: ${why}`, { place });
}
