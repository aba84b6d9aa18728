import { setImmediate } from 'node:timers/promises';

import type { Clock } from '../foundation/clock.ts';

/** Lets a loop of synchronous disk calls (three times as fast as awaiting each) give way to timers and sockets. */
export class Breather {
  readonly #clock: Clock;
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonicMs();
  }

  /** Returns at once unless 10 ms have passed since the last breath. */
  async breathe(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#since < 10) return;
    await setImmediate();
    this.#since = this.#clock.monotonicMs();
  }
}
