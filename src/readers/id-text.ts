/** 16 bytes as they stand, in the form 8-4-4-4-12. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** GPT's and UEFI's: the first three parts are little-endian (UEFI 2.10, appendix A). Upper case, as tools write it. */
export function guidText(bytes: Uint8Array): string {
  const part = (from: number, to: number): Buffer => Buffer.from(bytes.subarray(from, to)).reverse();
  return uuidText(Buffer.concat([part(0, 4), part(4, 6), part(6, 8), bytes.subarray(8, 16)])).toUpperCase();
}
