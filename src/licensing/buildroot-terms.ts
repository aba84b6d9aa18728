import rows from './buildroot-terms.json' with { type: 'json' };

/** What a word of a Buildroot license string means, looked up and written down by a person. */
interface BuildrootTerm {
  /** In lower case, white space as single spaces. */
  phrase: string;
  /** The packages that mean it so: names, or `prefix*`. Everybody, where it is missing. */
  packages?: readonly string[];
  /** An SPDX expression; NOASSERTION where nothing better is known; empty where the phrase only says that more applies. */
  expression: string;
  /** Why there is no expression, or not all of it. */
  lacks?: 'public-domain' | 'proprietary' | 'not-listed' | 'family' | 'more-applies' | 'exception' | 'unknown' | 'alternative';
  reason: string;
}

const TERMS: readonly BuildrootTerm[] = rows as readonly BuildrootTerm[];

const BY_PHRASE: ReadonlyMap<string, readonly BuildrootTerm[]> = Map.groupBy(TERMS, ({ phrase }) => phrase);

/** The row for the phrase: that of the package before that of everybody. */
export function buildrootTerm(phrase: string, packageName: string | undefined): BuildrootTerm | undefined {
  const found = BY_PHRASE.get(phrase.toLowerCase().replaceAll(/\s+/g, ' ')) ?? [];
  return found.find(({ packages }) => packages !== undefined && packageName !== undefined && packages.some((pattern) => fits(pattern, packageName)))
    ?? found.find(({ packages }) => packages === undefined);
}

function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
