import type { Readable, Writable } from 'node:stream';

import { Failure } from '../foundation/failure.ts';

/** What is kept of the machine's output while waiting; more than a screen, less than a flood. */
const KEPT_CHARACTERS = 256 * 1024;

/** A serial line: everything printed so far, and waiting for what comes. */
export class SerialSession {
  readonly #input: Writable;
  #text = '';
  #read = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(output: Readable, input: Writable, onOutput: (text: string) => void) {
    this.#input = input;
    output.setEncoding('latin1');
    output.on('data', (text: string) => {
      this.#text += text;
      if (this.#text.length > KEPT_CHARACTERS) {
        const cut = this.#text.length - KEPT_CHARACTERS;
        this.#text = this.#text.slice(cut);
        this.#read = Math.max(0, this.#read - cut);
      }
      onOutput(text);
      this.#wake?.();
    });
    output.on('end', () => { this.#ended = true; this.#wake?.(); });
    // A machine that powers off closes its line while we still write: not an error of ours.
    input.on('error', () => undefined);
  }

  send(text: string): void {
    this.#input.write(text);
  }

  /** Waits for `pattern` in what was not consumed yet, consumes up to its end, returns the match. */
  async waitFor(pattern: RegExp, what: string, timeoutMs: number): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#read));
      if (match !== null) {
        this.#read += match.index + match[0].length;
        return match;
      }
      if (this.#ended) throw this.#refusal(`the machine ended before ${what}`);
      if (signal.aborted) throw this.#refusal(`no ${what} within ${Math.round(timeoutMs / 1000)} s`);
      await this.#change(signal);
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => { this.#wake = undefined; signal.removeEventListener('abort', done); resolve(); };
      this.#wake = done;
      signal.addEventListener('abort', done);
    });
  }

  #refusal(message: string): Failure {
    const lastLines = this.#text.slice(-2000).split(/\r?\n/).slice(-15);
    return new Failure('EMULATOR.NO_ANSWER', `${message}; last it said: ${lastLines.join(' | ')}`, { details: { lastLines } });
  }
}
