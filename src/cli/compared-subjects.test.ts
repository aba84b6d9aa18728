import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Failure } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';
import { buildNamed, isFile } from './compared-subjects.ts';

let base: string;
let before: string;
beforeEach(() => {
  before = process.cwd();
  base = mkdtempSync(join(tmpdir(), 'subjects-'));
  process.chdir(base);
});
afterEach(() => {
  process.chdir(before);
  rmSync(base, { recursive: true, force: true });
});

it('takes a file for a file under any name, a directory only where a slash says so', async () => {
  mkdirSync('opt');
  writeFileSync('lean', '');
  symlinkSync('lean', 'soft');
  expect([await isFile('lean'), await isFile('soft'), await isFile('./opt'), await isFile('opt/'), await isFile('.')]).toEqual([true, true, true, true, true]);
  expect([await isFile('opt'), await isFile('tun')]).toEqual([false, false]);
});

it('refuses what is no file and no directory, and paths where nothing is: each by name, at once', async () => {
  execFileSync('mkfifo', ['pipe']);
  symlinkSync('round', 'round');
  for (const [word, why] of [['pipe', 'a pipe'], ['/dev/null', 'a device'], ['./nothing', 'not there'], ['pipe/below', 'not there'], ['round', 'ELOOP'], ['n'.repeat(300), 'ENAMETOOLONG']] as const) {
    await expect(isFile(word)).rejects.toMatchObject({ code: 'CLI.UNREADABLE', place: word, message: expect.stringContaining(why) as string });
  }
});

it('says of a word that is neither that it is neither; of a directory how it is named', async () => {
  mkdirSync('out');
  const unknown = new Failure('RECORDS.UNKNOWN', 'no finished build is on record', { hint: 'Finished builds there are of: opt.' });
  const workshop = { records: { resolveBuild: () => Promise.reject(unknown) } } as unknown as Parameters<typeof buildNamed>[2];
  const named = (word: string): Promise<string> => buildNamed(word, {} as CliDeps, workshop);
  await expect(named('old.img')).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN', message: 'there is no file "old.img", and no finished build is on record', hint: 'Finished builds there are of: opt.' });
  await expect(named('out')).rejects.toMatchObject({ message: expect.stringContaining('"out" is a directory') as string, hint: expect.stringContaining('out/') as string });
});
