import type { z } from 'zod';

import type { SHAPES } from './json-shapes.ts';
import { printJson, type Terminal } from './output.ts';

type Deeply<T> = T extends readonly unknown[] ? { readonly [K in keyof T]: Deeply<T[K]> } : T extends object ? { readonly [K in keyof T]: Deeply<T[K]> } : T;

/** What a verb prints with `--json`. */
export type JsonOf<Verb extends keyof typeof SHAPES> = Deeply<z.infer<(typeof SHAPES)[Verb]>>;

/** Prints the one object of a verb; its type is the published shape. */
export function printShape<Verb extends keyof typeof SHAPES>(terminal: Terminal, _verb: Verb, value: JsonOf<Verb>): void {
  printJson(terminal, value);
}
