import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { Fault } from '../foundation/failure.ts';
import { checkRange, type ByteSource } from './byte-source.ts';

export interface FileSource extends ByteSource {
  close(): void;
}

/** Metadata is read in small pieces from few places; 128 windows of 64 KiB hold it. */
const WINDOW_BYTES = 64 * 1024;
const WINDOWS = 128;

/** A regular file, read where it is asked. Throws the fault BYTES.IO; a file that shrinks while it is read is one, too. */
export function openFileSource(path: string): FileSource {
  const descriptor = world(path, () => openSync(path, 'r'));
  const { size: sizeBytes } = world(path, () => fstatSync(descriptor));
  const windows = new Map<number, Buffer>();
  const fromDisk = (offset: number, length: number): Buffer => {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let got = 0; got < length;) {
      const more = world(path, () => readSync(descriptor, bytes, got, length - got, offset + got));
      if (more === 0) throw new Fault('BYTES.IO', `${path} became shorter while it was read`, { place: path });
      got += more;
    }
    return bytes;
  };
  const window = (index: number): Buffer => {
    const known = windows.get(index);
    if (known !== undefined) return known;
    const start = index * WINDOW_BYTES;
    const bytes = fromDisk(start, Math.min(WINDOW_BYTES, sizeBytes - start));
    if (windows.size >= WINDOWS) windows.delete(windows.keys().next().value!);
    windows.set(index, bytes);
    return bytes;
  };
  return {
    sizeBytes,
    read: (offset, length) => {
      checkRange(sizeBytes, offset, length);
      const first = Math.floor(offset / WINDOW_BYTES);
      const start = offset - first * WINDOW_BYTES;
      if (length === 0) return Buffer.alloc(0);
      return start + length <= WINDOW_BYTES ? window(first).subarray(start, start + length) : fromDisk(offset, length);
    },
    close: () => closeSync(descriptor),
  };
}

function world<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('BYTES.IO', `${path} cannot be read`, { place: path, cause });
  }
}
