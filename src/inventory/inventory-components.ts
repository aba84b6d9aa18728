import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sortedBy } from '../foundation/order.ts';
import type { Component, FileProperties, SandboxPackage, Scope } from './inventory.ts';
import type { ImageFacts, InventoryFacts, PackageFacts } from './inventory-facts.ts';
import type { ListedFile } from './inventory-files.ts';
import { licensesOf, licensesOfContents } from './licenses.ts';
import { cpeOf, originatorOf, packageUrl, packageUrls } from './package-urls.ts';
import { scopesOf } from './package-scopes.ts';
import { reasonText } from './reasons.ts';

type Draft = Omit<Component, 'ref'>;

/** What an owner owns: refs in order of path. */
interface Owned { refs: readonly string[]; regularFiles: number }
const NOTHING: Owned = { refs: [], regularFiles: 0 };

/** Everything but files and the sandbox's packages, by what it is called in the facts. */
export interface Components {
  images: ReadonlyMap<string, Component>;
  root: Component;
  packages: ReadonlyMap<string, Component>;
  generators: ReadonlyMap<string, Component>;
  /** With the package of the sandbox that each comes from. */
  runtime: readonly { component: Component; toolchain: string; sandboxPackage: string }[];
}

export function componentsOf(facts: InventoryFacts, files: readonly ListedFile[]): Components {
  const owned = ownedBy(files);
  const scopes = scopesOf(facts, new Set(facts.packages.map(({ name }) => name).filter((name) => owned.has(packageKey(name)))));
  const generators = [...owned.keys()].filter((key) => key.startsWith('generator ')).map((key) => key.slice('generator '.length));
  const packages = named(facts.packages, (one) => packageDraft(one, scopes.get(one.name)!, owned.get(packageKey(one.name)) ?? NOTHING, facts));
  const runtime = runtimeComponents(facts, files);
  return {
    images: named(facts.images, imageDraft(facts)),
    root: withRef({ ...rootDraft([...packages.values(), ...runtime.map(({ component }) => component)], facts), fileCount: files.filter(({ file }) => file.kind === 'file').length }),
    packages,
    generators: new Map(generators.map((name) => [name, withRef(generatorDraft(name, owned.get(`generator ${name}`) ?? NOTHING, facts))])),
    runtime,
  };
}

export function packageKey(name: string): string {
  return `package ${name}`;
}

/** Tables are their packages'. */
export function ownerKey({ owner }: ListedFile['source']): string | undefined {
  if (owner === undefined) return undefined;
  return owner.kind === 'generator' ? `generator ${owner.name}` : packageKey(owner.name);
}

function ownedBy(files: readonly ListedFile[]): Map<string, Owned> {
  const byOwner = Map.groupBy(files.filter(({ source }) => source.owner !== undefined), ({ source }) => ownerKey(source)!);
  return new Map([...byOwner].map(([key, own]) => [key, { refs: own.map(({ file }) => file.ref), regularFiles: own.filter(({ file }) => file.kind === 'file').length }]));
}

function withRef(draft: Draft): Component {
  return { ref: `${draft.kind}:${jsonDigest(draft)}`, ...draft };
}

function named<T extends { name: string }>(items: readonly T[], draft: (item: T) => Draft): Map<string, Component> {
  return new Map(sortedBy(items, ({ name }) => name).map((item) => [item.name, withRef(draft(item))]));
}

function anonymous({ organisation, definitionDigest }: InventoryFacts, kind: Component['kind'], name: string): Draft {
  const version = organisation.productVersion ?? definitionDigest;
  return { kind, scope: 'ships', name, version, licenses: { files: [] }, purls: [], sources: [], patches: [] };
}

/** Its license is that of all that is in it or linked into that; a kernel without modules lies beside it. */
function rootDraft(components: readonly Component[], facts: InventoryFacts): Draft {
  const draft = anonymous(facts, 'root-file-system', 'root');
  const inside = components.filter(({ scope, contentDigest, recipe }) => scope === 'ships' && (contentDigest !== undefined || recipe?.role !== 'kernel'));
  const name = `${facts.organisation.product ?? facts.definition.target.board}-root`;
  return { ...draft, contentDigest: facts.rootTree, licenses: licensesOfContents(inside.map(({ licenses }) => licenses)), purls: [packageUrl('generic', [], name, draft.version, {})] };
}

/** What stands in an image of any of these can be listed; a kernel is one program, packed. */
const LISTABLE = new Set(['tar', 'cpio.gz', 'cpio', 'squashfs', 'ext4']);

function imageDraft(facts: InventoryFacts): (image: ImageFacts) => Draft {
  return ({ name, hashes, sizeBytes, format, writerVersion, uncompressed }) => ({
    ...anonymous(facts, 'image', name), hashes, sizeBytes, properties: imageProperties(format),
    image: { format, writerVersion, ...(uncompressed === undefined ? {} : { uncompressed }) },
  });
}

function imageProperties(format: string): FileProperties {
  const listable = LISTABLE.has(format);
  return { executable: !listable, archive: listable, structured: listable };
}

function packageDraft(one: PackageFacts, scope: Scope, owned: Owned, { decisions }: InventoryFacts): Draft {
  const { name, version, summary, homepage, license, licenseFiles, sources, patches } = one;
  const cpe = cpeOf(one);
  const originator = originatorOf(one);
  return {
    kind: 'package', scope, name, version, summary, ...(homepage === undefined ? {} : { homepage }), ...ownedFields(owned), recipe: recipeFacet(one),
    ...(originator === undefined ? {} : { originator }), licenses: licensesOf(license, licenseFiles, decisions[name]), purls: packageUrls(one),
    ...(cpe === undefined ? {} : { cpe }),
    sources: sources.map(({ file, sha256, sizeBytes, urls, debianPool, origin }) => ({ file, sha256, sizeBytes, urls, ...(debianPool === undefined ? {} : { debianPool }), origin })),
    patches: patches.map(({ file, sha256, origin, upstream, cves }) => ({ file, sha256, origin, upstream, cves })),
  };
}

function ownedFields({ refs, regularFiles }: Owned): Pick<Draft, 'contentDigest' | 'fileCount'> {
  return refs.length === 0 ? { fileCount: 0 } : { contentDigest: jsonDigest(refs), fileCount: regularFiles };
}

function recipeFacet({ role, folderDigest, template, planKey, options, reasons, deviations }: PackageFacts): NonNullable<Component['recipe']> {
  return {
    role, folderDigest, template: template.name, templateDigest: template.folderDigest, planKey, options, reasons: reasons.map(reasonText),
    deviations: deviations.map(({ rule, reason }) => ({ rule, reason })),
  };
}

function generatorDraft(name: string, owned: Owned, facts: InventoryFacts): Draft {
  return { ...anonymous(facts, 'generator', name), version: String(facts.definition.versions.finalize), ...ownedFields(owned) };
}

/** Known by the package of the sandbox that they come from; shipped where any program is. */
function runtimeComponents(facts: InventoryFacts, files: readonly ListedFile[]): Components['runtime'] {
  const scope: Scope = files.some(({ file }) => file.content?.kind === 'elf') ? 'ships' : 'toolchain';
  return sortedBy(facts.packages, ({ name }) => name).flatMap((one) => sortedBy(one.runtimeComponents, ({ name }) => name).map(({ name, license, sandboxPackage }) => {
    const locked = facts.sandbox.packages.find((each) => each.name === sandboxPackage);
    const draft: Draft = {
      ...anonymous(facts, 'runtime-component', name), scope, version: locked?.version ?? '', licenses: licensesOf(license, [], facts.decisions[name]),
      purls: locked === undefined ? [] : [debianUrl(locked, facts.sandbox.suite)],
    };
    return { component: withRef(draft), toolchain: one.name, sandboxPackage };
  }));
}

export function sandboxPackages({ sandbox }: InventoryFacts): SandboxPackage[] {
  return sortedBy(sandbox.packages, ({ name, architecture }) => `${name} ${architecture}`).map((one) => {
    const fact = { name: one.name, version: one.version, architecture: one.architecture, sha256: one.sha256, sizeBytes: one.sizeBytes, pool: one.pool, purl: debianUrl(one, sandbox.suite) };
    return { ref: `sandbox-package:${jsonDigest(fact)}`, ...fact };
  });
}

function debianUrl({ name, version, architecture, sha256 }: { name: string; version: string; architecture: string; sha256: Sha256 }, suite: string): string {
  return packageUrl('deb', ['debian'], name, version, { arch: architecture, checksum: `sha256:${sha256}`, ...(suite === '' ? {} : { distro: suite }) });
}
