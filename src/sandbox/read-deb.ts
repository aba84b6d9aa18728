import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { Failure, Fault } from '../foundation/failure.ts';

/** Format of `ar` (deb(5)): a global magic, then 60-byte headers, members padded to even lengths. */
const AR_MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/** The command that unpacks each compression a .deb may use. */
const DECOMPRESSORS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'data.tar.xz': ['xz', '-dc'],
  'data.tar.zst': ['zstd', '-dcq'],
  'data.tar.gz': ['gzip', '-dc'],
};

/** The archive of files in a .deb, decompressed. No maintainer script is read, let alone run. */
export async function* debFiles(deb: Uint8Array, name: string): AsyncIterable<Uint8Array> {
  const { member, bytes } = dataMember(deb, name);
  if (member === 'data.tar') { yield bytes; return; }
  const [command, ...argv] = DECOMPRESSORS[member] ?? refuse(name, `its files are packed as ${member}, which is not supported`);
  yield* decompressed(command, argv, bytes, name);
}

function dataMember(deb: Uint8Array, name: string): { member: string; bytes: Uint8Array } {
  const buffer = Buffer.from(deb.buffer, deb.byteOffset, deb.byteLength);
  if (buffer.toString('latin1', 0, AR_MAGIC.length) !== AR_MAGIC) refuse(name, 'it is not an ar archive');
  for (let at = AR_MAGIC.length; at + HEADER_BYTES <= buffer.length;) {
    const member = buffer.toString('latin1', at, at + 16).trimEnd().replace(/\/$/, '');
    const size = Number(buffer.toString('latin1', at + 48, at + 58).trim());
    const start = at + HEADER_BYTES;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > buffer.length) refuse(name, `the member ${member} is longer than the file`);
    if (member.startsWith('data.tar')) return { member, bytes: buffer.subarray(start, start + size) };
    at = start + size + (size % 2);
  }
  return refuse(name, 'it has no data.tar');
}

function refuse(name: string, why: string): never {
  throw new Failure('SANDBOX.BAD_PACKAGE', `${name}: ${why}`, { place: name });
}

async function* decompressed(command: string, argv: readonly string[], bytes: Uint8Array, name: string): AsyncIterable<Uint8Array> {
  const child = spawn(command, argv, { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = once(child, 'error').then(([cause]: unknown[]) => {
    throw new Fault('SANDBOX.TOOL_MISSING', `cannot run ${command}, which unpacks ${name}`, { cause, hint: `Install it: apt-get install ${command === 'xz' ? 'xz-utils' : command}.` });
  });
  failed.catch(() => undefined);
  const ended = once(child, 'close') as Promise<[number | null]>;
  // A reader that stops early closes the pipe; its own error says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(bytes);
  yield* child.stdout as AsyncIterable<Uint8Array>;
  const [code] = await Promise.race([ended, failed]);
  if (code !== 0) refuse(name, `${command} could not unpack it (exit code ${code})`);
}
