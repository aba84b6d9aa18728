import type { Range } from './ranges.ts';
import type { Rule } from './rule.ts';

/** rsaEncryption, ecPublicKey, X25519 to Ed448 and pkcs7-signedData, as DER writes them. */
const OBJECTS: readonly Buffer[] = ['06092a864886f70d010101', '06072a8648ce3d0201', '06032b656e', '06032b656f', '06032b6570', '06032b6571', '06092a864886f70d010702'].map((hex) => Buffer.from(hex, 'hex'));
const SEQUENCE = 0x30;
const MOST_BLOBS = 2000;
/** Of sequences; random bytes have one in 20,000. */
const MOST_TRIED = 50_000;
const LEAST_BYTES = 40;
/** Names of the owner come before a key, and are short; what is farther in belongs to a sequence within. */
const NAMED_WITHIN = 220;

/** Sequences of DER in which a key or a signature is named: X.509, PKCS#7, PKCS#8. In order, none in another. */
function derBlobs(bytes: Buffer): Range[] {
  const blobs: Range[] = [];
  let tried = 0;
  for (let at = bytes.indexOf(SEQUENCE); at >= 0 && blobs.length < MOST_BLOBS && tried < MOST_TRIED; at = nextSequence(bytes, at)) {
    const end = at === 0 || bytes[at + 1]! > 0x80 ? sequenceEnd(bytes, at) : undefined;
    if (end !== undefined) tried++;
    if (end !== undefined && end - at >= LEAST_BYTES && namesKey(bytes.subarray(at, Math.min(end, at + NAMED_WITHIN)))) {
      blobs.push({ start: at, end });
      at = end;
    } else at++;
  }
  return blobs;
}

/** Where one stands beside the other a call for each is slow. */
function nextSequence(bytes: Buffer, at: number): number {
  return bytes[at] === SEQUENCE ? at : bytes.indexOf(SEQUENCE, at);
}

function namesKey(start: Buffer): boolean {
  return OBJECTS.some((object) => start.includes(object));
}

/** Undefined where no other element starts within, or it would end behind the bytes. */
function sequenceEnd(bytes: Buffer, at: number): number | undefined {
  const first = bytes[at + 1] ?? 0;
  const size = first < 0x80 ? 0 : first - 0x80;
  if (size > 3 || at + 2 + size > bytes.length) return undefined;
  const length = size === 0 ? first : bytes.readUIntBE(at + 2, size);
  const end = at + 2 + size + length;
  return end <= bytes.length && [0x02, 0x06, 0x30].includes(bytes[at + 2 + size] ?? 0) ? end : undefined;
}

const SSH_NAMES = /^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3})$/;
/** RFC 4880: tags 2 (signature), 5 and 6 (keys) of old and new packets, with version 3 to 6. */
const PGP_TAGS: ReadonlySet<number> = new Set([2, 5, 6]);

/** The file as a whole is a key: as SSH writes it on the wire, or as packets of OpenPGP. */
function isKeyFile(bytes: Buffer): boolean {
  if (bytes.length < LEAST_BYTES) return false;
  const length = bytes.readUInt32BE(0);
  if (length < 32 && SSH_NAMES.test(bytes.toString('latin1', 4, 4 + length))) return true;
  const first = bytes[0]!;
  const tag = (first & 0xc0) === 0x80 ? (first >> 2) & 15 : (first & 0xc0) === 0xc0 ? first & 63 : -1;
  const header = (first & 0xc0) === 0x80 ? [2, 3, 5][first & 3] : bytes[1]! < 192 ? 2 : bytes[1]! < 224 ? 3 : 6;
  return PGP_TAGS.has(tag) && header !== undefined && bytes[header]! >= 3 && bytes[header]! <= 6;
}

/** Keys, certificates and signatures that are no text. Never noise. */
export const KEY_BLOBS: Rule = {
  code: 'embedded-key',
  undo: ({ left, right }, { isText }) => {
    if (isText) return undefined;
    if (isKeyFile(left) && isKeyFile(right)) return { pair: { left: Buffer.alloc(0), right: Buffer.alloc(0) }, evidence: ['the file is a key, or a signature'], bytes: Math.max(left.length, right.length) };
    const [a, b] = [derBlobs(left), derBlobs(right)];
    if (a.length === 0 || a.length !== b.length || a.every(({ start, end }, i) => left.subarray(start, end).equals(right.subarray(b[i]!.start, b[i]!.end)))) return undefined;
    const differing = a.reduce((sum, { start, end }, i) => sum + (left.subarray(start, end).equals(right.subarray(b[i]!.start, b[i]!.end)) ? 0 : Math.max(end - start, b[i]!.end - b[i]!.start)), 0);
    return { pair: { left: lacking(left, a), right: lacking(right, b) }, evidence: [`a key, a certificate or a signature at byte ${a[0]!.start}`], bytes: differing };
  },
};

/** What is in place of a blob says that there was one, and how long it was: what it moved is not excused. */
function lacking(bytes: Buffer, blobs: readonly Range[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const { start, end } of blobs) copy.fill(0, start, end);
  return copy;
}
