import { Failure } from '../foundation/failure.ts';
import { TILE_WIDTH } from './storage.ts';

/** What lies under `tile/` of a log (C2SP tlog-tiles): hashes of a level, or the entries below a tile of level 0. */
export interface TileAddress {
  level: number | 'entries';
  number: number;
  /** 256, or less for a partial one. */
  width: number;
}

const PATH = /^(0|[1-9][0-9]?|entries)\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([1-9][0-9]{0,2}))?$/;
const MAX_LEVEL = 63;

/** `<L>/<N>[.p/<W>]` as it stands behind `/tile/`. */
export function tilePath({ level, number, width }: TileAddress): string {
  const digits = String(number);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!;
  const path = groups.map((group, index) => index < groups.length - 1 ? `x${group}` : group).join('/');
  return `${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Only the one way to write an address. Throws TRANSPARENCY.BAD_PATH. */
export function parseTilePath(path: string): TileAddress {
  const [, level, groups = '', width] = PATH.exec(path) ?? [];
  const number = Number(groups.replaceAll(/[x/]/g, ''));
  const address: TileAddress = { level: level === 'entries' ? level : Number(level), number, width: width === undefined ? TILE_WIDTH : Number(width) };
  const inRange = address.level === 'entries' || address.level <= MAX_LEVEL;
  if (level === undefined || !inRange || !Number.isSafeInteger(number) || address.width > TILE_WIDTH || tilePath(address) !== path) {
    throw new Failure('TRANSPARENCY.BAD_PATH', `${JSON.stringify(path.slice(0, 200))} is no address of a tile`);
  }
  return address;
}
