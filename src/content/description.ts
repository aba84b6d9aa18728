import type { CompressionFacts } from '../bytes/decompress.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { ArFacts, DebFacts } from './ar-facts.ts';
import type { ElfFacts } from './elf-facts.ts';
import type { FitFacts } from './fit.ts';
import type { KernelFacts, KernelInside } from './kernel-facts.ts';
import type { KernelImage } from './kernel-image.ts';
import type { ModuleFacts } from './module-facts.ts';
import type { ContentProblem } from './problem.ts';
import type { TextFacts } from './text-facts.ts';
import type { UImageFacts } from './uimage.ts';

/** A piece of a file that can be compared, or described, by itself. Nothing of it is read before it is asked for. */
export interface ContentPart {
  name: string;
  /**
   * `section`, `header` and `gap` together are every byte of the file. `file`: something that is a file of its own,
   * packed or not. `view`: derived from other parts (a configuration, a tree as text).
   */
  role: 'section' | 'header' | 'gap' | 'file' | 'view';
  /** In the file; absent for a view. */
  offset?: number;
  storedBytes: number;
  /** What else the container says of it; plain JSON. */
  attributes: Readonly<Record<string, string | number>>;
  /** Unpacked. Throws `BYTES.*` where that cannot be done. */
  content(): Buffer;
}

export interface DeviceTreeFacts {
  version: number;
  nodes: number;
  model?: string;
  compatible: string[];
}

export interface CompressedFacts {
  stream: CompressionFacts;
  packedBytes: number;
  sizeBytes: number;
  /** Bytes behind the stream. */
  trailingBytes: number;
}

/** By kind what a file says of itself; plain JSON. */
export type TypedContent =
  | { kind: 'elf'; facts: ElfFacts & { kernel?: KernelInside } }
  | { kind: 'kernel-module'; facts: ModuleFacts }
  | { kind: 'kernel-image'; facts: KernelImage & KernelFacts }
  | { kind: 'device-tree'; facts: DeviceTreeFacts }
  | { kind: 'fit'; facts: FitFacts }
  | { kind: 'uimage'; facts: UImageFacts }
  | { kind: 'ar'; facts: ArFacts }
  | { kind: 'deb'; facts: DebFacts }
  | { kind: 'compressed'; facts: CompressedFacts }
  /** A file system, an archive or a disk: `readers` has its tree. */
  | { kind: 'image'; facts: { format: string } }
  | { kind: 'text'; facts: TextFacts }
  | { kind: 'data'; facts: Readonly<Record<string, never>> };

export type ContentKind = TypedContent['kind'];

export type ContentDescription = TypedContent & {
  sizeBytes: number;
  sha256: Sha256;
  parts: readonly ContentPart[];
  /** What could not be read; the rest of the description holds. */
  problems: readonly ContentProblem[];
};

/** Of the unpacked content. Throws `BYTES.*` where it cannot be unpacked. */
export function partDigest(part: ContentPart): { sizeBytes: number; sha256: Sha256 } {
  const content = part.content();
  return { sizeBytes: content.length, sha256: sha256(content) };
}

/** A part that is stored as it is. */
export function storedPart(file: Buffer, role: ContentPart['role'], name: string, offset: number, storedBytes: number, attributes: ContentPart['attributes'] = {}): ContentPart {
  return { name, role, offset, storedBytes, attributes, content: () => file.subarray(offset, offset + storedBytes) };
}
