import type { BuildEvent } from '../build/events.ts';
import type { StepId } from '../plan/step.ts';
import { durationText, harmless, sizeText, type Terminal } from './output.ts';

/** What the estimate stands on: milliseconds that each step took in earlier runs. */
export interface ProgressPlan {
  steps: number;
  expectedMs: ReadonlyMap<StepId, number>;
}

/** Tells a build as it goes: one redrawn line for a person, plain lines in a pipe. */
export class BuildProgress {
  readonly #terminal: Terminal;
  readonly #plan: ProgressPlan;
  readonly #nowMs: () => number;
  readonly #startedMs: number;
  readonly #running = new Map<StepId, number>();
  #done = 0;

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
    const text = `[${this.#done}/${this.#plan.steps}] ${this.#runningText()}  ${this.#timesText()}`;
    this.#terminal.note(`\r\u001b[K${text.slice(0, this.#terminal.columns - 1)}`);
  }

  finish(): void {
    if (this.#terminal.interactive) this.#terminal.note('\r\u001b[K');
  }

  #account(event: BuildEvent): string | undefined {
    const count = (): string => `[${this.#done}/${this.#plan.steps}]`;
    switch (event.type) {
      case 'step-started':
        this.#running.set(event.step, this.#nowMs());
        return this.#terminal.interactive ? undefined : `${count()} ${event.step}: started (${event.title})`;
      case 'step-reused': this.#done++; return `${count()} ${event.step}: reused`;
      case 'step-finished':
        this.#running.delete(event.step);
        this.#done++;
        return `${count()} ${event.step}: done in ${durationText(event.usage.wallMs)} (${durationText(event.usage.cpuMs)} CPU, ${sizeText(event.usage.peakMemoryBytes)})`
          + (event.equal ? '' : '\n  NONDETERMINISTIC: it gave other bytes than the result on record; the first result stands, both are kept');
      case 'step-failed':
        this.#running.delete(event.step);
        return [`${harmless(event.message)} [${event.kind}]`, ...event.lastLines.map((line) => `  | ${harmless(line)}`)].join('\n');
      case 'source-fetched': return `fetched ${harmless(event.file)} (${sizeText(event.sizeBytes)})`;
      case 'build-started': case 'image-written': case 'build-finished': return undefined;
    }
  }

  #runningText(): string {
    return [...this.#running].map(([step, since]) => `${step} ${durationText(this.#nowMs() - since)}`).join(', ');
  }

  #timesText(): string {
    const elapsedMs = this.#nowMs() - this.#startedMs;
    const leftMs = [...this.#running].reduce((sum, [step, since]) => sum + Math.max(0, (this.#plan.expectedMs.get(step) ?? 0) - (this.#nowMs() - since)), 0);
    return `${durationText(elapsedMs)}${leftMs > 0 ? `, about ${durationText(leftMs)} left` : ''}`;
  }
}
