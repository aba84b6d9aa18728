import type { Clock } from '../foundation/clock.ts';
import { compareText } from '../foundation/order.ts';

type Labels = Readonly<Record<string, string>>;

interface Series { help: string; type: 'counter' | 'gauge' | 'histogram'; values: Map<string, number> }

/** Upper bounds in seconds. */
const BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 10, 60];

/** Counts in this process, written as Prometheus text (exposition format 0.0.4). Labels come from tables, never from callers. */
export class Metrics {
  readonly #series = new Map<string, Series>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(name: string, help: string, labels: Labels, amount = 1): void {
    this.#change(name, help, 'counter', labels, (value) => value + amount);
  }

  set(name: string, help: string, labels: Labels, value: number): void {
    this.#change(name, help, 'gauge', labels, () => value);
  }

  /** Returns the function that ends the measured time. */
  time(name: string, help: string): (labels: Labels) => void {
    const begin = this.#clock.monotonicMs();
    return (labels) => {
      const seconds = (this.#clock.monotonicMs() - begin) / 1000;
      for (const bound of BUCKETS) this.#bucket(name, help, labels, String(bound), seconds <= bound ? 1 : 0);
      this.#bucket(name, help, labels, '+Inf', 1);
      this.#change(name, help, 'histogram', labels, (value) => value + seconds, '_sum');
      this.#change(name, help, 'histogram', labels, (value) => value + 1, '_count');
    };
  }

  text(): string {
    return [...this.#series].toSorted(([a], [b]) => compareText(a, b)).map(([name, { help, type, values }]) =>
      `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${[...values].map(([key, value]) => `${key} ${value}\n`).join('')}`).join('');
  }

  #bucket(name: string, help: string, labels: Labels, bound: string, amount: number): void {
    this.#change(name, help, 'histogram', { ...labels, le: bound }, (value) => value + amount, '_bucket');
  }

  #change(name: string, help: string, type: Series['type'], labels: Labels, change: (value: number) => number, suffix = ''): void {
    let series = this.#series.get(name);
    if (series === undefined) this.#series.set(name, series = { help, type, values: new Map() });
    const key = `${name}${suffix}${labelText(labels)}`;
    series.values.set(key, change(series.values.get(key) ?? 0));
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, '_')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}
