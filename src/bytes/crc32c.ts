/** CRC-32C (Castagnoli), reflected polynomial 0x82f63b78. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f6_3b78 : value >>> 1;
  return value >>> 0;
});

export const CRC32C_START = 0xffff_ffff;

/** Goes on from `seed` without the usual final inversion: that is how ext4 chains its checksums. */
export function crc32c(seed: number, bytes: Uint8Array, start = 0, end = bytes.byteLength): number {
  let crc = seed;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return crc >>> 0;
}

/** Of its four bytes, the lowest first. */
export function crc32cOfNumber(seed: number, value: number): number {
  let crc = seed;
  for (let shift = 0; shift < 32; shift += 8) crc = (crc >>> 8) ^ TABLE[(crc ^ (value >>> shift)) & 0xff]!;
  return crc >>> 0;
}
