import { isSha256 } from '../foundation/digest.ts';
import { DEPENDENCY_ROLES } from './dependency-roles.ts';
import type { BuildStatement, Descriptor } from './statement-schema.ts';

/** Package types whose version may be a tag or a branch: only a digest or a commit in its place is fixed. */
const MOVING_TYPES = new Set(['bitbucket', 'docker', 'github', 'gitlab', 'huggingface', 'oci']);
const FIXED_VERSION = /^(sha256(:|%3A)[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** One reference that could mean something else tomorrow. */
export interface MutableReference { name: string; why: string }

/** Every reference of a statement that is not pinned by content. A name is no pin, whatever stands behind it today. */
export function mutableReferences({ predicate: { buildDefinition, runDetails } }: BuildStatement): MutableReference[] {
  return [
    ...buildDefinition.resolvedDependencies.flatMap((one) => asReference(one, dependencyProblem(one))),
    ...runDetails.byproducts.flatMap((one) => asReference(one, isSha256(one.digest['sha256'] ?? '') ? addressProblem(one) : 'has no sha256')),
  ];
}

function asReference({ name }: Descriptor, why: string | undefined): MutableReference[] {
  return why === undefined ? [] : [{ name, why }];
}

function dependencyProblem(one: Descriptor): string | undefined {
  const role = one.annotations?.['role'] ?? '';
  const algorithm = Object.hasOwn(DEPENDENCY_ROLES, role) ? DEPENDENCY_ROLES[role] : undefined;
  if (algorithm === undefined) return `has the unknown role ${JSON.stringify(role.slice(0, 64))}`;
  const others = Object.keys(one.digest).filter((name) => name !== algorithm);
  if (others.length > 0) return `has digests that nobody checks: ${others.join(', ').slice(0, 200)}`;
  return isSha256(one.digest[algorithm] ?? '') ? addressProblem(one) : `has no ${algorithm} digest`;
}

function addressProblem({ uri, downloadLocation, digest }: Descriptor): string | undefined {
  if (uri !== undefined && !isFixedPackageUrl(uri)) return `its uri ${JSON.stringify(uri.slice(0, 200))} is no package URL with a fixed version`;
  if (downloadLocation === undefined) return undefined;
  if (!/^https?:\/\//.test(downloadLocation)) return 'its download location is no web address';
  return digest['sha256'] === undefined ? 'it has a download location and no sha256' : undefined;
}

/** `pkg:type/name@version?…`: with a version, which for some types must be a commit or a digest, and with no repository's branch in it. */
export function isFixedPackageUrl(uri: string): boolean {
  const parts = /^pkg:([a-z][a-z0-9.+-]*)\/([^@?#]+)@([^?#@]+)(\?[^#]*)?$/.exec(uri);
  if (parts === null) return false;
  const [, type, , version, qualifiers = ''] = parts;
  if (/[?&](vcs_url|tag|branch)=/i.test(qualifiers)) return false;
  return !MOVING_TYPES.has(type!) || FIXED_VERSION.test(version!);
}
