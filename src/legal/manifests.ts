import type { Component, SandboxPackage } from '../inventory/inventory.ts';
import type { BundledPackage } from './bundled-packages.ts';

/** Buildroot's seven columns, under its names and in its order, so that what reads its manifests reads these; then ours. */
const COLUMNS = [
  'PACKAGE', 'VERSION', 'LICENSE', 'LICENSE FILES', 'SOURCE ARCHIVE', 'SOURCE SITE', 'DEPENDENCIES WITH LICENSES',
  'SCOPE', 'CONCLUDED LICENSE', 'EFFECTIVE LICENSE', 'SOURCE SHA256', 'PATCHES', 'PACKAGE URL', 'SOURCES IN BUNDLE',
] as const;

/** All fields in quotes, as RFC 4180 writes them, lines as Buildroot ends them; a list in one field has a blank between. */
export function packageManifest(packages: readonly BundledPackage[], texts: ReadonlyMap<string, readonly { path: string }[]>): string {
  return csv([COLUMNS, ...packages.map((one) => packageRow(one, texts.get(one.component.name)?.map(({ path }) => path) ?? []))]);
}

function packageRow({ component, redistribution, dependencies }: BundledPackage, captured: readonly string[]): string[] {
  const { name, version, scope, licenses, sources, patches, purls } = component;
  const words = (items: readonly string[]): string => items.join(' ');
  return [
    name, version, declaredOf(component), words(captured.length === 0 ? licenses.files.map(({ path }) => path) : captured),
    words(sources.map(({ file }) => file)), words(sources.flatMap(({ urls, debianPool }) => urls[0] ?? debianPool ?? [])),
    words(dependencies.map((one) => `${one.name} [${declaredOf(one)}]`)),
    scope, licenses.concluded ?? '', licenses.effective ?? '', words(sources.map(({ sha256 }) => sha256)), words(patches.map(({ file }) => file)), purls[0] ?? '',
    sourcesTold(component, redistribution),
  ];
}

function sourcesTold({ kind, sources, patches }: Component, redistribution: BundledPackage['redistribution']): string {
  if (kind === 'runtime-component') return 'see sandbox-sources.csv';
  if (sources.length + patches.length === 0) return 'has none';
  return redistribution.allowed ? 'yes' : `left out: ${redistribution.rule}`;
}

function declaredOf({ licenses }: Component): string {
  return licenses.declared ?? licenses.unreadable ?? 'unknown';
}

/** Packages of the build environment, each with the place in the Debian archive where the source that it was built from lies. */
export function sandboxTable(packages: readonly SandboxPackage[]): string {
  return csv([
    ['PACKAGE', 'VERSION', 'ARCHITECTURE', 'SOURCE PACKAGE', 'SOURCE PLACE', 'POOL PATH', 'SHA256', 'SIZE BYTES', 'PACKAGE URL'],
    ...packages.map(({ name, version, architecture, sha256, sizeBytes, pool, purl }) => [
      name, version, architecture, sourcePackageOf(pool), `${placeOf(pool)}/`, pool, sha256, String(sizeBytes), purl,
    ]),
  ]);
}

/** Debian policy: binaries lie in the pool beside the source that they were built from, in a directory of its name. */
function sourcePackageOf(pool: string): string {
  const place = placeOf(pool);
  return place.slice(place.lastIndexOf('/') + 1);
}

function placeOf(pool: string): string {
  return pool.slice(0, Math.max(0, pool.lastIndexOf('/')));
}

function csv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(',')}\n`).join('');
}

/** What a recipe says must be no formula to a spreadsheet. */
function quoted(field: string): string {
  return `"${field.replace(/^(?=[=+@-])/, "'").replaceAll('"', '""').replaceAll(/[\r\n]+/g, ' ')}"`;
}
