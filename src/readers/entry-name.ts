import { damaged } from '../bytes/read-failure.ts';
import { displayPath, joinPath, type PathBytes } from '../tree/entry.ts';
import { placeOf } from './place-of.ts';

/** Linux PATH_MAX less the NUL: also what bounds how deep directories nest. */
const PATH_MAX = 4095;

/** The path of an entry in a directory; refuses what no kernel would take as a name. */
export function entryPath(directory: PathBytes, name: string): PathBytes {
  const refuse = (why: string): never => damaged(placeOf(directory), `has an entry "${displayPath(name.slice(0, 80) as PathBytes)}", ${why}`);
  if (name === '') refuse('which has no name');
  if (name === '.' || name === '..') refuse('which climbs');
  if (name.length > 255) refuse(`whose name has ${name.length} bytes`);
  if (name.includes('/')) refuse('whose name has a slash in it');
  if (name.includes('\0')) refuse('whose name has a NUL byte in it');
  const path = joinPath(directory, name as PathBytes);
  if (path.length > PATH_MAX) refuse(`whose path has ${path.length} bytes`);
  return path;
}

/** The target of a symlink; refuses the empty one and NUL bytes, nothing else: it is data and never followed. */
export function linkTarget(path: PathBytes, target: string): PathBytes {
  if (target === '' || target.includes('\0')) damaged(placeOf(path), 'is a link with an empty target or a NUL byte in it');
  return target as PathBytes;
}
