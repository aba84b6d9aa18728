import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { EvidenceHome, retarred } from '../support/evidence-archive.ts';
import { importClosure } from '../support/import-closure.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const ENTRY = 'src/main/verify-bundle.mjs';

let folder: string;
let issuer: EvidenceHome;
let archive: Buffer;
let closure: Awaited<ReturnType<typeof importClosure>>;

/** An otherwise empty folder with what the entry needs: nothing else of Provenroot is in reach of it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provenroot-stranger-'));
  closure = await importClosure(REPOSITORY, ENTRY);
  for (const file of closure.files) {
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(REPOSITORY, file), join(folder, file));
  }
  for (const name of closure.packages) await cp(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  issuer = await EvidenceHome.open();
  archive = await issuer.archive(await issuer.content([await issuer.provenance()]));
  await writeFile(join(folder, 'e.tar'), archive);
  await writeFile(join(folder, 'root.json'), await issuer.rootJson());
});

afterAll(async () => {
  await issuer.keys.remove();
  await rm(folder, { recursive: true });
});

interface Ended { code: number; stdout: string; stderr: string }

/** In a network namespace of its own where the machine allows it: not even localhost. */
function stranger(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile('unshare', ['--net', '--map-root-user', process.execPath, '--no-warnings', ENTRY, ...args], { cwd: folder, env: { HOME: folder } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const stepsOf = ({ stdout }: Ended): Record<string, string> => Object.fromEntries((JSON.parse(stdout) as { steps: { step: string; outcome: string; code?: string }[] }).steps.map(({ step, outcome, code }) => [step, code ?? outcome]));

describe('a stranger with an archive, a root.json and one folder of files', () => {
  it('needs no database, no engine, no queue, no store, and one package', () => {
    expect(closure.packages).toEqual(['canonicalize']);
    expect([...new Set(closure.files.map((file) => file.split('/')[1]))].filter((room) => ['records', 'queue', 'store', 'sandbox', 'build', 'actions', 'api', 'cli', 'worker'].includes(room!))).toEqual([]);
    expect(closure.files.length).toBeLessThan(80);
  });

  it('gets every step\'s outcome, offline and in an empty environment', async () => {
    const ended = await stranger('e.tar', '--root', 'root.json', '--json');
    expect([ended.code, stepsOf(ended)]).toEqual([0, {
      archive: 'passed', root: 'passed', log: 'passed', signatures: 'passed', types: 'passed', parameters: 'passed', builder: 'passed', subject: 'skipped', release: 'skipped', inputs: 'skipped',
      expectations: 'skipped', completeness: 'passed', rebuilds: 'skipped',
    }]);
  });

  it('is told that a file is none of the subjects', async () => {
    await writeFile(join(folder, 'another.img'), 'another');
    const ended = await stranger('e.tar', '--root', 'root.json', '--file', 'another.img', '--json');
    expect([ended.code, stepsOf(ended)['subject']]).toEqual([1, 'EVIDENCE.NOT_A_SUBJECT']);
  });

  it('is told that an archive was tampered with, in words and by exit code', async () => {
    await writeFile(join(folder, 'tampered.tar'), await retarred(archive, (files) => { files.set('checkpoint', Buffer.from(files.get('checkpoint')!.toString().replace('\n1\n', '\n2\n'))); }));
    const ended = await stranger('tampered.tar', '--root', 'root.json');
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain('SIGNING.NOT_SIGNED');
    expect(ended.stdout).toContain('Not verified');
  });

  it('is told that another operator\'s root.json does not fit', async () => {
    const other = await EvidenceHome.open();
    await writeFile(join(folder, 'other.json'), await other.rootJson());
    const ended = await stranger('e.tar', '--root', 'other.json', '--json');
    await other.keys.remove();
    expect([ended.code, stepsOf(ended)['root']]).toEqual([1, 'EVIDENCE.FOREIGN_ROOT']);
  });

  it.each([
    [['e.tar'], 'usage'], [['e.tar', '--root', 'root.json', '--what'], 'usage'], [['e.tar', '--root', 'e.tar'], 'SIGNING.BAD_'],
  ])('is told what is wrong with the question %j', async (args, words) => {
    const { code, stderr } = await stranger(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it('is told that a file is not there', async () => {
    const missing = await stranger('nowhere.tar', '--root', 'root.json');
    expect(missing.code).toBe(4);
    expect(missing.stderr).toContain('nowhere.tar');
  });
});
