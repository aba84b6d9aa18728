const MOST_BYTES = 1024 * 1024;

/** Lines without their end, as latin-1. `refuse` is told of a line of more than a MiB, or without an end. */
export async function* linesOf(source: AsyncIterable<Uint8Array>, refuse: (why: string) => never): AsyncIterable<string> {
  let open = '';
  for await (const chunk of source) {
    const lines = (open + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')).split('\n');
    open = lines.pop()!;
    if (open.length > MOST_BYTES || lines.some((line) => line.length > MOST_BYTES)) refuse('a line has more than a MiB');
    yield* lines;
  }
  if (open !== '') refuse('its last line has no end');
}
