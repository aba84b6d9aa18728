import type { Finding } from '../foundation/finding.ts';

interface InventoryRule { severity: Finding['severity']; explain: string }

/** What `checkInventory` looks for, by id. Errors make a document untrue or unfit to be published; a fault of the image that a document tells truly is a warning. */
export const INVENTORY_RULES = {
  'duplicate-component': { severity: 'error', explain: 'Two components have one kind, name and version. Merge them, or give them versions that tell them apart.' },
  'duplicate-path': { severity: 'error', explain: 'A path of the root is listed twice. The record is damaged: build again.' },
  'duplicate-ref': { severity: 'error', explain: 'Two things have one ref. The record is damaged: build again.' },
  'license-missing': { severity: 'error', explain: 'A shipped component declares no license. Give its recipe one, as an SPDX expression.' },
  'license-unreadable': { severity: 'error', explain: 'A license is no SPDX expression. Correct it in the recipe; nothing is guessed.' },
  'content-unread': { severity: 'warning', explain: 'A shipped file was not looked into, so what it needs is not known. The message says why.' },
  'digest-missing': { severity: 'error', explain: 'A shipped file has no digests. Its bytes are not in the store: build again.' },
  'dangling-ref': { severity: 'error', explain: 'Something refers to what is not in the inventory. The inventory was changed by hand, or is of another version.' },
  'interpreter-missing': { severity: 'warning', explain: 'A program asks for an interpreter that is not in the root and cannot start. Ship the package that has it, or take the program out.' },
  'library-missing': { severity: 'warning', explain: 'A program needs a library that nothing in the root provides. Add the package that has it to `needs.run`.' },
  'module-missing': { severity: 'warning', explain: 'A kernel module depends on one that is not in the root. Build that into the kernel or ship it.' },
  'package-empty': { severity: 'note', explain: 'A package counts as shipped and owns nothing in the root. It may only set options or tables.' },
  'path-unowned': { severity: 'error', explain: 'Nobody owns a path of the root. Every path comes from a package, a table or a generator: the record is damaged.' },
  'source-missing': { severity: 'note', explain: 'A shipped package has no source: all its files come from its recipe.' },
  'version-missing': { severity: 'error', explain: 'A component has no version. Give its recipe one.' },
} as const satisfies Readonly<Record<string, InventoryRule>>;

export type InventoryRuleId = keyof typeof INVENTORY_RULES;
