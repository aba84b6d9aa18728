const PRIMES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;

const rotate = (value: number, bits: number): number => value << bits | value >>> 32 - bits;

/** XXH32 with seed 0, the checksum of the lz4 frame format (xxHash specification, 0.1.1). */
export function xxh32(input: Uint8Array): number {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const [p1, p2, p3, p4, p5] = PRIMES;
  let at = 0;
  let hash: number = p5;
  if (bytes.length >= 16) {
    const lanes = [p1 + p2 | 0, p2 | 0, 0, -p1 | 0];
    for (; at + 16 <= bytes.length; at += 16) {
      for (let lane = 0; lane < 4; lane++) {
        lanes[lane] = Math.imul(rotate(lanes[lane]! + Math.imul(bytes.readInt32LE(at + 4 * lane), p2) | 0, 13), p1);
      }
    }
    hash = rotate(lanes[0]!, 1) + rotate(lanes[1]!, 7) + rotate(lanes[2]!, 12) + rotate(lanes[3]!, 18) | 0;
  }
  hash = hash + bytes.length | 0;
  for (; at + 4 <= bytes.length; at += 4) hash = Math.imul(rotate(hash + Math.imul(bytes.readInt32LE(at), p3) | 0, 17), p4);
  for (; at < bytes.length; at++) hash = Math.imul(rotate(hash + Math.imul(bytes[at]!, p5) | 0, 11), p1);
  hash = Math.imul(hash ^ hash >>> 15, p2);
  hash = Math.imul(hash ^ hash >>> 13, p3);
  return (hash ^ hash >>> 16) >>> 0;
}
