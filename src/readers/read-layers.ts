import { bufferSource, peek } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { decompress, detectCompression } from '../bytes/decompress.ts';
import { damaged } from '../bytes/read-failure.ts';
import { joinPath, nameOf, parentOf, ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import { fileAt } from '../tree/tree.ts';
import { ArchiveCollector, type Member } from './archive-collector.ts';
import type { LayeredContent, TreeContent } from './image-content.ts';
import type { LayerList } from './layer-list.ts';
import { readTarMembers } from './read-tar-image.ts';
import { placeOf } from './place-of.ts';

/** OCI image specification 1.0, layer.md: a name that takes another away, and one that hides all that lay in its directory. */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** The layers of an image over each other, lowest first. Throws `BYTES.*`. */
export function readLayers(archive: TreeContent, list: LayerList, budget: Budget): LayeredContent {
  const collector = new ArchiveCollector('layers', budget);
  const layers = list.paths.map((path) => {
    const file = fileAt(archive.tree, path) ?? damaged(placeOf(path), 'is named as a layer, but is no file in the archive');
    lay(layerMembers(bytesOf(archive, path, file.sizeBytes, budget), budget, collector), collector);
    return { path, sizeBytes: file.sizeBytes, sha256: file.sha256 };
  });
  return { kind: 'layered', format: list.format, layers, content: collector.finish({ layers: layers.length }), findings: archive.findings };
}

function bytesOf(archive: TreeContent, path: PathBytes, sizeBytes: number, budget: Budget): Buffer {
  const place = placeOf(path);
  budget.held(place, sizeBytes);
  const packed = Buffer.concat([...archive.content(path) as Iterable<Uint8Array>]);
  const compression = detectCompression(peek(bufferSource(packed), 0, 512));
  if (compression === undefined || packed.toString('latin1', 257, 262) === 'ustar') return packed;
  const { bytes } = decompress(packed, compression, { place, maxBytes: budget.caps.heldBytes });
  budget.held(place, bytes.byteLength);
  return bytes;
}

/** All of one layer first: what it takes away is of the layers below it, wherever in it that stands. */
function layerMembers(bytes: Buffer, budget: Budget, collector: ArchiveCollector): Map<PathBytes, Member> {
  const members = new Map<PathBytes, Member>();
  readTarMembers(bufferSource(bytes), {
    put: (path, entry, facts) => {
      budget.entry(placeOf(path), path.length);
      members.set(path, { entry, facts });
    },
    finding: (severity, path, rule, message) => collector.finding(severity, path, rule, message),
  });
  return members;
}

function lay(members: ReadonlyMap<PathBytes, Member>, collector: ArchiveCollector): void {
  for (const path of members.keys()) {
    if (nameOf(path) === OPAQUE) collector.removeBelow(parentOf(path));
    else if (nameOf(path).startsWith(WHITEOUT)) collector.remove(joinPath(parentOf(path), takenAway(path)));
  }
  for (const [path, { entry, facts }] of members) {
    if (nameOf(path).startsWith(WHITEOUT)) continue;
    const below = collector.get(path);
    if (path !== ROOT_PATH && below !== undefined && (entry.kind !== 'directory' || below.kind !== 'directory')) collector.remove(path);
    collector.put(path, entry, facts);
  }
}

function takenAway(path: PathBytes): PathBytes {
  const name = nameOf(path).slice(WHITEOUT.length);
  return name === '' || name === '.' || name === '..' ? damaged(placeOf(path), 'takes away nothing that has a name') : name as PathBytes;
}
