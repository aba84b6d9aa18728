import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = join(import.meta.dirname, '../..');

interface Room { room: string; level: number; promise: string; drivers?: string[] }

async function architecture(): Promise<Room[]> {
  return (JSON.parse(await readFile(join(REPOSITORY, 'architecture.json'), 'utf8')) as { rooms: Room[] }).rooms;
}

it('are the folders of src, each with a README', async () => {
  const folders = (await readdir(join(REPOSITORY, 'src'))).toSorted();
  expect(folders).toEqual((await architecture()).map(({ room }) => room).toSorted());
  const without = await Promise.all(folders.map(async (folder) => (await readdir(join(REPOSITORY, 'src', folder))).includes('README.md') ? [] : [folder]));
  expect(without.flat()).toEqual([]);
});

it('stand in the table of ARCHITECTURE.md with the same level and promise', async () => {
  const text = await readFile(join(REPOSITORY, 'ARCHITECTURE.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \| `([a-z]+)\/?` \| (.+?) \|/gm)].map(([, level, room, promise]) => `${level} ${room} ${promise}`);
  expect(rows).toEqual((await architecture()).map(({ level, room, promise }) => `${level} ${room} ${promise}`));
});

it('have no name that says nothing', async () => {
  const names = (await readdir(join(REPOSITORY, 'src'), { recursive: true })).toSorted();
  expect(names.filter((name) => /(^|[/-])(utils?|helpers?|managers?|common|misc|stuff)([-./]|$)/.test(name))).toEqual([]);
});

describe('the rules on imports find', () => {
  const FILES: Record<string, string> = {
    'architecture.json': JSON.stringify({ rooms: [
      { room: 'low', level: 0 }, { room: 'left', level: 1, drivers: ['zod'] }, { room: 'right', level: 1 }, { room: 'main', level: 9 },
    ] }),
    'package.json': '{"type":"module","dependencies":{"zod":"*"},"devDependencies":{"jest":"*"}}',
    'src/low/fine.ts': 'export const fine = 1;',
    'src/left/fine.ts': "import { fine } from '../low/fine.ts'; import { z } from 'zod'; export const left = [fine, z];",
    'src/main/fine.ts': "import { left } from '../left/fine.ts'; import 'zod'; export const all = left;",
    'src/low/upwards.ts': "import { left } from '../left/fine.ts'; export const x = left;",
    'src/low/upwards-type.ts': "import type { left } from '../left/fine.ts'; export type X = typeof left;",
    'src/right/stranger.ts': "import { left } from '../left/fine.ts'; export const x = left;",
    'src/right/driver.ts': "import { z } from 'zod'; export const x = z;",
    'src/right/one.ts': "import { two } from './two.ts'; export const one = () => two;",
    'src/right/two.ts': "import { one } from './one.ts'; export const two = () => one;",
    'src/right/lost.ts': "import { x } from './nowhere.ts'; export const y = x;",
    'src/right/tested.ts': "import { x } from '../../tests/x.ts'; export const y = x;",
    'src/right/development.ts': "import jest from 'jest'; export const y = jest;",
    'src/nowhere/room.ts': 'import "../low/fine.ts";',
    'tests/x.ts': 'export const x = 1;',
  };
  let found: string[];

  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'provenroot-rooms-'));
    try {
      for (const [path, text] of Object.entries(FILES)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
      await copyFile(join(REPOSITORY, '.dependency-cruiser.mjs'), join(root, '.dependency-cruiser.mjs'));
      await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
      found = await violations(root);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  async function violations(root: string): Promise<string[]> {
    const tool = join(REPOSITORY, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
    const run = promisify(execFile)(process.execPath, [tool, '--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'src'], { cwd: root });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
    return [...new Set(summary.violations.map(({ from, rule }) => `${from} ${rule.name}`))].toSorted();
  }

  it('what breaks them, and nothing else', () => {
    expect(found).toEqual([
      'src/low/upwards-type.ts rooms-of-low', 'src/low/upwards.ts rooms-of-low', 'src/nowhere/room.ts no-unknown-rooms',
      'src/right/development.ts no-development-packages', 'src/right/driver.ts drivers-of-left', 'src/right/lost.ts nothing-unresolved',
      'src/right/one.ts no-cycles', 'src/right/stranger.ts rooms-of-right', 'src/right/tested.ts no-tests-in-the-product',
    ]);
  });
});
