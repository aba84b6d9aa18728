import { closest, distance } from 'fastest-levenshtein';

// `constructor` is the one such word that a plain object answers to without having the key.
/** Recipes, templates, boards, architectures: also their folders. */
export const NAME = /^(?!constructor$)[a-z0-9][a-z0-9+._-]{0,63}$/;
/** Options, inputs, facts, tuning values: they become part of a shell variable's name. */
export const VARIABLE = /^(?!constructor$)[a-z][a-z0-9_]{0,63}$/;
/** Stages and phases. */
export const STAGE = /^[a-z][a-z0-9-]{0,31}$/;
export const KERNEL_OPTION = /^CONFIG_[A-Za-z0-9_]{1,120}$/;
/** Init scripts: a file name in /etc/init.d. */
export const INIT_SCRIPT = /^[SK][0-9]{2}[A-Za-z0-9._-]{1,60}$/;

/** Hostile text in a message: at most `length` characters of it. */
export function clipped(text: string, length = 100): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}

/** Hostile text, quoted and clipped. */
export function quoted(text: string): string {
  return JSON.stringify(clipped(text, 64));
}

/** The candidate that `wrong` was probably meant to be. */
export function didYouMean(wrong: string, candidates: Iterable<string>): string | undefined {
  const sorted = [...candidates].toSorted();
  if (sorted.length === 0 || wrong.length > 64) return undefined;
  const best = closest(wrong, sorted);
  // Two letters exchanged count as two.
  return distance(wrong, best) <= (wrong.length < 4 ? 1 : Math.max(2, Math.floor(wrong.length / 3))) ? best : undefined;
}

export function didYouMeanText(wrong: string, candidates: Iterable<string>): string | undefined {
  const best = didYouMean(wrong, candidates);
  return best === undefined ? undefined : `did you mean \`${best}\`?`;
}
