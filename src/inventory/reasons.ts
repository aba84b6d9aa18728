import type { Reason } from '../plan/resolution.ts';

/** Why a package is in a build, in words. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case 'board': return 'asked for by the board';
    case 'configuration': return 'asked for by the configuration';
    case 'role': return `the ${reason.role} of the board`;
    case 'build-need': return `needed to build ${reason.by}`;
    case 'host-need': return `a tool that builds ${reason.by}`;
    case 'run-need': return `needed by ${reason.by} at run time`;
    case 'kernel-options': return `${reason.by} requires ${reason.symbols.join(', ')}`;
  }
}

/** Names of packages hold no spaces. */
const NEEDS = [/^needed by (\S+) at run time$/, /^needed to build (\S+)$/, /^a tool that builds (\S+)$/, /^(\S+) requires CONFIG_/];
const ASKED = /^(?:asked for by the (?:board|configuration)|the (?:toolchain|kernel|skeleton) of the board)$/;

/** The package for whose sake another is there, read back from `reasonText`; undefined where nobody's. */
export function neededBy(reason: string): string | undefined {
  return NEEDS.map((pattern) => pattern.exec(reason)?.[1]).find((name) => name !== undefined);
}

/** Somebody wanted it for itself. */
export function isAskedFor(reason: string): boolean {
  return ASKED.test(reason);
}
