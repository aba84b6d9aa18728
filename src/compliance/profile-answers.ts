import { leavesOf, printLeaf, type Leaf } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { Component, Inventory, Organisation } from '../inventory/inventory.ts';
import { met, notApplicable, notMet, type Answer } from './profile-field.ts';

/** Answers that more than one profile or more than one kind of subject gives. */

const MADE_HERE: ReadonlySet<Component['kind']> = new Set<Component['kind']>(['image', 'root-file-system', 'generator']);

/** By this build, out of what others wrote. */
export function isMadeHere({ kind }: Component): boolean {
  return MADE_HERE.has(kind);
}

export function recipeOf({ kind, name }: Component): string {
  return kind === 'package' ? `recipes/${name}/recipe.yaml` : 'the recipe of the toolchain';
}

const REACH = 'configuration: organization.contact, organization.url';

/** A mail address, else a URL (BSI TR-03183-2, 5.2.1). */
export function ownAddress({ contact, url }: Organisation): Answer {
  const address = [contact, url].find((one) => one !== undefined && isAddress(one));
  if (address !== undefined) return met(address, address === contact ? 'configuration: organization.contact' : 'configuration: organization.url');
  const value = contact === undefined ? 'not given' : `"${contact}" is no mail address and no URL`;
  return notMet(value, REACH, 'Give the configuration `organization.contact`, a mail address, or `organization.url`.');
}

function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) || (/^https?:\/\//.test(text) && URL.canParse(text));
}

export function ownName({ supplier }: Organisation): Answer {
  return supplier === undefined ? notMet('not given', 'configuration: organization.supplier', 'Give the configuration `organization.supplier`.') : met(supplier, 'configuration: organization.supplier');
}

export function creatorAddress(component: Component, { organisation }: Inventory): Answer {
  if (isMadeHere(component)) return ownAddress(organisation);
  const { originator } = component;
  return originator?.url === undefined ? creatorUnknown(component) : met(originator.url, originatorSource(originator.basis));
}

export function creatorName(component: Component, { organisation }: Inventory): Answer {
  if (isMadeHere(component)) return ownName(organisation);
  const { originator } = component;
  return originator === undefined ? creatorUnknown(component) : met(originator.name, originatorSource(originator.basis));
}

function originatorSource(basis: NonNullable<Component['originator']>['basis']): string {
  return basis === 'homepage' ? 'recipe: homepage' : 'inferred: owner of the repository that the source comes from';
}

function creatorUnknown(component: Component): Answer {
  if (component.kind === 'package') return notMet('not known', 'recipe: homepage', `Give ${recipeOf(component)} a \`homepage\`.`);
  return notMet('not known', 'recipe of the toolchain', 'No field of a recipe names who wrote a part that the compiler adds; state it beside the document.');
}

const VERSION_SOURCES: Readonly<Record<Component['kind'], string>> = {
  'image': 'configuration: organization.product_version, else the definition\'s digest', 'root-file-system': 'configuration: organization.product_version, else the definition\'s digest',
  'package': 'recipe: version', 'runtime-component': 'lock of the sandbox', 'generator': 'version of the code that made it',
};

export function versionAnswer(component: Component): Answer {
  const source = VERSION_SOURCES[component.kind];
  if (component.version.trim() !== '') return met(component.version, source);
  return notMet('none', source, component.kind === 'package' ? `Give ${recipeOf(component)} a \`version\`.` : 'The record lacks it: build again.');
}

export function productVersion({ organisation, build }: Inventory): Answer {
  return organisation.productVersion === undefined ? met(build.definitionDigest, 'computed: digest of the build\'s definition') : met(organisation.productVersion, 'configuration: organization.product_version');
}

export function productName({ organisation, build }: Inventory): Answer {
  return organisation.product === undefined ? met(build.board, 'name of the board') : met(organisation.product, 'configuration: organization.product');
}

const PURL_SOURCES: Readonly<Partial<Record<Component['kind'], string>>> = { 'package': 'recipe: purl, else computed from the sources', 'runtime-component': 'lock of the sandbox' };

export function identifiers(component: Component): Answer {
  const { purls: [purl], cpe, kind } = component;
  if (purl !== undefined) return met(cpe?.basis === 'declared' ? `${purl}, ${cpe.value}` : purl, PURL_SOURCES[kind] ?? 'computed');
  if (isMadeHere(component)) return notApplicable('made by this build and in no register; its digest identifies it');
  return notMet('none', 'lock of the sandbox', 'The lock of the sandbox has no such package: assemble the sandbox anew.');
}

const OWN_LICENSE = notMet('nobody says', 'configuration', 'The configuration has no field for the license of the whole; state it beside the document.');

/** TR-03183-2, 6.1: ids of SPDX, `LicenseRef-scancode-…`, or `LicenseRef-ENTITY-…`. */
export function distributionLicense(component: Component): Answer {
  const { concluded, concludedBasis } = component.licenses;
  if (component.kind === 'root-file-system' && concluded === undefined) return notMet('not known', CONTENTS, 'It is that of all that is in it: give each package a license.');
  if (isMadeHere(component) && concluded === undefined) return OWN_LICENSE;
  return licenseAnswer(component, concluded, concludedBasis === 'contents' ? CONTENTS : concludedBasis === 'decision' ? 'decision of a person' : 'recipe: license');
}
const CONTENTS = 'computed: the licenses of all that is in it';

export function originalLicense(component: Component): Answer {
  return isMadeHere(component) ? notApplicable('made by this build') : licenseAnswer(component, component.licenses.declared, 'recipe: license');
}

export function productLicense(): Answer {
  return OWN_LICENSE;
}

export function effectiveLicense(component: Component): Answer {
  if (isMadeHere(component)) return notApplicable('made by this build');
  const { effective, effectiveBasis, concluded } = component.licenses;
  if (effective !== undefined) return met(effective, effectiveBasis === 'decision' ? 'decision of a person' : 'computed: there is no choice in it');
  return concluded === undefined ? licenseAnswer(component, undefined, 'recipe: license') : notMet(`a choice: ${concluded}`, 'decision of a person', 'Record which license of the choice is used.');
}

function licenseAnswer(component: Component, expression: string | undefined, source: string): Answer {
  const { unreadable } = component.licenses;
  if (expression === undefined) return notMet(unreadable === undefined ? 'none' : `"${unreadable}"`, source, `Give ${recipeOf(component)} a \`license\` that is an SPDX expression.`);
  const bad = leavesOf(parseExpression(expression).expression!).filter((leaf) => !isNamed(leaf)).map(printLeaf);
  return bad.length === 0 ? met(expression, source) : notMet(expression, source, `${bad.join(', ')} names no license that others know: take an id of the SPDX list, \`LicenseRef-scancode-NAME\` or \`LicenseRef-ORGANIZATION-NAME\`.`);
}

function isNamed(leaf: Leaf): boolean {
  switch (leaf.kind) {
    case 'license': return true;
    case 'special': return false;
    case 'license-ref': return /^[^-]+-./.test(leaf.name);
    case 'with': return isNamed(leaf.license);
  }
}

export function sourceAddress(component: Component): Answer {
  const { sources, kind } = component;
  if (kind === 'runtime-component') return notMet('not in the inventory', 'lock of the sandbox', 'The sources of the sandbox\'s packages are named in the second archive of `legal-info --with-sandbox`.');
  if (isMadeHere(component) || sources.length === 0) return notApplicable(isMadeHere(component) ? 'made by this build' : 'all its files come from its recipe');
  const without = sources.filter(({ urls }) => urls.length === 0).map(({ file }) => file);
  if (without.length > 0) return notMet(`none for ${without.join(', ')}`, 'recipe: sources', `Give the sources of ${recipeOf(component)} \`urls\`.`);
  return met(sources.map(({ urls }) => urls[0]).join(', '), 'recipe: sources');
}

export function sourceDigest(component: Component): Answer {
  const { sources, kind } = component;
  if (kind === 'runtime-component') return notMet('not in the inventory', 'lock of the sandbox', 'The sources of the sandbox\'s packages are named in the second archive of `legal-info --with-sandbox`.');
  return sources.length === 0 ? notApplicable('has no source of its own') : met(sources.map(({ sha256 }) => `sha256:${sha256}`).join(', '), 'recipe: sources, checked when they were fetched');
}

/** What is enumerated and how far that is known to be all of it. */
export function dependencyAnswer(count: number, { completeness }: Inventory): Answer {
  const states = (['run-time-dependencies', 'static-links'] as const).map((subject) => completeness.find((claim) => claim.subject === subject)?.state);
  const state = states.includes('incomplete') ? 'incomplete' : states.every((one) => one === 'complete') ? 'complete' : 'unknown';
  if (states.includes(undefined)) return notMet(`${count} listed`, 'computed', 'The inventory claims nothing about completeness: make it anew.');
  return met(`${count} listed; completeness: ${state}`, 'ELF headers, scripts, module information, recipes');
}

export function timeAnswer({ build: { epochSeconds } }: Inventory): Answer {
  return met(new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z'), 'definition of the build; when it ran is in the provenance');
}
