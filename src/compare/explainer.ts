import type { FileContext } from '../causes/rule.ts';
import type { BytePair } from '../foundation/both.ts';
import type { LookBudget } from './budget.ts';
import type { CompareOptions } from './comparison.ts';
import type { CompareNested, ContentExplainer, Explanation } from './explain-content.ts';

/** Explains contents once two differ: what it takes is sixty files more, which are loaded then. */
export class Explainer {
  readonly #open: () => Promise<ContentExplainer>;
  readonly #depth: number;
  #opened: Promise<ContentExplainer> | undefined;

  constructor(options: CompareOptions, budget: LookBudget, nested: CompareNested, depth: number) {
    this.#open = async () => new (await import('./explain-content.ts')).ContentExplainer(options, budget, nested, depth);
    this.#depth = depth;
  }

  get isNested(): boolean {
    return this.#depth > 0;
  }

  /** Of files that are too large, or not at hand. */
  notRead(sizeBytes: number): Explanation {
    return { causes: [{ code: 'unknown', confidence: 0, coverage: 1, evidence: [`not looked into: ${sizeBytes} bytes`] }], parts: [], noise: false };
  }

  async explain(pair: BytePair, context: FileContext): Promise<Explanation> {
    return (await (this.#opened ??= this.#open())).explain(pair, context);
  }
}
