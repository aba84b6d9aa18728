/** Roles whose rows are the definition's `inputs`. */
export const INPUT_ROLES: readonly string[] = ['source', 'patch', 'file', 'input'];

/** Every role that a resolved dependency may have, and which digest it must carry: of bytes, or of a directory in canonical form (src/tree/node.ts). */
export const DEPENDENCY_ROLES: Readonly<Record<string, 'sha256' | 'provenrootTree'>> = {
  'source': 'sha256', 'patch': 'sha256', 'file': 'sha256', 'input': 'sha256',
  'recipe': 'provenrootTree', 'template': 'provenrootTree', 'board': 'provenrootTree', 'architecture': 'provenrootTree',
  'sandbox': 'provenrootTree', 'engine': 'sha256', 'toolchain': 'provenrootTree', 'kernel-configuration': 'provenrootTree',
  'table': 'sha256', 'init-script': 'sha256', 'runtime-component': 'sha256',
};
