import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Component, Inventory, InventoryPatch, Relation, SandboxPackage } from '../inventory/inventory.ts';
import type { ComponentHash } from './component-hash.ts';
import { bsiProperties, hashesOf, relationProperties } from './cyclone-file.ts';
import { cycloneLicenses, licenseProperties } from './cyclone-licenses.ts';
import { property, type Property } from './cyclone-property.ts';
import { exceptionOf } from './document.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { natureOf, type OwnedFiles } from './owned-files.ts';

export interface CycloneContext {
  inventory: Inventory;
  version: '1.7' | '1.6';
  owned: OwnedFiles;
  hashes: ReadonlyMap<string, ComponentHash>;
  /** By from; only those that the document says. */
  relations: ReadonlyMap<string, readonly Relation[]>;
}

/** As SPDX says it: nobody has looked, which is not the same as that there is none. */
const UNTOLD = 'NOASSERTION';

/** Everything about a component but the files in it. */
export function cycloneComponent(component: Component, context: CycloneContext): PlainFields {
  const { ref, name, version, summary, scope, purls, cpe, originator } = component;
  return defined({
    'type': natureOf(component, context.owned), 'bom-ref': ref, name, 'version': version === '' ? undefined : version, 'description': summary,
    'scope': scope === 'ships' ? 'required' : 'excluded',
    'manufacturer': scope === 'ships' && originator !== undefined ? defined({ name: originator.name, url: originator.url === undefined ? undefined : [originator.url] }) : undefined,
    'hashes': hashesOf(context.hashes.get(ref) ?? {}), 'licenses': cycloneLicenses(component.licenses, context.version),
    'copyright': scope === 'ships' ? UNTOLD : undefined,
    'cpe': cpe?.basis === 'declared' ? cpe.value : undefined, 'purl': purls[0],
    'pedigree': pedigreeOf(component), 'evidence': evidenceOf(component), 'externalReferences': referencesOf(component, context.inventory),
    'properties': propertiesOf(component, context),
  });
}

export function cycloneSandboxPackage({ ref, name, version, architecture, sha256, pool, purl }: SandboxPackage): PlainFields {
  return {
    'type': 'library', 'bom-ref': ref, name, version, 'scope': 'excluded', 'hashes': [{ alg: 'SHA-256', content: sha256 }], purl,
    'properties': [property('architecture', architecture), property('pool', pool), property('scope', 'sandbox')],
  };
}

const PATCH_TYPES: Readonly<Partial<Record<InventoryPatch['upstream'], string>>> = { backport: 'backport', accepted: 'cherry-pick' };

function pedigreeOf({ patches, name, version, purls }: Component): PlainFields | undefined {
  if (patches.length === 0) return undefined;
  return {
    ancestors: [defined({ type: 'application', name, version: version === '' ? undefined : version, purl: purls[0] })],
    patches: patches.map(({ upstream, origin, cves }) => defined({
      type: PATCH_TYPES[upstream] ?? 'unofficial', diff: isWebAddress(origin) ? { url: origin } : undefined,
      resolves: cves.length === 0 ? undefined : cves.map((id) => ({ type: 'security', id })),
    })),
  };
}

export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[!-~]+$/.test(text) && URL.canParse(text);
}

/** What is known but is no identity of the first rank: further purls, a CPE that nobody declared. */
function evidenceOf({ purls, cpe }: Component): PlainFields | undefined {
  const identity = [
    ...purls.slice(1).map((purl) => ({ field: 'purl', concludedValue: purl, confidence: 1, methods: [{ technique: 'manifest-analysis', confidence: 1, value: purl }] })),
    ...(cpe?.basis === 'inferred' ? [{ field: 'cpe', concludedValue: cpe.value, confidence: 0.5, methods: [{ technique: 'other', confidence: 0.5, value: cpe.value }] }] : []),
  ];
  return identity.length === 0 ? undefined : { identity };
}

function referencesOf({ kind, name, homepage, hashes, sources }: Component, { organisation }: Inventory): PlainFields[] | undefined {
  const references = [
    ...(kind !== 'image' || hashes === undefined ? [] : [{ type: 'distribution', url: `${organisation.publishingUrl ?? ''}${encodeURIComponent(name)}`, hashes: hashesOf({ hashes }) }]),
    ...sources.flatMap(({ urls, sha256, file, origin }) => urls.map((url) => ({ type: 'source-distribution', url, comment: `${file}, ${origin}`, hashes: [{ alg: 'SHA-256', content: sha256 }] }))),
    ...(homepage === undefined ? [] : [{ type: 'website', url: homepage }]),
  ];
  return references.length === 0 ? undefined : references;
}

function propertiesOf(component: Component, { version, relations, hashes }: CycloneContext): Property[] {
  const { ref, kind, scope, name, contentDigest, fileCount, sizeBytes, properties, licenses, patches, sources, originator } = component;
  const exception = exceptionOf(kind, scope === 'ships');
  const hash = hashes.get(ref);
  return [
    ...bsiProperties(defined({ path: name, properties })), ...licenseProperties(licenses, version),
    property('kind', kind), property('scope', scope),
    ...(contentDigest === undefined ? [] : [property('content-sha256', contentDigest)]),
    ...(exception === undefined ? [] : [property('exception', exception)]),
    ...(fileCount === undefined ? [] : [property('file-count', String(fileCount))]),
    ...(hash === undefined ? [] : [property('hash-of', hash.of)]),
    ...imageProperties(component), ...recipeProperties(component),
    ...(originator === undefined ? [] : [property('originator-basis', originator.basis)]),
    ...patches.map(({ file, sha256, origin, upstream }, index) => property('patch', `${index + 1} ${sha256} ${file} (${upstream}; ${origin})`)),
    ...relationProperties(relations.get(ref) ?? []),
    ...(sizeBytes === undefined ? [] : [property('size-bytes', String(sizeBytes))]),
    ...sources.map(({ file, sha256, sizeBytes: size, origin, debianPool }) => property('source', `${sha256} ${size} ${file} (${origin}${debianPool === undefined ? '' : `; ${debianPool}`})`)),
  ];
}

function imageProperties({ image }: Component): Property[] {
  if (image === undefined) return [];
  const { format, writerVersion, uncompressed } = image;
  return [property('image-format', format), property('image-writer', writerVersion), ...(uncompressed === undefined ? [] : [property('uncompressed-sha256', uncompressed.sha256)])];
}

function recipeProperties({ recipe }: Component): Property[] {
  if (recipe === undefined) return [];
  const { role, folderDigest, template, templateDigest, planKey, options, reasons, deviations } = recipe;
  return [
    ...deviations.map(({ rule, reason }) => property('deviation', `${rule}: ${reason}`)),
    property('options', canonicalJson(options)), property('plan-key', planKey), ...reasons.map((reason) => property('reason', reason)),
    property('recipe-sha256', folderDigest), property('role', role), property('template', `${template} ${templateDigest}`),
  ];
}
