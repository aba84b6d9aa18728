import type { Component, ComponentKind, FileProperties } from '../inventory/inventory.ts';
import {
  creatorAddress, dependencyAnswer, distributionLicense, effectiveLicense, identifiers, isMadeHere, originalLicense, ownAddress, productLicense, productName, productVersion,
  recipeOf, sourceAddress, sourceDigest, timeAnswer, versionAnswer,
} from './profile-answers.ts';
import { fieldRule, met, notApplicable, notMet, type Answer, type ComponentSubject, type DocumentSubject, type FieldRule, type FileSubject, type Profile } from './profile-field.ts';

const BUILD_ANEW = 'Its bytes were not in the store: build again, and make the documents anew.';

const DOCUMENT: readonly FieldRule[] = [
  fieldRule('format', '4', 'required', { document: formatAnswer }),
  fieldRule('level of detail', '5.1', 'required', { document: detailAnswer }),
  fieldRule('no vulnerabilities', '3.1', 'required', { document: () => met('none in any document', 'computed: no document of a build has a place for them') }),
  fieldRule('creator of the SBOM', '5.2.1', 'required', { document: ({ inventory }) => ownAddress(inventory.organisation) }),
  fieldRule('timestamp', '5.2.1', 'required', { document: ({ inventory }) => timeAnswer(inventory) }),
  fieldRule('SBOM-URI', '5.2.3', 'if-exists', { document: uriAnswer }),
];

/** Logical components have these alone (3.2.2). Files take what their owner has: documents write them inside it. */
const COMPONENT: readonly FieldRule[] = [
  fieldRule('component creator', '5.2.2', 'required', {
    product: ({ inventory }) => ownAddress(inventory.organisation), component: ({ component, inventory }) => creatorAddress(component, inventory),
    file: ofOwner(({ component, inventory }) => creatorAddress(component, inventory)),
  }),
  fieldRule('component name', '5.2.2', 'required', {
    product: ({ inventory }) => productName(inventory), component: ({ component }) => met(component.name, component.kind === 'package' ? 'recipe: name' : 'computed'), file: () => met('its path', 'the root'),
  }),
  fieldRule('component version', '5.2.2', 'required', { product: ({ inventory }) => productVersion(inventory), component: ({ component }) => versionAnswer(component), file: ofOwner(({ component }) => versionAnswer(component)) }),
  fieldRule('dependencies', '5.2.2', 'required', { product: ({ inventory }) => imagesAnswer(inventory.components), component: ({ dependencies, inventory }) => dependencyAnswer(dependencies, inventory), file: fileDependencies }),
  fieldRule('distribution licenses', '5.2.2', 'required', { product: productLicense, component: ({ component }) => distributionLicense(component), file: ofOwner(({ component }) => distributionLicense(component)) }),
];

const FILE: readonly FieldRule[] = [
  fieldRule('filename', '5.2.2', 'required', ofBytes(() => met('its own', 'the root'), ({ name }) => met(name, 'computed'))),
  fieldRule('hash of the deployable component', '5.2.2', 'required', {
    component: ({ component }) => (component.kind === 'image' ? hashAnswer(component.hashes?.sha512) : undefined), file: ({ file }) => hashAnswer(file.hashes === undefined ? undefined : 'SHA-512 of its bytes'),
  }),
  ...([['executable', 'executable', 'non-executable'], ['archive', 'archive', 'no archive'], ['structured', 'structured', 'unstructured']] as const).map(([property, yes, no]) => (
    fieldRule(`${property} property`, '5.2.2', 'required', ofProperties(property, yes, no)))),
];

const FURTHER: readonly FieldRule[] = [
  fieldRule('source code URI', '5.2.4', 'if-exists', { component: ({ component }) => sourceAddress(component), file: ofOwner(({ component }) => sourceAddress(component)) }),
  fieldRule('URI of the deployable form', '5.2.4', 'if-exists', { component: ({ component, inventory }) => publishedAnswer(component, inventory.organisation.publishingUrl), file: () => notApplicable('handed out only inside the images') }),
  fieldRule('other unique identifiers', '5.2.4', 'if-exists', { component: ({ component }) => identifiers(component), file: () => notApplicable('no register lists single files; its digest identifies it') }),
  fieldRule('original licenses', '5.2.4', 'if-exists', { component: ({ component }) => originalLicense(component), file: ofOwner(({ component }) => originalLicense(component)) }),
  fieldRule('effective license', '5.2.5', 'optional', { component: ({ component }) => effectiveLicense(component) }),
  fieldRule('hash of the source code', '5.2.5', 'optional', { component: ({ component }) => (isMadeHere(component) ? undefined : sourceDigest(component)) }),
  fieldRule('URL of the security.txt', '5.2.5', 'optional', {
    component: ({ component }) => (isMadeHere(component) ? undefined : notMet('not known', 'recipe', `No field of ${recipeOf(component)} names it; it is optional.`)),
  }),
];

/** Technical guideline TR-03183-2, tables 2 to 6; the numbers of its sections. */
export const BSI_PROFILE: Profile = { standard: 'BSI TR-03183-2 v2.1.0', rules: [...DOCUMENT, ...COMPONENT, ...FILE, ...FURTHER] };

function isAccepted(format: string): boolean {
  const [, name, major = '0', minor = '0'] = /^(cyclonedx|spdx)-(\d+)\.(\d+)/.exec(format) ?? [];
  return name === 'cyclonedx' ? Number(major) > 1 || Number(minor) >= 6 : name === 'spdx' && Number(major) >= 3;
}

function formatAnswer({ documents }: DocumentSubject): Answer {
  const accepted = [...new Set(documents.map(({ format }) => format).filter(isAccepted))];
  return accepted.length > 0 ? met(accepted.join(', '), 'documents of the build') : notMet('none that is accepted', 'documents of the build', 'Make a document in CycloneDX 1.6 or later, or SPDX 3.0.1 or later: `sbom BUILD --format cyclonedx`.');
}

/** A component is a file that runs or packs, so a document of packages alone is not enough. */
function detailAnswer({ inventory, documents }: DocumentSubject): Answer {
  const listed = documents.some(({ format, detail }) => detail === 'files' && isAccepted(format));
  if (!listed) return notMet('packages', 'documents of the build', 'Make the document that lists files: `sbom BUILD --detail files`.');
  const open = inventory.completeness.filter(({ subject, state }) => (subject === 'files' || subject === 'ownership') && state !== 'complete');
  return open.length === 0 ? met(`all ${inventory.files.length} paths of the root, each with its owner`, 'the root\'s tree') : notMet(open.map(({ reason }) => reason).join('; '), 'the root\'s tree', 'Look at the findings of the inventory: the record is damaged or incomplete.');
}

function uriAnswer({ documents }: DocumentSubject): Answer {
  return documents.length > 0 ? met('a UUID (version 5) in each document', 'computed from the inventory\'s digest') : notMet('no document', 'documents of the build', 'Make a document: `sbom BUILD`.');
}

function imagesAnswer(components: readonly Component[]): Answer {
  return met(components.filter(({ kind }) => kind === 'image').map(({ name }) => name).toSorted().join(', '), 'images of the build');
}

function ofOwner(answer: (subject: Pick<ComponentSubject, 'component' | 'inventory'>) => Answer): (subject: FileSubject) => Answer {
  return ({ owner, inventory }) => {
    if (owner === undefined) return notMet('nobody owns it', 'the root', 'Look at the findings of the inventory: every path has an owner.');
    const { value, ...rest } = answer({ component: owner, inventory });
    return { ...rest, value: `${value} (of ${owner.name})` };
  };
}

function fileDependencies({ file, missing, inventory }: FileSubject): Answer {
  if (file.content?.kind === 'unread') return notMet(`not read: ${file.content.reason}`, 'bytes of the file', 'Nothing is known of what it needs; see the findings of the inventory.');
  return missing > 0 ? notMet('asks for what is not in the root', 'bytes of the file', 'Add the package that has it to `needs.run`; the findings of the inventory name it.') : dependencyOf(inventory);
}

function dependencyOf(inventory: FileSubject['inventory']): Answer {
  const { value, ...rest } = dependencyAnswer(0, inventory);
  return { ...rest, value: value.replace(/^0 listed/, 'each listed') };
}

function hashAnswer(value: string | undefined): Answer {
  return value === undefined ? notMet('none', 'bytes of the file', BUILD_ANEW) : met(value, 'bytes of the file');
}

const BY_BYTES: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['image']);

function ofBytes(file: (subject: FileSubject) => Answer, image: (component: Component) => Answer): Pick<Parameters<typeof fieldRule>[3], 'file' | 'component'> {
  return { file, component: ({ component }) => (BY_BYTES.has(component.kind) ? image(component) : undefined) };
}

function ofProperties(property: keyof FileProperties, yes: string, no: string): ReturnType<typeof ofBytes> {
  const answer = (properties: FileProperties | undefined): Answer => (properties === undefined ? notMet('not known', 'bytes of the file', BUILD_ANEW) : met(properties[property] ? yes : no, 'mode and bytes of the file'));
  return ofBytes(({ file }) => answer(file.properties), ({ properties }) => answer(properties));
}

function publishedAnswer({ kind, name }: Component, publishingUrl: string | undefined): Answer | undefined {
  if (kind !== 'image') return undefined;
  return publishingUrl === undefined ? notMet('not known', 'configuration: organization.publishing_url', 'Give the configuration `organization.publishing_url`, if images are published.')
    : met(`${publishingUrl}${encodeURIComponent(name)}`, 'configuration: organization.publishing_url');
}
