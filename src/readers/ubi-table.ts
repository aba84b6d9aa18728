import { damaged } from '../bytes/read-failure.ts';
import { ubiCrc } from './ubi-header.ts';

export interface UbiVolumeRow {
  id: number;
  name: string;
  isStatic: boolean;
  reservedBlocks: number;
  alignment: number;
  padBytes: number;
  /** An update began and did not end. */
  isTorn: boolean;
  autoResize: boolean;
}

const ROW_BYTES = 172;
const MAX_VOLUMES = 128;
const STATIC = 2;
const AUTO_RESIZE = 1;
const MAX_NAME_BYTES = 127;

/** Rows whose checksum is that of their bytes and that are in use; undefined where one is damaged: the other copy may be whole. */
export function parseVolumeTable(bytes: Buffer): UbiVolumeRow[] | undefined {
  const rows: UbiVolumeRow[] = [];
  for (let id = 0; id < MAX_VOLUMES && (id + 1) * ROW_BYTES <= bytes.byteLength; id++) {
    const row = bytes.subarray(id * ROW_BYTES, (id + 1) * ROW_BYTES);
    if (ubiCrc(row.subarray(0, ROW_BYTES - 4)) !== row.readUInt32BE(ROW_BYTES - 4)) return undefined;
    if (row.readUInt32BE(0) > 0) rows.push(rowOf(row, id));
  }
  return rows;
}

function rowOf(row: Buffer, id: number): UbiVolumeRow {
  const nameBytes = row.readUInt16BE(14);
  if (nameBytes > MAX_NAME_BYTES) damaged(`ubi volume ${id}`, `has a name of ${nameBytes} bytes`);
  return {
    id, name: row.toString('utf8', 16, 16 + nameBytes), isStatic: row[12] === STATIC, reservedBlocks: row.readUInt32BE(0), alignment: row.readUInt32BE(4),
    padBytes: row.readUInt32BE(8), isTorn: row[13] !== 0, autoResize: (row[144]! & AUTO_RESIZE) !== 0,
  };
}
