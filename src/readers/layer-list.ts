import { damaged } from '../bytes/read-failure.ts';
import { fileAt } from '../tree/tree.ts';
import { pathBytes, type PathBytes } from '../tree/entry.ts';
import type { TreeContent } from './image-content.ts';

export interface LayerList {
  format: 'oci' | 'docker';
  /** Lowest first. */
  paths: readonly PathBytes[];
}

const MAX_JSON_BYTES = 4 * 2 ** 20;
const MAX_LAYERS = 1000;
const MAX_INDEX_DEPTH = 4;

/** The layers of the one image in an archive, as OCI's image layout 1.0 or `docker save` names them; undefined: it is no such archive, or one of several images. */
export function layerList(archive: TreeContent): LayerList | undefined {
  if (fileAt(archive.tree, pathBytes('oci-layout')) !== undefined) return listOf('oci', ociLayers(archive, pathBytes('index.json'), 0));
  return fileAt(archive.tree, pathBytes('manifest.json')) === undefined ? undefined : listOf('docker', dockerLayers(archive));
}

function listOf(format: LayerList['format'], paths: readonly PathBytes[] | undefined): LayerList | undefined {
  if (paths !== undefined && paths.length > MAX_LAYERS) damaged('the image manifest', `names ${paths.length} layers`);
  return paths === undefined ? undefined : { format, paths };
}

/** An index names manifests, or further indexes; a manifest names layers. */
function ociLayers(archive: TreeContent, path: PathBytes, depth: number): PathBytes[] | undefined {
  const document = objectOf(jsonAt(archive, path));
  const layers = document?.['layers'];
  if (Array.isArray(layers)) return layers.map((layer: unknown) => blobPath(objectOf(layer)?.['digest']));
  const manifests = document?.['manifests'];
  if (!Array.isArray(manifests) || manifests.length !== 1 || depth === MAX_INDEX_DEPTH) return undefined;
  return ociLayers(archive, blobPath(objectOf(manifests[0])?.['digest']), depth + 1);
}

function dockerLayers(archive: TreeContent): PathBytes[] | undefined {
  const images = jsonAt(archive, pathBytes('manifest.json'));
  if (!Array.isArray(images) || images.length !== 1) return undefined;
  const layers = objectOf(images[0])?.['Layers'];
  return Array.isArray(layers) && layers.every((layer) => typeof layer === 'string') ? layers.map((layer) => pathBytes(layer)) : undefined;
}

function blobPath(digest: unknown): PathBytes {
  const parts = /^([a-z0-9]{1,16}):([0-9a-f]{32,128})$/.exec(typeof digest === 'string' ? digest : '');
  return parts === null ? damaged('the image manifest', 'names something that is no digest') : pathBytes(`blobs/${parts[1]}/${parts[2]}`);
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined;
}

function jsonAt(archive: TreeContent, path: PathBytes): unknown {
  const place = `"/${path}"`;
  const file = fileAt(archive.tree, path) ?? damaged(place, 'is named, but is no file in the archive');
  if (file.sizeBytes > MAX_JSON_BYTES) damaged(place, `has ${file.sizeBytes} bytes, too many for a list of layers`);
  try {
    return JSON.parse(Buffer.concat([...archive.content(path) as Iterable<Uint8Array>].map((piece) => Buffer.from(piece))).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return damaged(place, 'is no JSON', error);
  }
}
