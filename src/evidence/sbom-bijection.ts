import type { BuildStatement, Descriptor } from './statement-schema.ts';

interface Component { name: string; version: string; purl: string | undefined; sha256s: readonly string[]; exception: string | undefined }

type Fields = Readonly<Record<string, unknown>>;

/**
 * What keeps an SBOM (CycloneDX or SPDX 2, JSON) and the dependencies from standing for each other: components that no
 * dependency explains, shipped recipes and runtime components that no component names. A component may say why it is an
 * exception: property `provenroot:exception` (CycloneDX), a comment that begins so (SPDX).
 */
export function billProblems(bill: unknown, { predicate: { buildDefinition: { resolvedDependencies } } }: BuildStatement): string[] {
  const components = componentsOf(bill);
  if (components === undefined) return ['it is no CycloneDX and no SPDX 2 document'];
  const explained = resolvedDependencies.filter(({ annotations }) => ['recipe', 'source', 'runtime-component'].includes(annotations?.['role'] ?? ''));
  const wanted = explained.filter(({ annotations }) => annotations?.['shipped'] === 'true' || annotations?.['role'] === 'runtime-component');
  const orphans = components.filter((one) => one.exception === undefined && !explained.some((dependency) => isAbout(one, dependency)));
  // A toolchain that the plan lays into the root may have left nothing there: then it is told with what only builds.
  const named = [...components, ...buildersIn(bill)];
  const unnamed = wanted.filter((dependency) => !named.some((one) => isAbout(one, dependency)));
  return [...orphans.map(({ name, version }) => `component ${name} ${version} is no dependency`), ...unnamed.map(({ name }) => `dependency ${name} is no component`)];
}

function isAbout({ name, version, purl, sha256s }: Component, { name: of, uri, digest, annotations }: Descriptor): boolean {
  if (digest['sha256'] !== undefined && sha256s.includes(digest['sha256'])) return true;
  if (annotations?.['role'] === 'runtime-component') return of.startsWith(`${name} from `);
  if (annotations?.['role'] !== 'recipe') return false;
  return (purl !== undefined && purl === uri) || (name === of && version === annotations['version']);
}

function componentsOf(bill: unknown): Component[] | undefined {
  const { bomFormat, components, spdxVersion, packages } = fieldsOf(bill);
  if (bomFormat === 'CycloneDX') return rowsOf(components).filter(({ type }) => type !== 'file').map(cycloneComponent);
  if (typeof spdxVersion === 'string' && spdxVersion.startsWith('SPDX-2.')) return rowsOf(packages).filter((one) => !isImage(one)).map(spdxComponent);
  return undefined;
}

function buildersIn(bill: unknown): Component[] {
  return rowsOf(fieldsOf(bill)['formulation']).flatMap((formula) => rowsOf(formula['components']).map(cycloneComponent));
}

function cycloneComponent(one: Fields): Component {
  const exception = rowsOf(one['properties']).find(({ name }) => name === 'provenroot:exception')?.['value'];
  return {
    name: textOf(one['name']) ?? '', version: textOf(one['version']) ?? '', purl: textOf(one['purl']), exception: textOf(exception),
    sha256s: rowsOf(one['hashes']).flatMap(({ alg, content }) => alg === 'SHA-256' ? [textOf(content) ?? ''] : []),
  };
}

function spdxComponent(one: Fields): Component {
  const comment = textOf(one['comment']);
  return {
    name: textOf(one['name']) ?? '', version: textOf(one['versionInfo']) ?? '',
    purl: textOf(rowsOf(one['externalRefs']).find(({ referenceType }) => referenceType === 'purl')?.['referenceLocator']),
    sha256s: rowsOf(one['checksums']).flatMap(({ algorithm, checksumValue }) => algorithm === 'SHA256' ? [textOf(checksumValue) ?? ''] : []),
    exception: comment?.startsWith('provenroot:exception') === true ? comment : undefined,
  };
}

/** SPDX counts what the document is about among its packages. */
function isImage(one: Fields): boolean {
  // JSON of SPDX 2.3 writes it with an underscore, its text with a hyphen.
  return ['OPERATING_SYSTEM', 'OPERATING-SYSTEM', 'FIRMWARE'].includes(String(one['primaryPackagePurpose']));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? value as Fields : {};
}

function rowsOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
