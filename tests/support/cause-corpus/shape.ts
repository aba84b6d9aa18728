import type { CauseCode } from '../../../src/causes/cause-codes.ts';
import type { Build } from './build.ts';
import type { Draw } from './draw.ts';

/** Two that the engine learns while this is written stand here by name. */
export type CorpusCause = CauseCode | 'cpu-feature' | 'parallelism';

/**
 * One thing as real software makes it. `render` is called once for each of two builds, with a draw that is the same for both:
 * what is drawn is the thing's own, what is taken of the build is what leaks.
 */
export interface Shape {
  name: string;
  /** Where it lies in the root; of several, the draw takes one. */
  at: string;
  render(build: Build, draw: Draw): Buffer | string;
  /** `never`: nothing in it tells the cause, but where the record has it. Default: now and then the record knows. */
  needsRecord?: boolean;
}

export interface Family { cause: CorpusCause; shapes: readonly Shape[] }
export const family = (cause: CorpusCause, shapes: readonly Shape[]): Family => ({ cause, shapes });
export const shape = (name: string, at: string, render: Shape['render'], needsRecord = false): Shape => ({ name, at, render, needsRecord });
