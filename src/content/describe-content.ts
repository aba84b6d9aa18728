import { createHash } from 'node:crypto';

import { bufferSource, piecesOf, type ByteSource } from '../bytes/byte-source.ts';
import { decompress, detectCompression, type Compression } from '../bytes/decompress.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { detect } from '../readers/detect.ts';
import { debFacts, isDeb } from './ar-facts.ts';
import { isAr, parseAr } from './ar.ts';
import { storedPart, type ContentDescription, type ContentPart, type TypedContent } from './description.ts';
import { deviceTreeText } from './devicetree-text.ts';
import { isDeviceTree, parseDeviceTree, type DeviceNode, type DeviceTree } from './devicetree.ts';
import { elfFacts } from './elf-facts.ts';
import { elfParts } from './elf-parts.ts';
import { findSection } from './elf-section.ts';
import { isElf, parseElf, type ElfFile } from './elf.ts';
import { fitFacts, isFit } from './fit.ts';
import { kernelInside, readKernelImage, view } from './kernel-facts.ts';
import { kernelImageFormat, parseKernelImage, type KernelImageFormat } from './kernel-image.ts';
import { moduleInfo, moduleSignature } from './kernel-module.ts';
import { moduleFacts } from './module-facts.ts';
import { describeText } from './plain-text.ts';
import { tolerate, type ContentProblem } from './problem.ts';
import { isUImage, uImageFacts } from './uimage.ts';

export interface DescribeLimits {
  /** A larger source is not held in memory, and therefore not looked into. */
  maxHeldBytes: number;
  /** What one compressed stream may unpack to. */
  maxUnpackedBytes: number;
}

const DEFAULT_LIMITS: DescribeLimits = { maxHeldBytes: 2 ** 29, maxUnpackedBytes: 2 ** 29 };

type Described = TypedContent & { parts: ContentPart[] };
type Describe = (bytes: Buffer, problems: ContentProblem[], limits: DescribeLimits) => Described | undefined;

/** The first that answers says what it is: marks from strong to weak. */
const KINDS: readonly Describe[] = [describeElf, describeDeviceTree, describeUImage, describeKernelImage, describeAr, describeCompressed, describeImage, describeText];

/**
 * What a file is and says of itself, by its content alone. Never throws for what an input holds: what cannot be read is
 * a problem, and a file of which nothing can be read is `data`. Files inside are parts, described only if handed in again.
 */
export function describeContent(input: Uint8Array, limits: DescribeLimits = DEFAULT_LIMITS): ContentDescription {
  if (input.length > limits.maxHeldBytes) return describeLarge(bufferSource(input), limits);
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const problems: ContentProblem[] = [];
  const described = firstOf(bytes, problems, limits) ?? { kind: 'data', facts: {}, parts: [storedPart(bytes, 'section', 'bytes', 0, bytes.length)] };
  return { ...described, sizeBytes: bytes.length, sha256: sha256(bytes), problems };
}

/** The same of a source; of one that is too large to be held only what an image's first bytes say, and its digest. */
export function describeSource(source: ByteSource, limits: DescribeLimits = DEFAULT_LIMITS): ContentDescription {
  return source.sizeBytes > limits.maxHeldBytes ? describeLarge(source, limits) : describeContent(Buffer.concat([...piecesOf(source)]), limits);
}

function describeLarge(source: ByteSource, { maxHeldBytes }: DescribeLimits): ContentDescription {
  const { sizeBytes } = source;
  const hash = createHash('sha256');
  for (const piece of piecesOf(source)) hash.update(piece);
  const format = detect(source);
  const problem: ContentProblem = { code: 'BYTES.LIMIT', message: `the file has ${sizeBytes} bytes, looked into are those of up to ${maxHeldBytes}` };
  const common = { sizeBytes, sha256: hash.digest('hex') as Sha256, parts: [], problems: [problem] };
  return format === undefined ? { kind: 'data', facts: {}, ...common } : { kind: 'image', facts: { format }, ...common };
}

function firstOf(bytes: Buffer, problems: ContentProblem[], limits: DescribeLimits): Described | undefined {
  for (const describe of KINDS) {
    const described = tolerate(problems, () => describe(bytes, problems, limits));
    if (described !== undefined) return described;
  }
  return undefined;
}

function describeElf(bytes: Buffer, problems: ContentProblem[]): Described | undefined {
  if (!isElf(bytes)) return undefined;
  const signature = tolerate(problems, () => moduleSignature(bytes));
  const elf = parseElf(bytes, 'the ELF file');
  const facts = elfFacts(elf);
  const info = tolerate(problems, () => moduleInfo(elf));
  const parts = elfParts(elf);
  const kernel = isKernel(elf) ? kernelInside(bytes, problems) : undefined;
  problems.push(...elf.problems);
  if (info !== undefined) return { kind: 'kernel-module', facts: moduleFacts(bytes, info, signature, facts), parts };
  return { kind: 'elf', facts: { ...facts, ...(kernel === undefined ? {} : { kernel: kernel.facts }) }, parts: [...parts, ...(kernel?.parts ?? [])] };
}

/** Sections that only the kernel has. */
function isKernel(elf: ElfFile): boolean {
  return ['__ksymtab', '__param', '.data..percpu'].some((name) => findSection(elf, name) !== undefined) && elf.type !== 'relocatable';
}

function describeDeviceTree(bytes: Buffer, problems: ContentProblem[]): Described | undefined {
  if (!isDeviceTree(bytes)) return undefined;
  const tree = parseDeviceTree(bytes, 'the device tree');
  const text = (): Buffer => Buffer.from(deviceTreeText(tree), 'latin1');
  const source: ContentPart = { name: 'source', role: 'view', storedBytes: 0, attributes: {}, content: text };
  const whole = storedPart(bytes, 'section', 'tree', 0, tree.totalBytes);
  if (!isFit(tree)) return { kind: 'device-tree', facts: treeFacts(tree), parts: [whole, ...rest(bytes, tree.totalBytes), source] };
  const facts = fitFacts(bytes, tree, problems);
  const images = facts.images.map(({ name, offset, sizeBytes, type = '', compression = '' }) => storedPart(bytes, 'file', name, offset, sizeBytes, { type, compression }));
  return { kind: 'fit', facts, parts: [whole, ...rest(bytes, tree.totalBytes), ...images] };
}

function treeFacts({ version, root }: DeviceTree): { version: number; nodes: number; model?: string; compatible: string[] } {
  const text = (name: string): string[] => root.properties.get(name)?.toString('latin1').split('\0').filter((part) => part !== '') ?? [];
  const [model] = text('model');
  return { version, nodes: countNodes(root), ...(model === undefined ? {} : { model }), compatible: text('compatible') };
}

function countNodes({ children }: DeviceNode): number {
  return children.reduce((sum, child) => sum + countNodes(child), 1);
}

function rest(bytes: Buffer, from: number): ContentPart[] {
  return from < bytes.length ? [storedPart(bytes, 'gap', 'behind the end', from, bytes.length - from)] : [];
}

function describeUImage(bytes: Buffer): Described | undefined {
  if (!isUImage(bytes)) return undefined;
  const facts = uImageFacts(bytes);
  const end = 64 + facts.dataBytes;
  const files = facts.parts.map(({ offset, sizeBytes }, i) => storedPart(bytes, 'file', `part ${i + 1}`, offset, sizeBytes, { compression: facts.compression }));
  const first = facts.parts[0]?.offset ?? 64;
  return { kind: 'uimage', facts, parts: [storedPart(bytes, 'header', 'header', 0, first), ...files, ...rest(bytes, end)] };
}

function describeKernelImage(bytes: Buffer, problems: ContentProblem[]): Described | undefined {
  const format: KernelImageFormat | undefined = kernelImageFormat(bytes);
  if (format === undefined) return undefined;
  const image = parseKernelImage(bytes, format);
  const { facts, parts } = readKernelImage(bytes, image, problems);
  return { kind: 'kernel-image', facts: { ...image, ...facts }, parts };
}

function describeAr(bytes: Buffer, problems: ContentProblem[]): Described | undefined {
  if (!isAr(bytes)) return undefined;
  const archive = parseAr(bytes, 'the archive');
  const parts = archive.members.map(({ name, offset, sizeBytes, mtime, owner, group, mode }) =>
    storedPart(bytes, 'file', name, offset, sizeBytes, { mtime, owner, group, mode: mode.toString(8) }));
  const facts = isDeb(archive) ? tolerate(problems, () => debFacts(bytes, archive)) : undefined;
  if (facts !== undefined) return { kind: 'deb', facts, parts };
  const index = archive.symbols.map(({ name, member }) => `${archive.members[member]!.name}\t${name}\n`).join('');
  return { kind: 'ar', facts: { memberCount: parts.length, symbolCount: archive.symbols.length }, parts: [...parts, view('symbol index', Buffer.from(index, 'latin1'))] };
}

function describeCompressed(bytes: Buffer, _problems: ContentProblem[], { maxUnpackedBytes }: DescribeLimits): Described | undefined {
  const compression: Compression | undefined = detectCompression(bytes);
  if (compression === undefined) return undefined;
  const { bytes: content, packedBytes, facts: stream } = decompress(bytes, compression, { place: `the ${compression} stream`, maxBytes: maxUnpackedBytes });
  const part: ContentPart = { name: 'content', role: 'file', offset: 0, storedBytes: packedBytes, attributes: { compression }, content: () => content };
  return {
    kind: 'compressed', facts: { stream, packedBytes, sizeBytes: content.length, trailingBytes: bytes.length - packedBytes }, parts: [part, ...rest(bytes, packedBytes)],
  };
}

function describeImage(bytes: Buffer): Described | undefined {
  const format = detect(bufferSource(bytes));
  return format === undefined ? undefined : { kind: 'image', facts: { format }, parts: [storedPart(bytes, 'section', 'bytes', 0, bytes.length)] };
}
