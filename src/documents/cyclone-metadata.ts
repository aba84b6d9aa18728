import type { Inventory, Organisation } from '../inventory/inventory.ts';
import { property, type Property } from './cyclone-property.ts';
import { DOCUMENTS_VERSION, productOf, timestampOf } from './document.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { isWebAddress } from './cyclone-component.ts';

export function cycloneMetadata(inventory: Inventory): PlainFields {
  const { organisation, build } = inventory;
  const { ref, name, version } = productOf(inventory);
  const entity = entityOf(organisation);
  return defined({
    timestamp: timestampOf(inventory), lifecycles: [{ phase: 'build' }],
    tools: { components: [{ type: 'application', name: 'Provenroot', version: `documents-${DOCUMENTS_VERSION}` }] },
    manufacturer: entity, supplier: entity, licenses: [{ license: { id: 'CC0-1.0' } }],
    component: defined({
      'type': 'firmware', 'bom-ref': ref, name, version, 'manufacturer': entity, 'supplier': entity,
      'purl': `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`,
    }),
    properties: [
      property('architecture', build.architecture), property('board', build.board),
      ...inventory.completeness.flatMap(({ subject, state, reason }): Property[] => [property(`completeness:${subject}`, `${state}: ${reason}`)]),
      property('configuration-sha256', build.configurationDigest), property('definition-sha256', build.definitionDigest), property('root-tree-sha256', build.rootTree),
      property('sandbox-lock-sha256', inventory.sandbox.lockDigest), property('sandbox-sha256', inventory.sandbox.digest), ...(organisation.supportUntil === undefined ? [] : [property('support-until', organisation.supportUntil)]), property('tuning', build.tuning),
      ...inventory.unresolved.map(({ kind, name: of, from }) => property('unresolved', `${kind} ${of} for ${from}`)),
    ],
  });
}

/** BSI asks for a mail address or a URL of whoever made the document. */
export function entityOf({ supplier, url, contact }: Organisation): PlainFields | undefined {
  if (supplier === undefined) return undefined;
  const urls = [url, contact].flatMap((one) => (one !== undefined && isWebAddress(one) ? [one] : []));
  const mail = contact !== undefined && !isWebAddress(contact) ? [{ email: contact }] : undefined;
  return defined({ name: supplier, url: urls.length === 0 ? undefined : urls, contact: mail });
}
