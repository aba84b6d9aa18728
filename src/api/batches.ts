import DataLoader from 'dataloader';

/**
 * One request's batches: what many fields of one level ask for becomes one statement. `name` must tell apart loads
 * that differ in more than the key (the arguments of the field).
 */
export class Batches {
  readonly #loaders = new Map<string, DataLoader<string, unknown>>();

  /** `load` gets distinct keys and returns what it found by key. */
  async one<Value>(name: string, key: string, load: (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>): Promise<Value | undefined> {
    let loader = this.#loaders.get(name) as DataLoader<string, Value | undefined> | undefined;
    if (loader === undefined) {
      loader = new DataLoader(async (keys) => {
        const found = await load(keys);
        return keys.map((each) => found.get(each));
      });
      this.#loaders.set(name, loader);
    }
    return loader.load(key);
  }
}

export function byKey<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row> {
  return new Map(rows.map((row) => [key(row), row]));
}
