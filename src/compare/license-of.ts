import type { Component } from '../inventory/inventory.ts';

/** Under which license something is used, as far as anybody said: an expression, else what stands in its place, else nothing. */
export function licenseOf({ licenses: { effective, concluded, declared, unreadable } }: Pick<Component, 'licenses'>): string {
  return effective ?? concluded ?? declared ?? unreadable ?? '';
}
