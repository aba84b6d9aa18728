import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { writeTar } from '../../src/image/write-tar.ts';
import { missing, tool } from '../support/foreign-images.ts';
import { imagePairs } from '../support/image-pairs.ts';
import { bytesOf } from '../support/sample-trees.ts';

const MAIN = join(import.meta.dirname, '../../src/main');
const HAS_XZ = missing('xz').length === 0;
const OPTIONS = ['--no-warnings', '--max-semi-space-size=8', '--no-concurrent-recompilation'];

interface Run { code: number | null; stdout: string; stderr: string }

describe('a comparison that starts from a snapshot', () => {
  let scratch: string;
  let snapshot: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'snapshot-'));
    snapshot = join(scratch, 'snapshot');
    const made = spawnSync(process.execPath, [...OPTIONS, join(MAIN, 'make-snapshot.ts'), snapshot], { encoding: 'utf8', env: { PATH: process.env['PATH'] } });
    expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: '' });
    for (const [name, words] of [['a.txt', 'one'], ['b.txt', 'another'], ['same.txt', 'one']] as const) writeFileSync(join(scratch, name), `first\n${words}\nlast of 2024-01-02 03:04:05\n`);
    for (const name of ['a', 'b']) writeFileSync(join(scratch, `${name}.gz`), gzipSync(readFileSync(join(scratch, `${name}.txt`))));
    const pair = imagePairs()[1]!;
    for (const [name, sample] of [['a', pair.left], ['b', pair.right]] as const) writeFileSync(join(scratch, `${name}.tar`), await bytesOf(writeTar(sample.tree, sample.blobs, { epochSeconds: 1 })));
    const program = readFileSync('/bin/true');
    writeFileSync(join(scratch, 'a.elf'), program);
    const entry = Number(program.readBigUInt64LE(24));
    program.writeUInt8(program[entry]! ^ 1, entry);
    writeFileSync(join(scratch, 'b.elf'), program);
    if (HAS_XZ) for (const name of ['a', 'b']) tool('xz', ['-k', join(scratch, `${name}.tar`)]);
  }, 120_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const run = async (options: readonly string[], words: readonly string[]): Promise<Run> => {
    const child = spawn(process.execPath, [...OPTIONS, ...options, join(MAIN, 'cli.mjs'), ...words], { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], PROVENROOT_HOME: join(scratch, 'home') } });
    const told: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => { told.stdout += String(chunk); });
    child.stderr.on('data', (chunk) => { told.stderr += String(chunk); });
    const [code] = await once(child, 'close') as [number | null];
    return { ...told, code };
  };
  const both = async (words: readonly string[]): Promise<[Run, Run]> => [await run(['--snapshot-blob', snapshot], words), await run([], words)];

  test.each([
    ['text', ['diff', 'a.txt', 'b.txt'], 1], ['equal text', ['diff', 'a.txt', 'same.txt'], 0], ['as JSON', ['diff', 'a.txt', 'b.txt', '--json'], 1],
    ['packed text', ['diff', 'a.gz', 'b.gz'], 1], ['images', ['diff', 'a.tar', 'b.tar'], 1], ['a part of them', ['diff', 'a.tar', 'b.tar', '--only', 'images'], 1],
    ['an image and a text', ['diff', 'a.tar', 'a.txt'], 1], ['programs', ['diff', 'a.elf', 'b.elf'], 1], ['the code of programs', ['explain-diff', 'a.elf', 'b.elf', '/'], 1],
    ['a path of images', ['explain-diff', 'a.tar', 'b.tar', '/etc'], 1], ...(HAS_XZ ? [['packed images', ['diff', 'a.tar.xz', 'b.tar.xz'], 1] as const] : []), ['rules', ['diff', 'a.tar', 'b.tar', '--fail-on', 'setuid'], 0],
    ['an option that is none', ['diff', 'a.txt', 'b.txt', '--nonsense'], 2], ['a rule that is none', ['diff', 'a.txt', 'b.txt', '--fail-on', 'nonsense', '--json'], 2],
    ['a directory and a file', ['diff', './', 'a.txt'], 2], ['no file', ['diff', 'a.txt', './none'], 2],
  ] as const)('says what it says without: %s', async (_what, words, code) => {
    const [from, without] = await both(words);
    expect(from).toEqual(without);
    expect(from.code).toBe(code);
  });

  it('has the code of programs told by instructions', async () => {
    const { stdout } = await run(['--snapshot-blob', snapshot], ['explain-diff', 'a.elf', 'b.elf', '/']);
    expect(stdout).toContain('.text');
  });

  it('writes the report that is written without', async () => {
    const reports: string[] = [];
    for (const options of [['--snapshot-blob', snapshot], []]) {
      await run(options, ['diff', 'a.tar', 'b.tar', '--html', 'report.html']);
      reports.push(readFileSync(join(scratch, 'report.html'), 'utf8'));
      rmSync(join(scratch, 'report.html'));
    }
    expect(reports[0]).toContain('<html');
    expect(reports[0]).toBe(reports[1]);
  });

  it('begins anew, as the command that it is, where anything else is asked for', async () => {
    for (const words of [['--version'], ['build'], ['plan', 'no board']]) {
      const [from, without] = await both(words);
      expect(from).toEqual(without);
    }
  });
});
