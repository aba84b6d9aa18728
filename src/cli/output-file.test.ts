import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { writeArchive, writeWhole } from './output-file.ts';

let base: string;
beforeEach(() => { base = mkdtempSync(join(tmpdir(), 'output-')); });
afterEach(() => { rmSync(base, { recursive: true, force: true }); });

async function* archive(): AsyncIterable<Uint8Array> {
  yield Buffer.from('whole');
}

/** What somebody reads who waits at the pipe. */
async function throughPipe(write: (path: string) => Promise<unknown>): Promise<string> {
  const pipe = join(base, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  let read = '';
  reader.stdout.on('data', (chunk: Buffer) => { read += chunk.toString(); });
  try {
    const closed = once(reader, 'close');
    await write(pipe);
    // Still the pipe: a file of that name would leave the reader waiting.
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    await closed;
  } finally {
    reader.kill();
  }
  return read;
}

it('writes into a pipe or a device, and never puts a file in its place', async () => {
  expect(await throughPipe((path) => writeWhole(path, 'whole'))).toBe('whole');
  rmSync(join(base, 'pipe'));
  expect(await throughPipe((path) => writeArchive(archive(), path))).toBe('whole');
  expect(readdirSync(base)).toEqual(['pipe']);
});

it('leaves what was there, and nothing besides, where it cannot write', async () => {
  const file = join(base, 'file');
  writeFileSync(file, 'before');
  await writeWhole(file, 'after');
  expect(readFileSync(file, 'utf8')).toBe('after');
  mkdirSync(join(base, 'directory'));
  for (const path of [join(base, 'directory'), join(base, 'none/file')]) {
    await expect(writeWhole(path, 'x')).rejects.toMatchObject({ code: 'ACTIONS.CANNOT_WRITE' });
    await expect(writeArchive(archive(), path)).rejects.toMatchObject({ code: 'ACTIONS.CANNOT_WRITE' });
  }
  expect(readdirSync(base)).toEqual(['directory', 'file']);
});
