import { rowsIn, textOf, type Fields } from './document-fields.ts';
import { defined } from './facts.ts';
import { digestsOf, isImageRef } from './read-owned-files-values.ts';
import type { FormatContents, OwnedPath } from './read-owned-files.ts';
import { spdx2Facts } from './read-spdx2-facts.ts';
import { refOfId } from './spdx3-element.ts';

/** Only what has bytes is a file of SPDX 2.3, and of that only path and digests are said in words. */
export function spdx2Contents(document: Fields): FormatContents {
  return {
    images: rowsIn(document['packages']).filter((one) => isImageRef(refOf(one))).map((one) => ({ ref: refOf(one), name: textOf(one['name']) ?? '', ...digestsOf(checksumsIn(one)) })),
    files: rowsIn(document['files']).map(fileOf),
    relations: spdx2Facts(document).relations,
  };
}

function fileOf(one: Fields): OwnedPath {
  const { sha256 } = digestsOf(checksumsIn(one));
  const name = textOf(one['fileName']) ?? '';
  return defined({ ref: refOf(one), path: name.startsWith('./') ? name.slice(1) : '', sha256 });
}

function refOf({ SPDXID: id }: Fields): string {
  return refOfId(textOf(id) ?? '');
}

function checksumsIn({ checksums }: Fields): (readonly [unknown, unknown])[] {
  return rowsIn(checksums).map(({ algorithm, checksumValue }) => [algorithm, checksumValue]);
}
