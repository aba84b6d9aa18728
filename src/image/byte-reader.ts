/** Reads a stream of chunks in pieces of a wanted size, without copying where a piece lies in one chunk. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #offset = 0;
  #consumed = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Bytes handed out so far. */
  get position(): number {
    return this.#consumed;
  }

  /** Exactly `size` bytes; fewer only where the stream ended. The bytes are valid until the next read. */
  async read(size: number): Promise<Uint8Array> {
    if (this.#chunk.byteLength - this.#offset >= size) return this.#take(size);
    const pieces: Uint8Array[] = [];
    let missing = size;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (piece === undefined) break;
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }

  /** One to `limit` bytes, whatever is at hand; undefined at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#offset >= this.#chunk.byteLength) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
      this.#offset = 0;
    }
    return this.#take(Math.min(limit, this.#chunk.byteLength - this.#offset));
  }

  /** The next `size` bytes piece by piece; fewer only where the stream ended. */
  async* stream(size: number): AsyncIterable<Uint8Array> {
    for (let left = size; left > 0;) {
      const piece = await this.some(left);
      if (piece === undefined) return;
      left -= piece.byteLength;
      yield piece;
    }
  }

  /** Lets the source free what it holds; for a reader that stops early. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  #take(size: number): Uint8Array {
    const piece = this.#chunk.subarray(this.#offset, this.#offset + size);
    this.#offset += size;
    this.#consumed += size;
    return piece;
  }
}
