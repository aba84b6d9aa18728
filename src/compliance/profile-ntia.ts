import type { Component } from '../inventory/inventory.ts';
import { creatorName, dependencyAnswer, identifiers, ownName, productName, productVersion, timeAnswer, versionAnswer } from './profile-answers.ts';
import { fieldRule, met, notApplicable, notMet, type Answer, type DocumentSubject, type FieldRule, type Profile } from './profile-field.ts';

const [DATA, AUTOMATION, PRACTICES] = ['Data Fields', 'Automation Support', 'Practices and Processes'];

const DATA_FIELDS: readonly FieldRule[] = [
  fieldRule('supplier name', DATA, 'required', { product: ({ inventory }) => ownName(inventory.organisation), component: ({ component, inventory }) => creatorName(component, inventory) }),
  fieldRule('component name', DATA, 'required', { product: ({ inventory }) => productName(inventory), component: ({ component }) => met(component.name, component.kind === 'package' ? 'recipe: name' : 'computed') }),
  fieldRule('version of the component', DATA, 'required', { product: ({ inventory }) => productVersion(inventory), component: ({ component }) => versionAnswer(component) }),
  fieldRule('other unique identifiers', DATA, 'if-exists', { component: ({ component }) => identifiers(component) }),
  fieldRule('dependency relationship', DATA, 'required', { component: ({ dependencies, inventory }) => dependencyAnswer(dependencies, inventory) }),
  fieldRule('author of SBOM data', DATA, 'required', { document: ({ inventory }) => ownName(inventory.organisation) }),
  fieldRule('timestamp', DATA, 'required', { document: ({ inventory }) => timeAnswer(inventory) }),
];

const WAYS: readonly FieldRule[] = [
  fieldRule('machine-readable format', AUTOMATION, 'required', { document: ({ documents }) => formatAnswer(documents) }),
  fieldRule('frequency', PRACTICES, 'required', { document: ({ documents }) => (documents.length > 0 ? met('made with each build', 'documents of the build') : notMet('no document', 'documents of the build', 'Make a document: `sbom BUILD`.')) }),
  fieldRule('depth', PRACTICES, 'required', { document: ({ inventory }) => depthAnswer(inventory.components) }),
  fieldRule('known unknowns', PRACTICES, 'required', { document: unknownsAnswer }),
  fieldRule('distribution and delivery', PRACTICES, 'required', { document: ({ inventory: { organisation } }) => (organisation.publishingUrl === undefined
    ? notMet('not known', 'configuration: organization.publishing_url', 'Give the configuration `organization.publishing_url`, or see that whoever gets an image gets its documents.')
    : met(organisation.publishingUrl, 'configuration: organization.publishing_url')) }),
  fieldRule('access control', PRACTICES, 'required', { document: () => notApplicable('a practice of the organisation that no data of a build shows') }),
  fieldRule('accommodation of mistakes', PRACTICES, 'required', { document: () => notApplicable('a practice of those who use a document') }),
];

/** The report of July 2021; what came after it is no final text. */
export const NTIA_PROFILE: Profile = { standard: 'NTIA, The Minimum Elements For a Software Bill of Materials (2021)', rules: [...DATA_FIELDS, ...WAYS] };

function formatAnswer(documents: DocumentSubject['documents']): Answer {
  const formats = [...new Set(documents.map(({ format }) => format).filter((format) => /^(cyclonedx|spdx)-/.test(format)))];
  return formats.length > 0 ? met(formats.join(', '), 'documents of the build') : notMet('none', 'documents of the build', 'Make a document: `sbom BUILD`.');
}

function depthAnswer(components: readonly Component[]): Answer {
  const packages = components.filter(({ kind, scope }) => kind === 'package' && scope === 'ships').length;
  return met(`${packages} packages that are shipped, asked for or needed by others`, 'the plan of the build');
}

/** Each gap is named in the documents; that there are some is no fault. */
function unknownsAnswer({ inventory: { completeness, unresolved } }: DocumentSubject): Answer {
  if (completeness.length === 0) return notMet('nothing is claimed', 'computed', 'The inventory claims nothing about completeness: make it anew.');
  const open = completeness.filter(({ state }) => state !== 'complete').map(({ subject, state }) => `${subject} ${state}`);
  return met([...(open.length === 0 ? ['none'] : open), ...(unresolved.length === 0 ? [] : [`${unresolved.length} needs that nothing meets`])].join(', '), 'computed, with the numbers in the documents');
}
