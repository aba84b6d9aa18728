import type { BuildEvent } from '../build/events.ts';
import type { StepId } from '../plan/step.ts';
import { durationText, harmless, sizeText, type Terminal } from './output.ts';

export interface ProgressPlan {
  steps: readonly StepId[];
  /** What the estimate stands on: milliseconds that each step took in earlier runs. */
  expectedMs: ReadonlyMap<StepId, number>;
  /** Steps that run at once. */
  parallel: number;
}

/** Tells a build as it goes: one redrawn line for a person, plain lines in a pipe. */
export class BuildProgress {
  readonly #terminal: Terminal;
  readonly #plan: ProgressPlan;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  readonly #running = new Map<StepId, number>();
  readonly #ended = new Set<StepId>();

  constructor(terminal: Terminal, plan: ProgressPlan, nowMs: () => number) {
    this.#terminal = terminal;
    this.#plan = plan;
    this.#nowMs = nowMs;
    this.#startedMs = nowMs();
  }

  show(event: BuildEvent): void {
    const line = this.#account(event);
    if (line !== undefined) this.#terminal.note(`${this.#terminal.interactive ? '\r\u001b[K' : ''}${line}\n`);
    this.redraw();
  }

  /** Called on every event and each second: the line that lives on a terminal. */
  redraw(): void {
    if (!this.#terminal.interactive) return;
    const text = `${this.#count()} ${this.#runningText()}  ${this.#timesText()}`;
    this.#terminal.note(`\r\u001b[K${text.slice(0, this.#terminal.columns - 1)}`);
  }

  finish(): void {
    if (this.#terminal.interactive) this.#terminal.note('\r\u001b[K');
  }

  #account(event: BuildEvent): string | undefined {
    switch (event.type) {
      case 'step-started':
        this.#running.set(event.step, this.#nowMs());
        return this.#terminal.interactive ? undefined : `${this.#count()} ${event.step}: started (${event.title})`;
      case 'step-reused': this.#ended.add(event.step); return `${this.#count()} ${event.step}: reused`;
      case 'step-finished':
        this.#running.delete(event.step);
        this.#ended.add(event.step);
        return `${this.#count()} ${event.step}: done in ${durationText(event.usage.wallMs)} (${durationText(event.usage.cpuMs)} CPU, ${sizeText(event.usage.peakMemoryBytes)})`
          + (event.equal ? '' : '\n  NONDETERMINISTIC: it gave other bytes than the result on record; the first result stands, both are kept');
      case 'step-failed':
        this.#running.delete(event.step);
        return [`${harmless(event.message)} [${event.kind}]`, ...event.lastLines.map((line) => `  | ${harmless(line)}`)].join('\n');
      case 'source-fetched': return `fetched ${harmless(event.file)} (${sizeText(event.sizeBytes)})`;
      case 'build-started': case 'image-written': case 'build-finished': return undefined;
    }
  }

  #count(): string {
    return `[${this.#ended.size}/${this.#plan.steps.length}]`;
  }

  #runningText(): string {
    return [...this.#running].map(([step, since]) => `${step} ${durationText(this.#nowMs() - since)}`).join(', ');
  }

  #timesText(): string {
    const elapsedMs = this.#nowMs() - this.#startedMs;
    const leftMs = this.#leftMs();
    return `${durationText(elapsedMs)}${leftMs > 0 ? `, about ${durationText(leftMs)} left` : ''}`;
  }

  /** What is left by earlier runs: no less than the longest that runs, no less than all of it spread over what may run at once. */
  #leftMs(): number {
    const open = this.#plan.steps.filter((step) => !this.#ended.has(step)).map((step) => {
      const since = this.#running.get(step);
      const expected = this.#plan.expectedMs.get(step) ?? 0;
      return { running: since !== undefined, ms: Math.max(0, expected - (since === undefined ? 0 : this.#nowMs() - since)) };
    });
    const longest = Math.max(0, ...open.filter(({ running }) => running).map(({ ms }) => ms));
    return Math.max(longest, open.reduce((sum, { ms }) => sum + ms, 0) / this.#plan.parallel);
  }
}
