import { createHmac, timingSafeEqual } from 'node:crypto';

import { Failure } from '../foundation/failure.ts';

export type CursorValue = string | number;

const MAX_LENGTH = 16_384;

/**
 * Where a row stands in one list: its order columns and the list's name, with a MAC, so that a cursor that was
 * changed, or that comes from another list, is refused by name instead of giving a page that means nothing.
 */
export class Cursors {
  readonly #key: string | Uint8Array;

  constructor(key: string | Uint8Array) {
    this.#key = key;
  }

  write(list: string, values: readonly CursorValue[]): string {
    const payload = JSON.stringify([list, ...values]);
    return Buffer.concat([this.#mac(payload), Buffer.from(payload, 'utf8')]).toString('base64url');
  }

  /** Throws API.BAD_CURSOR for anything that `write` did not give for this list. */
  read(list: string, cursor: string): CursorValue[] {
    const bytes = cursor.length > MAX_LENGTH ? Buffer.alloc(0) : Buffer.from(cursor, 'base64url');
    const payload = bytes.subarray(32).toString('utf8');
    if (bytes.length <= 32 || bytes.toString('base64url') !== cursor || !timingSafeEqual(bytes.subarray(0, 32), this.#mac(payload))) return refuse();
    const [name, ...values] = JSON.parse(payload) as [string, ...CursorValue[]];
    return name === list ? values : refuse();
  }

  #mac(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}

function refuse(): never {
  throw new Failure('API.BAD_CURSOR', 'the cursor is not one that this list gave');
}
