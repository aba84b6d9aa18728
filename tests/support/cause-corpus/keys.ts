import type { Draw } from './draw.ts';

const sequence = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const RSA = Buffer.from('300d06092a864886f70d0101010500', 'hex');
const SHA256_RSA = Buffer.from('300d06092a864886f70d01010b0500', 'hex');
const integer = (bytes: Buffer): Buffer => sequence(2, Buffer.concat([Buffer.from([0]), bytes]));

/** A certificate of X.509 with 2048 bits of RSA: what is in it is made up, how it is built is not. */
export function certificate(subject: string, made: Draw): Buffer {
  const name = sequence(0x30, sequence(0x31, sequence(0x30, Buffer.from('0603550403', 'hex'), sequence(0x0c, Buffer.from(subject)))));
  const key = sequence(0x30, RSA, sequence(3, Buffer.from([0]), sequence(0x30, integer(made.bytes(256)), Buffer.from('0203010001', 'hex'))));
  const valid = sequence(0x30, sequence(0x17, Buffer.from('200101000000Z')), sequence(0x17, Buffer.from('400101000000Z')));
  const body = sequence(0x30, Buffer.from('a003020102', 'hex'), integer(made.bytes(16)), SHA256_RSA, name, valid, name, key);
  return sequence(0x30, body, SHA256_RSA, sequence(3, Buffer.from([0]), made.bytes(256)));
}
export const privateKey = (made: Draw): Buffer => sequence(0x30, Buffer.from('020100300506032b6570', 'hex'), sequence(4, sequence(4, made.bytes(32))));
export const pem = (kind: string, bytes: Buffer): string => `-----BEGIN ${kind}-----\n${bytes.toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END ${kind}-----\n`;
/** What signs a module or a bundle: PKCS#7 with one signer. */
export const signature = (signer: string, made: Draw): Buffer => sequence(0x30, Buffer.from('06092a864886f70d010702', 'hex'), sequence(0xa0, sequence(0x30, Buffer.from('020101', 'hex'),
  sequence(0x31, Buffer.from('300b0609608648016503040201', 'hex')), sequence(0x30, Buffer.from('06092a864886f70d010701', 'hex')),
  sequence(0x31, sequence(0x30, Buffer.from('020101', 'hex'), sequence(0x30, sequence(0x0c, Buffer.from(signer))), RSA, sequence(4, made.bytes(256)))))));
/** Lengths before each, as SSH writes its keys. */
export const wire = (...parts: (Buffer | string)[]): Buffer => Buffer.concat(parts.map((part) => {
  const bytes = Buffer.from(part as string, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}));
/** What the kernel's build appends to a module. */
export function moduleSignature(signer: string, made: Draw): Buffer {
  const bytes = signature(signer, made);
  const trailer = Buffer.alloc(12);
  trailer[2] = 2;
  trailer.writeUInt32BE(bytes.length, 8);
  return Buffer.concat([bytes, trailer, Buffer.from('~Module signature appended~\n')]);
}
