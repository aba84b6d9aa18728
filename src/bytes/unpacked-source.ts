import { isCoded } from '../foundation/failure.ts';
import { bufferSource, peek, wholeOf, type ByteSource } from './byte-source.ts';
import type { Budget } from './caps.ts';
import { decompress, type Compression, type CompressionFacts } from './decompress.ts';
import { readGzipStretches } from './gzip-stretches.ts';
import { STRETCHED_KEPT_BYTES, stretchedSource } from './stretched-source.ts';

export interface Unpacked {
  /** What is in the wrapper; good for as long as the wrapper's own source. */
  bytes: ByteSource;
  /** Bytes of the wrapper that belong to the stream; what follows was not looked at. */
  packedBytes: number;
  facts: CompressionFacts;
}

/** More than this is unpacked as it is asked for, where that can be done: two of them held would take most of 300 MiB. */
const HELD_BYTES = 80 * 2 ** 20;
/** What is not held is gone through about so often, and counted so: checked, its headers, its contents, what lies behind. */
const PASSES = 4;
/** A minute's work. */
const REPEATED_BYTES = 16 * 2 ** 30;

/**
 * A compressed wrapper, opened: all of it is unpacked once and checked. Then it is held as a whole; of gzip above 80 MiB no more
 * than a part is, and forgotten again. Counts against the budget.
 * Throws the Failures BYTES.DAMAGED, BYTES.TRUNCATED, BYTES.LIMIT, BYTES.UNSUPPORTED.
 */
export function unpackedSource(source: ByteSource, compression: Compression, budget: Budget, place: string): Unpacked {
  if (compression !== 'gzip') return held(source, compression, budget, place, budget.caps.heldBytes);
  if (statesMuch(source)) return inStretches(source, budget, place);
  try {
    return held(source, compression, budget, place, Math.min(HELD_BYTES, budget.caps.heldBytes));
  } catch (error) {
    if (!isCoded(error) || error.code !== 'BYTES.LIMIT') throw error;
    return inStretches(source, budget, place);
  }
}

/** By what is packed, and by what the last member says of itself. */
function statesMuch(source: ByteSource): boolean {
  return source.sizeBytes > HELD_BYTES || source.sizeBytes >= 8 && peek(source, source.sizeBytes - 4, 4).readUInt32LE() > HELD_BYTES;
}

function held(source: ByteSource, compression: Compression, budget: Budget, place: string, maxBytes: number): Unpacked {
  budget.held(place, source.sizeBytes);
  const { bytes, ...stream } = decompress(wholeOf(source), compression, { place, maxBytes });
  budget.content(place, bytes.byteLength);
  budget.held(place, bytes.byteLength);
  return { bytes: bufferSource(bytes), packedBytes: stream.packedBytes, facts: stream.facts };
}

function inStretches(source: ByteSource, budget: Budget, place: string): Unpacked {
  const gzip = readGzipStretches(source, place, Math.floor(budget.caps.contentBytes / PASSES));
  budget.content(place, gzip.sizeBytes * PASSES);
  const heldBytes = budget.mayHold(gzip.sizeBytes) ? gzip.sizeBytes : Math.min(gzip.sizeBytes, STRETCHED_KEPT_BYTES);
  budget.held(place, heldBytes);
  return { bytes: stretchedSource(source, gzip, { place, heldBytes, freeBytes: gzip.sizeBytes * PASSES, repeatedBytes: REPEATED_BYTES }), packedBytes: gzip.packedBytes, facts: gzip.facts };
}
