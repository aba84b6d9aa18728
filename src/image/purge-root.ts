import type { PathBytes } from '../tree/entry.ts';
import { filterTree } from '../tree/merge.ts';
import type { Tree } from '../tree/tree.ts';

export interface Purge {
  /** Id of the rule. */
  rule: string;
  matches: RegExp;
  /** A program that has use for it: where it is in the root, the rule does not apply. */
  unless?: RegExp;
}

/**
 * What only a compiler or a reader has use for, as Buildroot's target-finalize drops it. Paths without leading
 * slash; a directory goes with all that is in it.
 */
export const PURGES: readonly Purge[] = [
  { rule: 'headers', matches: /^usr\/include$/ },
  { rule: 'static-libraries', matches: /^(lib|lib64|usr\/lib|usr\/lib64|usr\/libexec)\/(.*\/)?[^/]+\.(a|la|prl)$/s },
  { rule: 'pkg-config', matches: /^usr\/(lib|share)\/pkgconfig$/ },
  { rule: 'cmake', matches: /^usr\/(lib|share)\/cmake$|^usr\/(lib|share)\/(.*\/)?[^/]+\.cmake$/s },
  { rule: 'autoconf', matches: /^usr\/share\/aclocal$/ },
  { rule: 'rpm', matches: /^usr\/lib\/rpm$/ },
  { rule: 'manuals', matches: /^usr\/(share\/)?(man|info|doc)$|^usr\/share\/gtk-doc$/ },
  { rule: 'bash-completion', matches: /^usr\/share\/bash-completion$|^etc\/bash_completion\.d$/, unless: /^(usr\/)?bin\/bash$/ },
  { rule: 'zsh-completion', matches: /^usr\/share\/zsh$/, unless: /^(usr\/)?bin\/zsh$/ },
  { rule: 'gdb-scripts', matches: /^usr\/share\/gdb$/, unless: /^usr\/bin\/gdb$/ },
];

export interface PurgedTree {
  tree: Tree;
  /** Dropped paths, directories by themselves, and the rule that dropped each. */
  purged: ReadonlyMap<PathBytes, string>;
}

/** `whole`: every path of the root to be, which decides whether a rule applies. */
export function purge(tree: Tree, whole: ReadonlySet<PathBytes>): PurgedTree {
  const rules = PURGES.filter(({ unless }) => unless === undefined || ![...whole].some((path) => unless.test(path)));
  const purged = new Map<PathBytes, string>();
  const kept = filterTree(tree, (path) => {
    const rule = rules.find(({ matches }) => matches.test(path));
    if (rule !== undefined) purged.set(path, rule.rule);
    return rule === undefined;
  });
  return { tree: kept, purged };
}
