/** Little-endian, 64 bits. Beyond 2^53 it is no longer exact, and too large for every check that follows. */
export function unsigned64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

/** Little-endian, 64 bits with a sign; exact for every time that a file has. */
export function signed64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * 2 ** 32;
}
