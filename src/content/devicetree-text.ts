import { overLimit } from '../bytes/read-failure.ts';
import { sortedBy } from '../foundation/order.ts';
import type { DeviceNode, DeviceTree } from './devicetree.ts';

/** The largest trees of real boards have 0.5 MB; what carries files has no text. */
const MAX_TREE_BYTES = 8 * 2 ** 20;

/**
 * A device tree as its source language writes it: properties and children sorted by name, so that two files that mean the
 * same read the same. `dtc` compiles it back to the same tree.
 * Throws BYTES.LIMIT for one of more than 8 MiB.
 */
export function deviceTreeText({ reservations, root, totalBytes }: DeviceTree): string {
  if (totalBytes > MAX_TREE_BYTES) overLimit('the device tree', `has ${totalBytes} bytes, written as text are at most ${MAX_TREE_BYTES}`, MAX_TREE_BYTES, totalBytes);
  const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;
  return ['/dts-v1/;', '', ...reservations.map(({ address, sizeBytes }) => `/memreserve/ ${hex(address)} ${hex(sizeBytes)};`), ...nodeLines(root, '/', ''), ''].join('\n');
}

function nodeLines(node: DeviceNode, name: string, indent: string): string[] {
  const inner = `${indent}\t`;
  const properties = sortedBy(node.properties, ([key]) => key).map(([key, value]) => `${inner}${key}${value.length === 0 ? '' : ` = ${propertyText(value)}`};`);
  const children = sortedBy(node.children, (child) => child.name).flatMap((child) => nodeLines(child, child.name, inner));
  return [`${indent}${name} {`, ...properties, ...children, `${indent}};`];
}

/** The type is not stored: text where all of it is printable and ended, else cells, else bytes (as `dtc` and `fdtdump` guess). */
export function propertyText(value: Buffer): string {
  if (isText(value)) return value.subarray(0, -1).toString('latin1').split('\0').map((text) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`).join(', ');
  if (value.length % 4 === 0) return `<${Array.from({ length: value.length / 4 }, (_, i) => `0x${value.readUInt32BE(4 * i).toString(16).padStart(2, '0')}`).join(' ')}>`;
  return `[${[...value].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}]`;
}

function isText(value: Buffer): boolean {
  if (value.length === 0 || value.at(-1) !== 0) return false;
  return value.every((byte, at) => (byte === 0 ? at > 0 && value[at - 1] !== 0 : byte >= 0x20 && byte < 0x7f));
}
