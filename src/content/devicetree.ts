import { damaged, overLimit, unsupported } from '../bytes/read-failure.ts';
import { View } from './view.ts';

/** A flattened device tree (devicetree specification 0.4, chapter 5). */
export interface DeviceTree {
  version: number;
  /** Of the boot processor. */
  bootCpu: number;
  reservations: { address: bigint; sizeBytes: bigint }[];
  root: DeviceNode;
  /** What the header states; the file may go on after it (a FIT with data outside). */
  totalBytes: number;
}

export interface DeviceNode {
  /** With its unit address; empty for the root. */
  name: string;
  /** In the file's order; values are views into the file. */
  properties: Map<string, Buffer>;
  children: DeviceNode[];
}

const MAGIC = 0xd00dfeed;
const TOKEN = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;
const MAX_DEPTH = 64;
const MAX_NODES = 500_000;
const MAX_PROPERTIES = 2_000_000;

export function isDeviceTree(bytes: Buffer): boolean {
  return bytes.length >= 40 && bytes.readUInt32BE(0) === MAGIC;
}

export function parseDeviceTree(bytes: Buffer, place: string): DeviceTree {
  if (!isDeviceTree(bytes)) damaged(place, 'is no device tree');
  const file = new View(bytes, false, place);
  const totalBytes = file.u32(4);
  const view = new View(file.slice(0, totalBytes), false, place);
  const [version, oldest] = [view.u32(20), view.u32(24)];
  if (version < 16 || oldest > 17) unsupported(place, `a device tree of version ${version}`);
  const strings = new View(view.slice(view.u32(12), view.u32(32)), false, `${place}, its strings`);
  const structure = version >= 17 ? view.slice(view.u32(8), view.u32(36)) : view.slice(view.u32(8), totalBytes - view.u32(8));
  return {
    version, bootCpu: view.u32(28), reservations: readReservations(view, view.u32(16)), root: readStructure(new View(structure, false, place), strings), totalBytes,
  };
}

function readReservations(view: View, start: number): DeviceTree['reservations'] {
  const reservations: DeviceTree['reservations'] = [];
  for (let at = start;; at += 16) {
    const [address, sizeBytes] = [view.u64(at), view.u64(at + 8)];
    if (address === 0n && sizeBytes === 0n) return reservations;
    reservations.push({ address, sizeBytes });
  }
}

function readStructure(view: View, strings: View): DeviceNode {
  const open: DeviceNode[] = [];
  let root: DeviceNode | undefined;
  let nodes = 0;
  let properties = 0;
  for (let at = 0;;) {
    const token = view.u32(at);
    at += 4;
    switch (token) {
      case TOKEN.beginNode: {
        if (nodes++ >= MAX_NODES) overLimit(view.place, `has more than ${MAX_NODES} nodes`, MAX_NODES, nodes);
        if (open.length >= MAX_DEPTH) overLimit(view.place, `has nodes more than ${MAX_DEPTH} deep`, MAX_DEPTH, open.length);
        if (open.length === 0 && root !== undefined) damaged(view.place, 'has two root nodes');
        const node: DeviceNode = { name: view.text(at), properties: new Map(), children: [] };
        at += aligned(node.name.length + 1);
        open.at(-1)?.children.push(node);
        root ??= node;
        open.push(node);
        break;
      }
      case TOKEN.property: {
        const node = open.at(-1) ?? damaged(view.place, 'has a property outside every node');
        if (properties++ >= MAX_PROPERTIES) overLimit(view.place, `has more than ${MAX_PROPERTIES} properties`, MAX_PROPERTIES, properties);
        const length = view.u32(at);
        node.properties.set(strings.text(view.u32(at + 4)), view.slice(at + 8, length));
        at += 8 + aligned(length);
        break;
      }
      case TOKEN.endNode:
        if (open.pop() === undefined) damaged(view.place, 'ends a node that never began');
        break;
      case TOKEN.nop: break;
      case TOKEN.end:
        if (open.length > 0 || root === undefined) damaged(view.place, 'ends inside a node');
        return root;
      default: damaged(view.place, `has the unknown token ${token} at byte ${at - 4} of its structure`);
    }
  }
}

const aligned = (length: number): number => Math.ceil(length / 4) * 4;

/** A node by its path below `node`, without unit addresses guessed. */
export function nodeAt(node: DeviceNode, ...names: string[]): DeviceNode | undefined {
  return names.reduce<DeviceNode | undefined>((parent, name) => parent?.children.find((child) => child.name === name), node);
}

/** A property as text, without the NUL at its end; undefined where there is none. */
export function textProperty(node: DeviceNode, name: string): string | undefined {
  return node.properties.get(name)?.toString('latin1').replace(/\0+$/, '');
}

/** A property of one cell, or of two where it has eight bytes. */
export function numberProperty(node: DeviceNode, name: string): number | undefined {
  const value = node.properties.get(name);
  if (value?.length === 4) return value.readUInt32BE(0);
  return value?.length === 8 ? Number(value.readBigUInt64BE(0)) : undefined;
}
