import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { Change, ChangeClass, Comparison, LayoutDifference, Verdict } from './comparison.ts';

const METADATA: ReadonlySet<ChangeClass> = new Set(['mode', 'owner', 'xattrs', 'hardlink', 'times']);
const CONTENT: ReadonlySet<ChangeClass> = new Set(['content', 'type', 'links', 'device']);

export function verdictOf(bytesEqual: boolean, layout: readonly LayoutDifference[], changes: readonly Change[]): Verdict {
  const none = (wanted: (of: ChangeClass) => boolean): boolean => !changes.some(({ classes }) => classes.some(wanted));
  return {
    bytesEqual,
    layoutEqual: layout.length === 0 && none((of) => of === 'sparse'),
    metadataEqual: none((of) => METADATA.has(of)),
    contentEqual: changes.every(({ kind }) => kind === 'changed') && none((of) => CONTENT.has(of)),
  };
}

/** 0: the same bytes. 3: every difference is noise, proved. 1: anything else. */
export function exitOf({ verdict, layout, changes }: Comparison): ExitCode {
  if (verdict.bytesEqual) return EXIT.done;
  return layout.every(({ noise }) => noise) && changes.every(({ noise }) => noise) ? EXIT.noise : EXIT.no;
}
