import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ERRORS } from '../../src/foundation/error-registry.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const CODES = Object.keys(ERRORS);
const roomOf = (code: string): string => code.slice(0, code.indexOf('.'));

async function productText(): Promise<string> {
  const files = (await readdir(join(REPOSITORY, 'src'), { recursive: true })).toSorted()
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.startsWith('records/generated') && name !== 'foundation/error-registry.ts');
  return (await Promise.all(files.map((name) => readFile(join(REPOSITORY, 'src', name), 'utf8')))).join('\n');
}

/** `UPDATE=1` rewrites it. */
it('stand in docs/errors.md as the registry has them', async () => {
  const path = join(REPOSITORY, 'docs/errors.md');
  if (process.env['UPDATE'] === '1') await writeFile(path, errorsPage());
  expect(await readFile(path, 'utf8')).toBe(errorsPage());
});

it('are named after a room, sorted within it, the rooms in the order of their levels', async () => {
  const { rooms } = JSON.parse(await readFile(join(REPOSITORY, 'architecture.json'), 'utf8')) as { rooms: { room: string }[] };
  const order = rooms.map(({ room }) => room.toUpperCase());
  expect(CODES.filter((code) => !order.includes(roomOf(code)))).toEqual([]);
  const sorted = CODES.toSorted((a, b) => order.indexOf(roomOf(a)) - order.indexOf(roomOf(b)) || (a < b ? -1 : 1));
  expect(CODES).toEqual(sorted);
});

it('are all used', async () => {
  const text = await productText();
  expect(CODES.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
});

it('say what happened and what to do, each in whole sentences of its own', () => {
  for (const [code, { summary, remedy, http }] of Object.entries(ERRORS)) {
    expect({ code, summary, remedy }).toEqual({ code, summary: expect.stringMatching(/^\S.*[^.]$/), remedy: expect.stringMatching(/^\S.*\.$/) });
    expect(http === 200 || (http >= 400 && http < 600)).toBe(true);
  }
});

function errorsPage(): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const rows = Object.entries(ERRORS).map(([code, { http, exit, summary, remedy }]) => `| \`${code}\` | ${http} | ${exit} | ${cell(summary)} | ${cell(remedy)} |`);
  return [
    '# Errors', '', '<!-- Generated from src/foundation/error-registry.ts by `npm run docs`; do not edit. -->', '',
    'The same codes everywhere: on the terminal, in `--json`, in GraphQL (`extensions.code`, `userErrors.code`) and in REST.', '',
    '| code | HTTP | exit | what happened | what to do |', '|---|---|---|---|---|', ...rows, '',
    '| exit | meaning |', '|---|---|', ...EXITS.map(([exit, meaning]) => `| ${exit} | ${meaning} |`), '',
  ].join('\n');
}

const EXITS = [
  [0, 'done, or equal'], [1, 'the honest answer is no: build failed, differs, not reproduced, policy violated'], [2, 'bad input or usage'],
  [3, 'equal but for explained noise'], [4, 'the world failed: engine, network, disk'], [5, 'undecided: inputs or definitions do not allow an answer'],
  [70, 'a bug of ours'],
] as const;
