import type { Leaf } from './expression.ts';
import { categoryOf, type LicenseCategory } from './license-category.ts';

/** How a licensed work comes into what is shipped. */
export type Linkage =
  /** A file of its own: a program, a library beside what uses it, data. */
  | 'file'
  | 'static'
  | 'dynamic'
  | 'kernel-module'
  /** It runs while building; nothing of it is shipped. */
  | 'build-only';

/** How far the terms go. */
export type Effect =
  /** Nothing is passed on, so nothing is asked. */
  | 'none'
  /** Notices and the like. */
  | 'notice'
  /** The source of the work itself. */
  | 'own-source'
  /** The terms of the whole that it is linked into. */
  | 'whole'
  /** Passing on is restricted, or nobody knows. */
  | 'restricted';

const SHIPPED: Readonly<Record<LicenseCategory, Readonly<Record<Exclude<Linkage, 'build-only'>, Effect>>>> = {
  'public-domain': { file: 'none', static: 'none', dynamic: 'none', 'kernel-module': 'none' },
  permissive: { file: 'notice', static: 'notice', dynamic: 'notice', 'kernel-module': 'notice' },
  'weak-copyleft': { file: 'own-source', static: 'own-source', dynamic: 'own-source', 'kernel-module': 'own-source' },
  'strong-copyleft': { file: 'own-source', static: 'whole', dynamic: 'whole', 'kernel-module': 'whole' },
  'network-copyleft': { file: 'own-source', static: 'whole', dynamic: 'whole', 'kernel-module': 'whole' },
  restricted: { file: 'restricted', static: 'restricted', dynamic: 'restricted', 'kernel-module': 'restricted' },
  'non-commercial': { file: 'restricted', static: 'restricted', dynamic: 'restricted', 'kernel-module': 'restricted' },
  proprietary: { file: 'restricted', static: 'restricted', dynamic: 'restricted', 'kernel-module': 'restricted' },
  unstated: { file: 'restricted', static: 'restricted', dynamic: 'restricted', 'kernel-module': 'restricted' },
};

/** A module is linked into the kernel, where an exception for programs does not help. */
export function effectOf(leaf: Leaf, linkage: Linkage, own: Readonly<Record<string, LicenseCategory>> = {}): Effect {
  if (linkage === 'build-only') return 'none';
  const category = categoryOf(linkage === 'kernel-module' && leaf.kind === 'with' ? leaf.license : leaf, own);
  return category === undefined ? 'restricted' : SHIPPED[category][linkage];
}
