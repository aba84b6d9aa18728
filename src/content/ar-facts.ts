import { bufferSource } from '../bytes/byte-source.ts';
import { Budget } from '../bytes/caps.ts';
import { decompress, detectCompression, type Compression } from '../bytes/decompress.ts';
import { damaged } from '../bytes/read-failure.ts';
import { readTarImage } from '../readers/read-tar-image.ts';
import { pathBytes } from '../tree/entry.ts';
import type { ArArchive, ArMember } from './ar.ts';

/** A static library, or any other archive of that kind; plain JSON. */
export interface ArFacts {
  memberCount: number;
  symbolCount: number;
}

/** A Debian package (deb(5)); plain JSON. */
export interface DebFacts {
  format: string;
  /** The fields of `control`, in its order; continued lines are joined by line feeds. */
  control: readonly (readonly [field: string, value: string])[];
  controlCompression: Compression | 'none';
  dataCompression: Compression | 'none';
  /** Times of the members in the outer archive, seconds since 1970; distinct, ascending. */
  mtimes: number[];
}

const MAX_CONTROL_BYTES = 64 * 2 ** 20;

export function isDeb({ members }: ArArchive): boolean {
  return members[0]?.name === 'debian-binary' && members.some(({ name }) => name.startsWith('control.tar'));
}

export function debFacts(file: Buffer, { members }: ArArchive): DebFacts {
  const content = ({ offset, sizeBytes }: ArMember): Buffer => file.subarray(offset, offset + sizeBytes);
  const find = (prefix: string): Buffer => content(members.find(({ name }) => name.startsWith(prefix)) ?? damaged('the package', `has no ${prefix}`));
  const control = find('control.tar');
  return {
    format: content(members[0]!).toString('latin1').trim(), control: parseControl(controlFile(control)), controlCompression: detectCompression(control) ?? 'none',
    dataCompression: detectCompression(find('data.tar')) ?? 'none', mtimes: [...new Set(members.map(({ mtime }) => mtime))].toSorted((a, b) => a - b),
  };
}

function controlFile(packed: Buffer): string {
  const compression = detectCompression(packed);
  const place = 'control.tar';
  const tar = compression === undefined ? packed : decompress(packed, compression, { place, maxBytes: MAX_CONTROL_BYTES }).bytes;
  const pieces = readTarImage(bufferSource(tar), new Budget({ contentBytes: MAX_CONTROL_BYTES })).content(pathBytes('control'));
  if (pieces === undefined || !(Symbol.iterator in pieces)) return damaged(place, 'holds no control file');
  return Buffer.concat([...pieces]).toString('utf8');
}

/** deb822(5), one paragraph. */
function parseControl(text: string): DebFacts['control'] {
  const fields: [string, string][] = [];
  for (const line of text.split('\n')) {
    const field = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line);
    if (field !== null) fields.push([field[1]!, field[2]!]);
    else if (/^[ \t]/.test(line) && fields.length > 0) fields.at(-1)![1] += `\n${line.slice(1)}`;
  }
  return fields;
}
