import type { Change } from './comparison.ts';
import { presentChange, presentPath, wellFormed } from './comparison-json.ts';
import type { PathExplanation } from './explain-path.ts';

/** Plain JSON; `owner` as the comparison tells it. */
export function presentExplanation({ path, exit, changes, below }: PathExplanation, owner: (change: Change) => string | undefined): unknown {
  const owned = (change: Change): Record<string, unknown> => ({ ...presentChange(change), owner: owner(change) ?? null });
  return wellFormed({
    ...presentPath('path', path), exit, below: below.map(owned),
    changes: changes.map(({ change, package: of, facts, detail }) => ({ change: owned(change), package: of ?? null, facts: facts ?? null, detail: detail ?? null })),
  });
}
