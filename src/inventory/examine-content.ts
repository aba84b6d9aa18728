import { bufferSource } from '../bytes/byte-source.ts';
import { isAr } from '../content/ar.ts';
import { elfDynamic, elfInterpreter } from '../content/elf-dynamic.ts';
import { isElf, parseElf, type ElfFile } from '../content/elf.ts';
import { elfSymbols } from '../content/elf-symbols.ts';
import { moduleInfo } from '../content/kernel-module.ts';
import { tolerate } from '../content/problem.ts';
import { detect } from '../readers/detect.ts';
import type { ExaminedContent, ExaminedElf } from './inventory-facts.ts';

/** Formats whose content is a list of named files. */
const STRUCTURED = new Set<string>(['squashfs', 'cpio', 'tar', 'erofs', 'ext', 'fat', 'ubi', 'ubifs', 'jffs2', 'gpt', 'mbr', 'ar']);

/** What a shipped file is, as far as an inventory tells it. Hostile input: never throws for what the bytes hold. */
export function examineContent(bytes: Buffer): ExaminedContent {
  if (isElf(bytes)) return examineElf(bytes);
  const script = /^#!\s*(\S+(?:[ \t]+\S+)?)/.exec(bytes.toString('latin1', 0, 256))?.[1];
  if (script !== undefined) return { kind: 'script', interpreter: script };
  const format = isAr(bytes) ? 'ar' : detect(bufferSource(bytes));
  return format === undefined ? { kind: 'data' } : { kind: 'archive', format, structured: STRUCTURED.has(format) };
}

function examineElf(bytes: Buffer): ExaminedContent {
  const elf = tolerate([], () => parseElf(bytes, 'a file of the root'));
  if (elf === undefined) return { kind: 'unread', reason: 'begins like an ELF file and is none' };
  return tolerate([], () => examineModule(elf) ?? elfOf(elf)) ?? { kind: 'unread', reason: 'an ELF file whose tables are damaged' };
}

function examineModule(elf: ElfFile): ExaminedContent | undefined {
  const info = moduleInfo(elf);
  const name = info?.find(([key]) => key === 'name')?.[1];
  if (info === undefined || name === undefined) return undefined;
  const depends = info.filter(([key]) => key === 'depends').flatMap(([, value]) => value.split(',')).filter((one) => one !== '');
  return { kind: 'kernel-module', name, depends };
}

function elfOf(elf: ElfFile): ExaminedElf {
  const dynamic = elfDynamic(elf);
  const interpreter = elfInterpreter(elf);
  const { type, machine, bits } = elf;
  return {
    kind: 'elf', type, machine, bits, needed: dynamic?.needed ?? [], rpath: dynamic?.rpath ?? [], runpath: dynamic?.runpath ?? [],
    // A static program that may lie anywhere has a dynamic segment too, but nothing that loads it.
    dynamic: interpreter !== undefined || (dynamic?.needed.length ?? 0) > 0 || dynamic?.soname !== undefined,
    opensLibraries: [...elfSymbols(elf, 'dynsym')].some(({ name, section }) => name === 'dlopen' && section === undefined),
    ...(interpreter === undefined ? {} : { interpreter }), ...(dynamic?.soname === undefined ? {} : { soname: dynamic.soname }),
  };
}
