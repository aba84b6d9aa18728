// A process of its own (`spdx3-gates.ts` starts it): PATH GATE...; prints JSON, by gate a list of `rule`, `at`, `message`.
import { readFile } from 'node:fs/promises';

import { shapeProblems, type ShapeProblem } from './spdx3-shapes.ts';
import { schemaProblems } from './schema-gate.ts';

const GATES: Readonly<Record<string, (text: string) => Promise<ShapeProblem[]>>> = {
  'spdx3-schema': async (text) => schemaProblems(text, '').map(({ rule, path: place, message }) => ({ rule, at: place.slice(1), message })),
  'spdx3-shacl': shapeProblems,
};

const [path = '', ...gates] = process.argv.slice(2);
const text = await readFile(path, 'utf8');
const judged: Record<string, ShapeProblem[]> = {};
for (const gate of gates) judged[gate] = (await GATES[gate]!(text)).slice(0, 100);
process.stdout.write(JSON.stringify(judged));
