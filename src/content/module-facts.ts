import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { ElfFacts } from './elf-facts.ts';
import type { ModuleInfo, ModuleSignature, VersionMagic } from './kernel-module.ts';
import { versionMagic } from './kernel-module.ts';

/** A loadable module of the kernel; plain JSON. */
export interface ModuleFacts {
  info: ModuleInfo;
  versionMagic?: VersionMagic;
  depends: string[];
  /** SPDX does not apply: what MODULE_LICENSE says. */
  licenses: string[];
  signature?: ModuleSignature;
  /** Of the file without its signature. */
  unsignedSha256: Sha256;
  elf: ElfFacts;
}

export function moduleFacts(bytes: Buffer, info: ModuleInfo, signature: ModuleSignature | undefined, elf: ElfFacts): ModuleFacts {
  const values = (wanted: string): string[] => info.filter(([key]) => key === wanted).map(([, value]) => value);
  const magic = versionMagic(info);
  return {
    info, ...(magic === undefined ? {} : { versionMagic: magic }), depends: values('depends').flatMap((text) => text.split(',')).filter((name) => name !== ''),
    licenses: values('license'), ...(signature === undefined ? {} : { signature }), unsignedSha256: sha256(bytes.subarray(0, signature?.bodyBytes)), elf,
  };
}
