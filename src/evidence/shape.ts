/**
 * Shapes of JSON values, checked as they stand: nothing is copied, defaulted or turned into something else. Small on
 * purpose: whoever checks an archive offline must trust every line that runs, and loading a library of schemas took a third
 * of the time (bench/README.md).
 */
export interface Shape<T> {
  /** Tells every fault below `value`; none: it is a `T`. */
  readonly check: (value: unknown, at: At, faults: Faults) => void;
  /** Only for the type. */
  readonly of?: T;
  /** As a field of an object it may be absent. */
  readonly isOptional?: true;
}
export type ShapeOf<S> = S extends Shape<infer T> ? T : never;

/** The way from the root to a value, last step first. */
export type At = { readonly key: string | number; readonly in: At } | undefined;

export interface Fault { path: string; why: string }

/** Of all faults the first, and the first key that a closed object does not know: that may only mean a newer writer. */
export class Faults {
  first: Fault | undefined;
  unknown: Fault | undefined;

  tell(at: At, why: string): void {
    this.first ??= { path: pathOf(at), why };
  }

  tellUnknown(at: At): void {
    this.unknown ??= { path: pathOf(at), why: 'is not known' };
  }
}

function pathOf(at: At): string {
  const keys: (string | number)[] = [];
  for (let step = at; step !== undefined; step = step.in) keys.unshift(step.key);
  return keys.join('.');
}

export function faultsOf(shape: Shape<unknown>, value: unknown): Faults {
  const faults = new Faults();
  shape.check(value, undefined, faults);
  return faults;
}

function shapeOf<T>(fits: (value: unknown) => boolean, why: string): Shape<T> {
  return { check: (value, at, faults) => { if (!fits(value)) faults.tell(at, why); } };
}

/** Whatever JSON can say. */
export const json: Shape<JsonValue> = { check: () => {} };
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export const boolean = shapeOf<boolean>((value) => typeof value === 'boolean', 'is neither true nor false');

export function string(max: number, min = 0): Shape<string> {
  return shapeOf((value) => typeof value === 'string' && value.length >= min && value.length <= max, `is no text of ${min} to ${max} units`);
}

export function matching<T extends string = string>(pattern: RegExp, why: string): Shape<T> {
  return shapeOf((value) => typeof value === 'string' && pattern.test(value), why);
}

export function integer(min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER): Shape<number> {
  return shapeOf((value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max, `is no whole number from ${min} to ${max}`);
}

export const nonNegative = shapeOf<number>((value) => typeof value === 'number' && value >= 0, 'is no number from 0 up');

export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  const allowed: ReadonlySet<unknown> = new Set(values);
  return shapeOf((value) => allowed.has(value), `is none of ${values.map((value) => JSON.stringify(value)).join(', ')}`);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return { check: (value, at, faults) => { if (value !== null) shape.check(value, at, faults); } };
}

export function optional<T>(shape: Shape<T>): Shape<T> & { readonly isOptional: true } {
  return { check: shape.check, isOptional: true };
}

export function list<T>(shape: Shape<T>, max: number, min = 0): Shape<T[]> {
  return {
    check: (value, at, faults) => {
      if (!Array.isArray(value) || value.length < min || value.length > max) return faults.tell(at, `is no list of ${min} to ${max}`);
      for (const [key, item] of value.entries()) shape.check(item, { key, in: at }, faults);
    },
  };
}

type Writable<T> = T extends unknown ? { -readonly [Key in keyof T]: T[Key] } : never;

/** A list of exactly these values, or of one of several such lists. */
export function exactly<const T extends readonly (readonly string[])[]>(...lists: T): Shape<Writable<T[number]>> {
  const fits = (value: unknown): boolean => Array.isArray(value) && lists.some((one) => one.length === value.length && one.every((item, index) => item === value[index]));
  return shapeOf(fits, `is not ${lists.map((one) => JSON.stringify(one)).join(' or ')}`);
}

export function record<T>(key: Shape<string>, shape: Shape<T>): Shape<Record<string, T>> {
  return {
    check: (value, at, faults) => {
      if (!isObject(value)) return faults.tell(at, 'is no object');
      for (const [name, item] of Object.entries(value)) {
        const place = { key: name, in: at };
        // Whoever copies a record by assignment would set a prototype.
        if (name === '__proto__') faults.tell(place, 'is no name');
        key.check(name, place, faults);
        shape.check(item, place, faults);
      }
    },
  };
}

type Fields = Readonly<Record<string, Shape<unknown>>>;
type OptionalKeys<F extends Fields> = { [Key in keyof F]: F[Key] extends { isOptional: true } ? Key : never }[keyof F];
type ObjectOf<F extends Fields> = { [Key in Exclude<keyof F, OptionalKeys<F>>]: ShapeOf<F[Key]> } & { [Key in OptionalKeys<F>]?: ShapeOf<F[Key]> | undefined };
export interface ObjectShape<F extends Fields> extends Shape<ObjectOf<F>> { readonly fields: F }

/** What it does not know is left aside. */
export function open<F extends Fields>(fields: F): ObjectShape<F> {
  return objectShape(fields, false);
}

/** A key that it does not know is a fault. */
export function closed<F extends Fields>(fields: F): ObjectShape<F> {
  return objectShape(fields, true);
}

function objectShape<F extends Fields>(fields: F, isClosed: boolean): ObjectShape<F> {
  const shapes = Object.entries(fields);
  return {
    fields,
    check: (value, at, faults) => {
      if (!isObject(value)) return faults.tell(at, 'is no object');
      for (const [key, shape] of shapes) {
        if (Object.hasOwn(value, key)) shape.check(value[key], { key, in: at }, faults);
        else if (shape.isOptional === undefined) faults.tell({ key, in: at }, 'is missing');
      }
      if (isClosed) for (const key of Object.keys(value)) if (!Object.hasOwn(fields, key)) faults.tellUnknown({ key, in: at });
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
