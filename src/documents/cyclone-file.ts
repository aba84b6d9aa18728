import type { InventoryFile, Relation } from '../inventory/inventory.ts';
import type { ComponentHash } from './component-hash.ts';
import { property, RELATION_PREFIX, type Property } from './cyclone-property.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';

/** One path of the image as a component. `outside`: it is not written inside its owner, which is then named. */
export function cycloneFile(file: InventoryFile, relations: readonly Relation[], outside: boolean): PlainFields {
  return defined({
    'type': 'file', 'bom-ref': file.ref, 'name': file.path, 'hashes': hashesOf(file),
    'properties': [...bsiProperties(file), ...ownProperties(file), ...relationProperties(relations), ...(outside && file.owner !== undefined ? [property('owner', file.owner)] : [])],
  });
}

export function hashesOf({ hashes }: Partial<Pick<ComponentHash, 'hashes'>>): PlainFields[] | undefined {
  if (hashes === undefined) return undefined;
  return [{ alg: 'SHA-256', content: hashes.sha256 }, ...(hashes.sha512 === undefined ? [] : [{ alg: 'SHA-512', content: hashes.sha512 }])];
}

/** BSI TR-03183-2 v2.1.0, section 8.2 and its property taxonomy: the words of the values are theirs. */
export function bsiProperties({ path, properties }: Pick<InventoryFile, 'path' | 'properties'>): Property[] {
  if (properties === undefined) return [];
  return [
    { name: 'bsi:component:archive', value: properties.archive ? 'archive' : 'no archive' },
    { name: 'bsi:component:executable', value: properties.executable ? 'executable' : 'non-executable' },
    { name: 'bsi:component:filename', value: path.slice(path.lastIndexOf('/') + 1) },
    { name: 'bsi:component:structured', value: properties.structured ? 'structured' : 'unstructured' },
  ];
}

function ownProperties({ kind, mode, uid, gid, pathHex, target, device, ownership, content }: InventoryFile): Property[] {
  return [
    ...(content === undefined || content.kind === 'data' ? [] : [property('content', content.kind)]),
    ...(device === undefined ? [] : [property('device', `${device.major}:${device.minor}`)]),
    property('kind', kind), property('mode', mode.toString(8).padStart(4, '0')),
    ...(ownership === undefined ? [] : [property('ownership', `${ownership.kind}: ${ownership.reason}`)]),
    ...(pathHex === undefined ? [] : [property('path-hex', pathHex)]),
    ...(target === undefined ? [] : [property('target', target)]),
    property('uid-gid', `${uid}:${gid}`),
  ];
}

export function relationProperties(relations: readonly Relation[]): Property[] {
  return relations.map(({ kind, to, basis }) => ({ name: `${RELATION_PREFIX}${kind}`, value: `${to} ${basis}` }));
}
