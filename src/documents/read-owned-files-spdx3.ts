import { rowsIn, textOf, type Fields } from './document-fields.ts';
import { defined } from './facts.ts';
import { digestsOf, isImageRef, saidOf } from './read-owned-files-values.ts';
import type { FormatContents, OwnedPath } from './read-owned-files.ts';
import { spdx3Facts } from './read-spdx3-facts.ts';
import { refOfId } from './spdx3-element.ts';

const ROOT = /^root-file-system:[0-9a-f]{64}$/;
/** As `spdx3-elements.ts` writes a comment: `KIND MODE UID:GID; to TARGET; device MAJOR:MINOR; OWNERSHIP: REASON`. */
const SAID = /^([a-z-]+) ([0-7]{4}) (\d+:\d+)(?:; (.*))?$/s;

export function spdx3Contents(document: Fields): FormatContents {
  const graph = rowsIn(document['@graph']);
  const packages = graph.filter(({ type }) => type === 'software_Package');
  const rootTree = packages.filter((one) => ROOT.test(refOf(one))).map((one) => /^content: sha256 ([0-9a-f]{64})$/m.exec(textOf(one['comment']) ?? '')?.[1])[0];
  return {
    images: packages.filter((one) => isImageRef(refOf(one))).map((one) => ({ ref: refOf(one), name: textOf(one['name']) ?? '', ...digestsOf(hashesIn(one)) })),
    files: graph.filter(({ type }) => type === 'software_File').map(fileOf),
    relations: spdx3Facts(document).relations,
    ...(rootTree === undefined ? {} : { rootTree }),
  };
}

function fileOf(one: Fields): OwnedPath {
  const [, kind, mode, owner, rest = ''] = SAID.exec(textOf(one['comment']) ?? '') ?? [];
  const { sha256 } = digestsOf(hashesIn(one));
  return defined({
    ref: refOf(one), path: textOf(one['name']) ?? '', sha256, target: targetIn(kind, rest),
    ...saidOf({ kind, mode, owner, device: /^device (\d+:\d+)(?:;|$)/.exec(rest)?.[1] }),
  });
}

/** A target may hold anything, a semicolon too: what is behind it belongs to it as far as this can tell, see `sameTarget`. */
function targetIn(kind: string | undefined, rest: string): string | undefined {
  return (kind === 'symlink' || kind === 'hard-link') && rest.startsWith('to ') ? rest.slice(3) : undefined;
}

function refOf({ spdxId }: Fields): string {
  return refOfId(textOf(spdxId) ?? '');
}

function hashesIn({ verifiedUsing }: Fields): (readonly [unknown, unknown])[] {
  return rowsIn(verifiedUsing).map(({ algorithm, hashValue }) => [algorithm, hashValue]);
}
