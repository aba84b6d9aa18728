import { rowsIn, textOf, fieldsOf, type Fields } from './document-fields.ts';
import { defined } from './facts.ts';
import { cycloneFacts } from './read-cyclone-facts.ts';
import { digestsOf, isImageRef, saidOf } from './read-owned-files-values.ts';
import type { FormatContents, OwnedPath } from './read-owned-files.ts';

/** Files stand inside their owners, or beside them where nobody who ships owns them. */
export function cycloneContents(document: Fields): FormatContents {
  const shipped = rowsIn(document['components']);
  const rows = [...shipped, ...shipped.flatMap(({ components }) => rowsIn(components))];
  const rootTree = propertiesOf(fieldsOf(document['metadata'])).get('root-tree-sha256');
  return {
    images: rows.filter((one) => isImageRef(textOf(one['bom-ref']) ?? '')).map(imageOf),
    files: rows.filter(({ type }) => type === 'file').map(fileOf),
    relations: cycloneFacts(document).relations,
    ...(rootTree === undefined ? {} : { rootTree }),
  };
}

function imageOf(one: Fields): FormatContents['images'][number] {
  const properties = propertiesOf(one);
  return defined({
    ref: textOf(one['bom-ref'])!, name: textOf(one['name']) ?? '', ...digestsOf(hashesIn(one)),
    format: properties.get('image-format'), uncompressedSha256: properties.get('uncompressed-sha256'),
  });
}

function fileOf(one: Fields): OwnedPath {
  const properties = propertiesOf(one);
  const { sha256 } = digestsOf(hashesIn(one));
  return defined({
    ref: textOf(one['bom-ref']) ?? '', path: textOf(one['name']) ?? '', pathHex: properties.get('path-hex'), sha256, target: properties.get('target'),
    ...saidOf({ kind: properties.get('kind'), mode: properties.get('mode'), owner: properties.get('uid-gid'), device: properties.get('device') }),
  });
}

function hashesIn({ hashes }: Fields): (readonly [unknown, unknown])[] {
  return rowsIn(hashes).map(({ alg, content }) => [alg, content]);
}

const OWN = 'provenroot:';

/** Our own, without the prefix; one that stands twice says nothing. */
function propertiesOf({ properties }: Fields): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const twice = new Set<string>();
  for (const { name, value } of rowsIn(properties)) {
    if (typeof name !== 'string' || !name.startsWith(OWN) || typeof value !== 'string') continue;
    const key = name.slice(OWN.length);
    if (found.has(key)) twice.add(key);
    found.set(key, value);
  }
  for (const key of twice) found.delete(key);
  return found;
}
