import { propertyText } from '../content/devicetree-text.ts';
import type { DeviceNode, DeviceTree } from '../content/devicetree.ts';

type Pair = readonly [name: string, value: string];

/** Every node and property by its path, values as the source language writes them; `withoutData` leaves out what FIT images pack. */
export function devicePairs({ root, reservations, bootCpu }: DeviceTree, withoutData: boolean): Pair[] {
  return [
    ['boot cpu', String(bootCpu)], ...reservations.map(({ address, sizeBytes }): Pair => ['/memreserve/', `0x${address.toString(16)} 0x${sizeBytes.toString(16)}`]),
    ...nodePairs(root, '/', withoutData),
  ];
}

function nodePairs({ properties, children }: DeviceNode, path: string, withoutData: boolean): Pair[] {
  const inner = path === '/' ? '/' : `${path}/`;
  return [
    [path, 'node'],
    ...[...properties].filter(([name]) => !(withoutData && name === 'data')).map(([name, value]): Pair => [`${path} ${name}`, value.length === 0 ? 'set' : propertyText(value)]),
    ...children.flatMap((child) => nodePairs(child, `${inner}${child.name}`, withoutData)),
  ];
}
