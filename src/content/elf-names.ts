/** Names of numbers in the ELF specification (gABI 4.3) and its GNU additions, as readelf knows them. */
const table = (names: Readonly<Record<number, string>>) => (code: number): string => names[code] ?? `0x${code.toString(16)}`;

export const fileType = table({ 0: 'none', 1: 'relocatable', 2: 'executable', 3: 'shared', 4: 'core' });

export const machineName = table({
  2: 'sparc', 3: 'i386', 4: 'm68k', 8: 'mips', 15: 'parisc', 20: 'powerpc', 21: 'powerpc64', 22: 's390', 40: 'arm', 42: 'superh', 43: 'sparcv9', 50: 'ia64',
  62: 'x86_64', 93: 'arc', 94: 'xtensa', 164: 'hexagon', 183: 'aarch64', 189: 'microblaze', 195: 'arcv2', 243: 'riscv', 247: 'bpf', 252: 'csky', 258: 'loongarch',
});

export const osAbiName = table({ 0: 'sysv', 1: 'hpux', 2: 'netbsd', 3: 'gnu', 6: 'solaris', 9: 'freebsd', 12: 'openbsd', 64: 'arm-aeabi', 97: 'arm', 255: 'standalone' });

export const segmentType = table({
  0: 'null', 1: 'load', 2: 'dynamic', 3: 'interp', 4: 'note', 5: 'shlib', 6: 'phdr', 7: 'tls', 0x6474e550: 'gnu-eh-frame', 0x6474e551: 'gnu-stack',
  0x6474e552: 'gnu-relro', 0x6474e553: 'gnu-property',
});

export const sectionType = table({
  0: 'null', 1: 'progbits', 2: 'symtab', 3: 'strtab', 4: 'rela', 5: 'hash', 6: 'dynamic', 7: 'note', 8: 'nobits', 9: 'rel', 10: 'shlib', 11: 'dynsym', 14: 'init-array',
  15: 'fini-array', 16: 'preinit-array', 17: 'group', 18: 'symtab-shndx', 19: 'relr', 0x6ffffff5: 'gnu-attributes', 0x6ffffff6: 'gnu-hash', 0x6ffffff7: 'gnu-liblist',
  0x6ffffffd: 'verdef', 0x6ffffffe: 'verneed', 0x6fffffff: 'versym', 0x6fff4c00: 'llvm-odrtab',
});

export const symbolType = table({ 0: 'notype', 1: 'object', 2: 'func', 3: 'section', 4: 'file', 5: 'common', 6: 'tls', 10: 'ifunc' });
export const symbolBinding = table({ 0: 'local', 1: 'global', 2: 'weak', 10: 'unique' });
export const symbolVisibility = table({ 0: 'default', 1: 'internal', 2: 'hidden', 3: 'protected' });

export const SHT = { progbits: 1, symtab: 2, strtab: 3, rela: 4, note: 7, nobits: 8, rel: 9, dynamic: 6, dynsym: 11, symtabShndx: 18, verdef: 0x6ffffffd, verneed: 0x6ffffffe } as const;
export const PT = { load: 1, dynamic: 2, interp: 3, note: 4, gnuStack: 0x6474e551, gnuRelro: 0x6474e552 } as const;
export const SHF = { write: 1, alloc: 2, exec: 4, compressed: 0x800 } as const;
