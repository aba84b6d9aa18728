const LINE_FEED = 0x0a;
const WIDTH = 8;

/** Puts before each line of a log the milliseconds at which its first byte came. */
export class LineTimes {
  readonly #times: readonly (readonly [offsetBytes: number, sinceStartMs: number])[];
  #next = 0;
  #line: Uint8Array[] = [];
  #lineStart = 0;
  #at = 0;

  constructor(times: readonly (readonly [offsetBytes: number, sinceStartMs: number])[]) {
    this.#times = times;
  }

  /** The lines that the chunk completes. */
  add(chunk: Uint8Array): string {
    let text = '';
    for (let from = 0; from < chunk.length;) {
      const feed = chunk.indexOf(LINE_FEED, from);
      const end = feed < 0 ? chunk.length : feed + 1;
      this.#line.push(chunk.subarray(from, end));
      this.#at += end - from;
      if (feed >= 0) text += this.end();
      from = end;
    }
    return text;
  }

  /** The last line, where it has no end; empty where there is none. */
  end(): string {
    if (this.#line.length === 0) return '';
    const text = `${this.#timeText().padStart(WIDTH)}  ${Buffer.concat(this.#line).toString('utf8')}`;
    this.#line = [];
    this.#lineStart = this.#at;
    return text;
  }

  #timeText(): string {
    while (this.#next < this.#times.length && this.#times[this.#next]![0] <= this.#lineStart) this.#next++;
    const entry = this.#times[this.#next - 1];
    return entry === undefined ? '-' : String(entry[1]);
  }
}
