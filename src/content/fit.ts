import { createHash, getHashes } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { damaged, overLimit } from '../bytes/read-failure.ts';
import { nodeAt, numberProperty, textProperty, type DeviceNode, type DeviceTree } from './devicetree.ts';
import { tolerate, type ContentProblem } from './problem.ts';
import { View } from './view.ts';

export interface FitHash {
  algorithm: string;
  /** Hexadecimal, as stored. */
  value: string;
  /** Computed anew over the data; undefined for an algorithm that is not known here. */
  matches?: boolean;
}

export interface FitSignature {
  algorithm: string;
  keyName?: string;
  signatureBytes: number;
  /** Seconds since 1970. */
  timestamp?: number;
}

export interface FitImage {
  name: string;
  description?: string;
  type?: string;
  architecture?: string;
  operatingSystem?: string;
  compression?: string;
  loadAddress?: number;
  entry?: number;
  offset: number;
  sizeBytes: number;
  /** The data stand behind the tree instead of in it. */
  external: boolean;
  hashes: FitHash[];
  signatures: FitSignature[];
}

/** Boot loaders' image of images (doc/usage/fit of U-Boot); plain JSON. Signatures are told, not verified. */
export interface FitFacts {
  description?: string;
  /** Seconds since 1970. */
  timestamp?: number;
  images: FitImage[];
  defaultConfiguration?: string;
  configurations: { name: string; properties: Readonly<Record<string, string>>; signatures: FitSignature[] }[];
}

export function isFit({ root }: DeviceTree): boolean {
  return nodeAt(root, 'images') !== undefined && root.properties.has('description');
}

export function fitFacts(file: Buffer, tree: DeviceTree, problems: ContentProblem[]): FitFacts {
  const { root } = tree;
  const work = { place: 'the FIT', left: file.length * MAX_PASSES };
  const images = nodeAt(root, 'images')?.children ?? [];
  const configurations = nodeAt(root, 'configurations');
  return {
    ...text('description', root, 'description'), ...number('timestamp', root, 'timestamp'),
    images: images.flatMap((node) => tolerate(problems, () => imageOf(file, tree, node, work)) ?? []),
    ...(configurations === undefined ? {} : text('defaultConfiguration', configurations, 'default')),
    configurations: (configurations?.children ?? []).map((node) => ({ name: node.name, properties: textsOf(node), signatures: signaturesOf(node) })),
  };
}

/** Images may share their data, and have many hashes: that often the whole file is hashed, and no more. */
const MAX_PASSES = 8;
interface Work { place: string; left: number }

function charge(work: Work, bytes: number): void {
  work.left -= bytes;
  if (work.left < 0) overLimit(work.place, `has images and hashes over more than ${MAX_PASSES} times its bytes`, MAX_PASSES, MAX_PASSES);
}

function imageOf(file: Buffer, { totalBytes }: DeviceTree, node: DeviceNode, work: Work): FitImage {
  const { offset, sizeBytes, external } = dataOf(file, totalBytes, node);
  charge(work, sizeBytes);
  const data = file.subarray(offset, offset + sizeBytes);
  return {
    name: node.name, ...text('description', node, 'description'), ...text('type', node, 'type'), ...text('architecture', node, 'arch'), ...text('operatingSystem', node, 'os'),
    ...text('compression', node, 'compression'), ...number('loadAddress', node, 'load'), ...number('entry', node, 'entry'), offset, sizeBytes, external,
    hashes: node.children.filter(({ name }) => name.startsWith('hash')).map((hash) => hashOf(hash, data, work)), signatures: signaturesOf(node),
  };
}

function dataOf(file: Buffer, totalBytes: number, node: DeviceNode): { offset: number; sizeBytes: number; external: boolean } {
  const inside = node.properties.get('data');
  if (inside !== undefined) return { offset: inside.byteOffset - file.byteOffset, sizeBytes: inside.length, external: false };
  const [position, relative, sizeBytes] = ['data-position', 'data-offset', 'data-size'].map((name) => numberProperty(node, name));
  // Relative ones count from the end of the tree, at the next multiple of four.
  const offset = position ?? (relative === undefined ? undefined : Math.ceil(totalBytes / 4) * 4 + relative);
  if (offset === undefined || sizeBytes === undefined) damaged(`image ${node.name}`, 'has no data');
  new View(file, false, `image ${node.name}`).slice(offset, sizeBytes);
  return { offset, sizeBytes, external: true };
}

function hashOf(node: DeviceNode, data: Buffer, work: Work): FitHash {
  charge(work, data.length);
  const algorithm = textProperty(node, 'algo') ?? '';
  const value = (node.properties.get('value') ?? Buffer.alloc(0)).toString('hex');
  const found = algorithm === 'crc32' ? crc32(data).toString(16).padStart(8, '0')
    : getHashes().includes(algorithm) ? createHash(algorithm).update(data).digest('hex') : undefined;
  return { algorithm, value, ...(found === undefined ? {} : { matches: found === value }) };
}

function signaturesOf(node: DeviceNode): FitSignature[] {
  return node.children.filter(({ name }) => name.startsWith('signature')).map((signature) => ({
    algorithm: textProperty(signature, 'algo') ?? '', ...text('keyName', signature, 'key-name-hint'), signatureBytes: signature.properties.get('value')?.length ?? 0,
    ...number('timestamp', signature, 'timestamp'),
  }));
}

/** Lists (`fdt`, `loadables`) are joined by commas. */
function textsOf(node: DeviceNode): Record<string, string> {
  return Object.fromEntries([...node.properties.keys()].map((name) => [name, textProperty(node, name)!.replaceAll('\0', ',')]));
}

function text<K extends string>(key: K, node: DeviceNode, property: string): { [P in K]?: string } {
  const value = textProperty(node, property);
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}

function number<K extends string>(key: K, node: DeviceNode, property: string): { [P in K]?: number } {
  const value = numberProperty(node, property);
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: number };
}
