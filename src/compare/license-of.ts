import type { Licenses } from '../inventory/inventory.ts';

/** Under which license something is used, as far as anybody said: an expression, else what stands in its place, else nothing. */
export function licenseOf({ licenses: { effective, concluded, declared, unreadable } }: { licenses: Pick<Licenses, 'effective' | 'concluded' | 'declared' | 'unreadable'> }): string {
  return effective ?? concluded ?? declared ?? unreadable ?? '';
}
