import type { ElfFile } from './elf.ts';
import { findSection, sectionBytes } from './elf-section.ts';
import { View } from './view.ts';

const SIGNATURE_END = '~Module signature appended~\n';
const TRAILER_BYTES = 12;
const SIGNATURE_KINDS: Readonly<Record<number, string>> = { 0: 'pgp', 1: 'x509', 2: 'pkcs7' };

/** What was appended to a module to sign it (include/linux/module_signature.h); nothing of it is verified. */
export interface ModuleSignature {
  kind: string;
  /** Of the module without signature: what two builds with different keys have in common. */
  bodyBytes: number;
  signatureBytes: number;
}

/** Undefined where none is appended. Throws BYTES.TRUNCATED where one is said to be longer than the file. */
export function moduleSignature(bytes: Buffer): ModuleSignature | undefined {
  const markerAt = bytes.length - SIGNATURE_END.length;
  if (markerAt < 0 || bytes.toString('latin1', markerAt) !== SIGNATURE_END) return undefined;
  const trailer = new View(bytes, false, 'the module signature');
  const at = markerAt - TRAILER_BYTES;
  const kind = trailer.u8(at + 2);
  // Signer and key id stood before the signature when they were not part of it (PKCS#7 has both inside).
  const appended = trailer.u32(at + 8) + trailer.u8(at + 3) + trailer.u8(at + 4);
  trailer.slice(at - appended, appended);
  return { kind: SIGNATURE_KINDS[kind] ?? `0x${kind.toString(16)}`, bodyBytes: at - appended, signatureBytes: trailer.u32(at + 8) };
}

/** One `key=value` of `.modinfo`; keys repeat (alias, parm, firmware). */
export type ModuleInfo = readonly (readonly [key: string, value: string])[];

/** The longest lists of aliases have 0.1 MB. */
const MAX_INFO_BYTES = 4 * 2 ** 20;

/** In the order of the section; undefined for an ELF file that is no module. */
export function moduleInfo(elf: ElfFile): ModuleInfo | undefined {
  const section = findSection(elf, '.modinfo');
  if (section === undefined || elf.type !== 'relocatable') return undefined;
  return sectionBytes(elf, section).toString('latin1', 0, MAX_INFO_BYTES).split('\0').filter((text) => text !== '').map((text) => {
    const equals = text.indexOf('=');
    return equals < 0 ? [text, ''] as const : [text.slice(0, equals), text.slice(equals + 1)] as const;
  });
}

/** The kernel that a module goes with: release, then the options that change its ABI. */
export interface VersionMagic {
  release: string;
  flags: string[];
}

export function versionMagic(info: ModuleInfo): VersionMagic | undefined {
  const text = info.find(([key]) => key === 'vermagic')?.[1];
  if (text === undefined) return undefined;
  const [release = '', ...flags] = text.trim().split(/ +/);
  return { release, flags };
}
