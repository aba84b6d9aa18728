import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { Fault } from '../foundation/failure.ts';
import { checkRange, type ByteSource } from './byte-source.ts';

export interface FileSource extends ByteSource {
  close(): void;
}

/**
 * Metadata is read in small pieces, many from one place; 8 MiB of windows hold it. A page each: between the headers of an archive
 * lie contents, which a larger window reads twice.
 */
const WINDOW_BYTES = 4096;
const WINDOWS = 2048;

/** A regular file, read where it is asked. Throws the fault BYTES.IO; a file that shrinks while it is read is one, too. */
export function openFileSource(path: string): FileSource {
  const descriptor = world(path, () => openSync(path, 'r'));
  const { size: sizeBytes } = world(path, () => fstatSync(descriptor));
  const windows = new Map<number, Buffer>();
  const fill = (bytes: Buffer, offset: number, length: number): void => {
    for (let got = 0; got < length;) {
      const more = world(path, () => readSync(descriptor, bytes, got, length - got, offset + got));
      if (more === 0) throw new Fault('BYTES.IO', `${path} became shorter while it was read`, { place: path });
      got += more;
    }
  };
  const fromDisk = (offset: number, length: number): Buffer => {
    const bytes = Buffer.allocUnsafeSlow(length);
    fill(bytes, offset, length);
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
    readInto: (offset, length, room) => {
      checkRange(sizeBytes, offset, length);
      fill(room, offset, length);
      return room.subarray(0, length);
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
