import type { Component, Organisation } from '../inventory/inventory.ts';
import { isAskedFor } from '../inventory/reasons.ts';
import { identifiers, ownAddress, ownName, productVersion, versionAnswer } from './profile-answers.ts';
import { fieldRule, met, notMet, type Answer, type ComponentSubject, type DocumentSubject, type Profile } from './profile-field.ts';

const SBOM = 'Annex I, Part II (1)';

/**
 * What Regulation (EU) 2024/2847 asks of a bill of materials and what can be seen in one: components down to the top-level dependencies
 * at the least, and what accompanies the product. Vulnerability handling itself (Annex I, Part II (2) to (8)) is no part of it.
 */
export const CRA_PROFILE: Profile = {
  standard: 'Regulation (EU) 2024/2847 (Cyber Resilience Act)',
  rules: [
    fieldRule('commonly used, machine-readable format', SBOM, 'required', { document: ({ documents }) => formatAnswer(documents) }),
    fieldRule('components are documented', SBOM, 'required', { document: ({ inventory: { components } }) => countAnswer(components) }),
    fieldRule('top-level dependency: version', SBOM, 'required', { component: topLevel(({ component }) => versionAnswer(component)) }),
    fieldRule('top-level dependency: identifier', SBOM, 'required', { component: topLevel(({ component }) => identifiers(component)) }),
    fieldRule('manufacturer', 'Annex II (1)', 'required', { product: ({ inventory }) => ownName(inventory.organisation) }),
    fieldRule('contact of the manufacturer', 'Annex II (1)', 'required', { product: ({ inventory }) => ownAddress(inventory.organisation) }),
    fieldRule('single point of contact for vulnerabilities', 'Annex II (2)', 'required', { product: ({ inventory }) => contactAnswer(inventory.organisation) }),
    fieldRule('product: name', 'Annex II (3)', 'required', { product: ({ inventory: { organisation } }) => productAnswer(organisation) }),
    fieldRule('product: unique identification', 'Annex II (3)', 'required', { product: ({ inventory }) => productVersion(inventory) }),
    fieldRule('end of the support period', 'Annex II (7)', 'required', {
      product: ({ inventory: { organisation: { supportUntil } } }) => (supportUntil === undefined
        ? notMet('not given', 'configuration: organization.support_until', 'Give the configuration `organization.support_until`, the last day of the support period.')
        : met(supportUntil, 'configuration: organization.support_until')),
    }),
    fieldRule('where the SBOM can be had', 'Annex II (9)', 'if-exists', { document: ({ inventory: { organisation } }) => placeAnswer(organisation) }),
    fieldRule('kept for the authorities, and signed', 'Annex VII (8)', 'required', { document: ({ documents }) => keptAnswer(documents) }),
  ],
};

function formatAnswer(documents: DocumentSubject['documents']): Answer {
  const formats = [...new Set(documents.map(({ format }) => format).filter((format) => /^(cyclonedx|spdx)-/.test(format)))];
  return formats.length > 0 ? met(formats.join(', '), 'documents of the build') : notMet('none', 'documents of the build', 'Make a document: `sbom BUILD`.');
}

function countAnswer(components: readonly Component[]): Answer {
  const shipped = components.filter(({ kind, scope }) => kind === 'package' && scope === 'ships');
  const top = shipped.filter(isTopLevel).length;
  return top === 0 ? notMet('no top-level dependency', 'the plan of the build', 'No package of the build was asked for by its board or configuration: the record is damaged.') : met(`${shipped.length} packages, ${top} of them top-level`, 'the plan of the build');
}

/** Somebody wanted it for itself. */
function isTopLevel({ kind, recipe }: Component): boolean {
  return kind === 'package' && (recipe?.reasons ?? []).some(isAskedFor);
}

function topLevel(answer: (subject: ComponentSubject) => Answer): (subject: ComponentSubject) => Answer | undefined {
  return (subject) => (isTopLevel(subject.component) ? answer(subject) : undefined);
}

function contactAnswer({ contact }: Organisation): Answer {
  return contact === undefined ? notMet('not given', 'configuration: organization.contact', 'Give the configuration `organization.contact`: whom to write to about security.') : met(contact, 'configuration: organization.contact');
}

function productAnswer({ product }: Organisation): Answer {
  return product === undefined ? notMet('not given; documents name the board', 'configuration: organization.product', 'Give the configuration `organization.product`.') : met(product, 'configuration: organization.product');
}

function placeAnswer({ publishingUrl }: Organisation): Answer {
  return publishingUrl === undefined ? notMet('not known', 'configuration: organization.publishing_url', 'Give the configuration `organization.publishing_url`, if the document is made available to users.') : met(publishingUrl, 'configuration: organization.publishing_url');
}

function keptAnswer(documents: DocumentSubject['documents']): Answer {
  const signed = documents.filter((one) => one.signed);
  return signed.length > 0 ? met(signed.map(({ format, detail, sha256 }) => `${format} ${detail} sha256:${sha256}`).join(', '), 'the store') : notMet(documents.length === 0 ? 'no document' : 'no document is signed', 'documents of the build', 'Make and sign one: `sbom BUILD`.');
}
