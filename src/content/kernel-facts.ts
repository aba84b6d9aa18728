import type { Compression, CompressionFacts } from '../bytes/decompress.ts';
import type { ContentPart } from './description.ts';
import { storedPart } from './description.ts';
import { unwrapKernel, type KernelImage } from './kernel-image.ts';
import { kernelBanner, kernelConfiguration, parseKernelConfiguration, type KernelBanner } from './kernel-text.ts';
import { tolerate, type ContentProblem } from './problem.ts';

/** What can be found in a kernel that is not packed; plain JSON. */
export interface KernelInside {
  banner?: KernelBanner;
  /** Options that CONFIG_IKCONFIG keeps; the text itself is the part `configuration`. */
  configurationOptions?: number;
}

export interface KernelFacts extends KernelInside {
  kernel?: { compression: Compression; stream: CompressionFacts; sizeBytes: number };
}

export interface ReadKernel<F> { facts: F; parts: ContentPart[] }

/** In a kernel as it lies in memory: an ELF file, or flat. */
export function kernelInside(bytes: Buffer, problems: ContentProblem[]): ReadKernel<KernelInside> {
  const banner = kernelBanner(bytes);
  const configuration = kernelConfiguration(bytes, problems);
  return {
    facts: {
      ...(banner === undefined ? {} : { banner }),
      ...(configuration === undefined ? {} : { configurationOptions: parseKernelConfiguration(configuration).size }),
    },
    parts: configuration === undefined ? [] : [view('configuration', Buffer.from(configuration, 'latin1'))],
  };
}

/** A kernel image: its wrapping, the kernel in it, and what that says. */
export function readKernelImage(bytes: Buffer, image: KernelImage, problems: ContentProblem[]): ReadKernel<KernelFacts> {
  const payload = tolerate(problems, () => unwrapKernel(bytes, image));
  if (payload === undefined) {
    const inside = kernelInside(bytes, problems);
    return { facts: inside.facts, parts: [storedPart(bytes, 'section', 'image', 0, bytes.length), ...inside.parts] };
  }
  const { facts, parts } = kernelInside(payload.bytes, problems);
  const { offset, packedBytes } = payload;
  return {
    facts: { ...facts, kernel: { compression: payload.compression, stream: payload.facts, sizeBytes: payload.bytes.length } },
    parts: [
      storedPart(bytes, 'section', 'before the kernel', 0, offset),
      { name: 'kernel', role: 'file', offset, storedBytes: packedBytes, attributes: { compression: payload.compression }, content: () => payload.bytes },
      storedPart(bytes, 'section', 'behind the kernel', offset + packedBytes, bytes.length - offset - packedBytes),
      ...parts,
    ],
  };
}

export function view(name: string, content: Buffer): ContentPart {
  return { name, role: 'view', storedBytes: 0, attributes: {}, content: () => content };
}
