import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { sha256 } from '../../src/foundation/digest.ts';
import { startRedis } from '../support/redis.ts';
import { ended, TinyHome, until, type BuildJson, type TinyServer } from '../support/tiny-home.ts';

/** A recipe that does no more than its phases; `more` are further lines of YAML. */
const recipe = (name: string, phases: Record<string, string>, more = 'sources: []\n'): string => `format: 1
name: ${name}
version: "1"
summary: The ${name} of a test
license: MIT
${more}uses: shell
phases:
${Object.entries(phases).map(([phase, text]) => `  ${phase}: |\n${text.split('\n').map((line) => `    ${line}`).join('\n')}\n`).join('')}epoch_seconds: 1700000000
`;

const PATCH = '--- a/main.c\n+++ b/main.c\n@@ -1 +1 @@\n-int main(void) { return 1; }\n+int main(void) { return 0; }\n';
const patched = (patch: string): string => `patches: [{ file: 0001.patch, sha256: ${sha256(patch)}, origin: a test, upstream: pending }]\n`;
const source = (file: string, bytes: Uint8Array): string =>
  `license_files: [{ path: COPYING, sha256: ${'a'.repeat(64)} }]\nsources: [{ file: ${file}, sha256: ${sha256(bytes)}, size_bytes: ${bytes.byteLength}, debian_pool: pool/main/t/test/${file}, origin: pristine, unpack_to: . }]\n`;

describe('a build that fails', () => {
  let home: TinyHome;
  beforeAll(async () => {
    home = await TinyHome.open();
    await home.build();
  });
  afterAll(async () => { await home.close(); });

  const add = (name: string, phases: Record<string, string>, more?: string): Promise<string> => home.write(`recipes/${name}/recipe.yaml`, recipe(name, phases, more));
  const only = (...names: string[]): Record<string, unknown> =>
    ({ packages: Object.fromEntries(names.map((name) => [name, {}])), remove: ['hello'], images: [{ format: 'tar' }] });

  /** Builds a configuration of these packages, which must fail in one place. */
  async function failureOf(...names: string[]): Promise<BuildJson['failures'][number]> {
    return oneFailure(await home.build(await home.configuration(names.join('-'), only(...names))));
  }

  function oneFailure(built: Awaited<ReturnType<TinyHome['build']>>, code = 1): BuildJson['failures'][number] {
    expect({ code: built.code, state: built.state, failed: built.failures.length }).toEqual({ code, state: 'FAILED', failed: 1 });
    return built.failures[0]!;
  }

  it('says compile, step, phase and the compiler\'s words', async () => {
    await add('broken', { build: 'printf "int main(void) { return nothing; }\\n" >main.c\n$CC main.c' });
    const failure = await failureOf('broken');
    expect(failure).toMatchObject({ step: 'broken', kind: 'compile', message: 'broken, phase build: exited with 1' });
    expect(failure.lastLines.join('\n')).toContain("error: 'nothing' undeclared");
    const [row] = await home.rows<{ kind: string; step: string; phase: string }>("SELECT b.failure_kind AS kind, b.failure_step AS step, s.phase FROM builds b JOIN build_steps s ON s.build_id = b.id AND s.name = b.failure_step WHERE b.target_name = 'broken'");
    expect(row).toEqual({ kind: 'compile', step: 'broken', phase: 'build' });
  });

  it('says which patch was rejected', async () => {
    const archive = tarOf({ 'main.c': 'int main(void) { return 2; }\n' });
    await home.mirror('pool/main/t/test/patched.tar', archive);
    await add('patched', { build: '$CC -o program main.c' }, `${source('patched.tar', archive)}${patched(PATCH)}`);
    await home.write('recipes/patched/0001.patch', PATCH);
    const failure = await failureOf('patched');
    expect(failure).toMatchObject({ step: 'patched', kind: 'patch-rejected' });
    expect(failure.lastLines.at(-1)).toBe('the patch 0001-0001.patch does not apply');
  });

  it('names origin, expected and found where a source has another hash, and keeps nothing', async () => {
    const archive = tarOf({ 'main.c': 'int main(void) { return 0; }\n' });
    const other = Buffer.from(archive);
    other[other.indexOf('return')] = 0x52;
    await home.mirror('pool/main/t/test/swapped.tar', other);
    await add('swapped', { build: 'true' }, source('swapped.tar', archive));
    const failure = await failureOf('swapped');
    expect(failure).toMatchObject({ step: 'swapped', kind: 'source-hash', code: 'SOURCES.WRONG_HASH' });
    for (const part of [`file://${home.directory}/mirror/pool/main/t/test/swapped.tar`, sha256(archive), sha256(other)]) expect(failure.message).toContain(part);
    expect((await home.verifyStore()).findings).toEqual([]);
  });

  it('says which option did not survive the configuration', async () => {
    const file = await home.configuration('impossible', { packages: { 'tiny-kernel': { options: { config: { CONFIG_IMPOSSIBLE: 'y' } } } } });
    const failure = oneFailure(await home.build(file));
    expect(failure).toMatchObject({ step: 'tiny-kernel.config', kind: 'configuration-unsatisfied' });
    expect(failure.lastLines.at(-1)).toBe('CONFIG_IMPOSSIBLE did not survive');
  });

  it('says that a step ran out of memory', async () => {
    await add('hungry', { build: 'head -c 500M /dev/zero | tail >/dev/null' }, 'sources: []\nlimits: { memory_bytes: 67108864 }\n');
    expect(await failureOf('hungry')).toMatchObject({ step: 'hungry', kind: 'out-of-memory' });
  });

  it('says that a step took longer than it may', async () => {
    await add('sleepy', { build: 'sleep 600' }, 'sources: []\nlimits: { time_ms: 1500 }\n');
    expect(await failureOf('sleepy')).toMatchObject({ step: 'sleepy', kind: 'time-limit', message: expect.stringContaining('phase build') });
  });

  it('says that the disk was full, which is the world\'s failure', async () => {
    await add('bulky', { install: 'fallocate -l 1T /tmp/more-than-there-is' });
    const built = await home.build(await home.configuration('bulky', only('bulky')));
    expect(oneFailure(built, 4)).toMatchObject({ step: 'bulky', kind: 'disk-full' });
  });

  it('names the path that two packages claim, and both', async () => {
    for (const name of ['rival', 'other-rival']) await add(name, { install: `mkdir -p /out/target/usr/bin\necho ${name} >/out/target/usr/bin/tool` });
    const failure = await failureOf('rival', 'other-rival');
    expect(failure).toMatchObject({ step: 'root', kind: 'root-conflict', code: 'BUILD.ROOT_CONFLICT' });
    expect(failure.message).toMatch(/usr\/bin\/tool/);
    expect(failure.message).toMatch(/other-rival.*rival|rival.*other-rival/s);
  });

  it('says that it was interrupted, and goes on when it is asked for again', async () => {
    await add('lengthy', { build: 'echo begun; sleep 20; :', install: 'mkdir -p /out/target/etc; echo done >/out/target/etc/lengthy' });
    const file = await home.configuration('lengthy', only('lengthy'));
    const child = home.start('build', file, '--json');
    const run = ended(child);
    await until('a container runs', async () => (await home.containers()).length > 0 && (await home.rows("SELECT FROM build_steps WHERE name = 'lengthy' AND state = 'RUNNING'")).length > 0);
    child.kill('SIGINT');
    const { code, stdout } = await run;
    expect([code, (JSON.parse(stdout) as BuildJson).state]).toEqual([1, 'CANCELLED']);
    expect(await home.leftovers()).toEqual([]);
    await add('lengthy', { build: 'echo begun', install: 'mkdir -p /out/target/etc; echo done >/out/target/etc/lengthy' });
    expect(await home.build(file)).toMatchObject({ code: 0, state: 'SUCCEEDED' });
  });

  it('exits with 4 where the engine cannot be reached', async () => {
    const { code, stdout } = await home.cliWith({ environment: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }, 'build', 'tiny', '--cold', '--json');
    expect(code).toBe(4);
    expect(stdout).toContain('unix:///nowhere/docker.sock');
    expect(await home.rows("SELECT id FROM builds WHERE state IN ('QUEUED', 'RUNNING')")).toEqual([]);
  });
});

describe('a build over a changed catalog', () => {
  let home: TinyHome;
  let first: BuildJson;
  beforeAll(async () => {
    home = await TinyHome.open();
    first = await home.build();
  });
  afterAll(async () => { await home.close(); });

  const digestsOf = ({ images }: BuildJson): Record<string, string> => Object.fromEntries(images.map(({ name, sha256: digest }) => [name, digest]));
  const ran = async ({ build }: BuildJson): Promise<string[]> =>
    (await home.rows<{ name: string }>("SELECT name FROM build_steps WHERE build_id = $1 AND outcome = 'run' ORDER BY name", [build])).map(({ name }) => name);

  it('runs nothing where nothing changed', async () => {
    const again = await home.build();
    expect([again.build, again.steps.run, digestsOf(again)]).toEqual([first.build, 0, digestsOf(first)]);
  });

  it('makes an image again that is gone from the store, with the same bytes', async () => {
    const { sha256: digest } = first.images.find(({ name }) => name === 'rootfs.tar')!;
    await rm(join(home.home, 'store/blobs/v1/sha256', digest.slice(0, 2), digest));
    const again = await home.build();
    expect([again.state, again.build === first.build, digestsOf(again)]).toEqual(['SUCCEEDED', false, digestsOf(first)]);
    expect(await ran(again)).toEqual(['image.tar']);
  });

  it('ends where an output comes out unchanged: what needs it is not built again', async () => {
    await home.edit('recipes/hello-lib/recipe.yaml', '  build: |\n', '  build: |\n    # A remark that changes no byte of any output.\n');
    const built = await home.build();
    expect(built.state).toBe('SUCCEEDED');
    expect(await ran(built)).toEqual(['hello-lib']);
    expect(digestsOf(built)).toEqual(digestsOf(first));
    expect(built.definitionDigest).not.toBe(first.definitionDigest);
  });

  it('has nothing of a dropped package in its image, and the bytes that it had before', async () => {
    await home.write('recipes/visitor/recipe.yaml', recipe('visitor', { install: 'mkdir -p /out/target/etc/visitor.d /out/target/usr/bin\necho x | tee /out/target/etc/visitor.d/visitor.conf >/out/target/usr/bin/visitor' }));
    const names = ({ images }: BuildJson): string[] =>
      execFileSync('tar', ['-tf', images.find(({ name }) => name === 'rootfs.tar')!.path!], { encoding: 'utf8' }).split('\n');
    const withVisitor = await home.build(await home.configuration('with-visitor', { packages: { visitor: {} } }));
    expect((names(withVisitor)).filter((name) => name.includes('visitor')).length).toBe(3);
    const without = await home.build(await home.configuration('with-visitor', { packages: {} }));
    expect((names(without)).filter((name) => name.includes('visitor'))).toEqual([]);
    expect([digestsOf(without), without.steps.run]).toEqual([digestsOf(first), 0]);
  });

  it('marks a step that gives other bytes a second time; the first result stands, both are kept', async () => {
    await home.write('recipes/dice/recipe.yaml', recipe('dice', { install: 'mkdir -p /out/target/etc\ncat /proc/sys/kernel/random/uuid >/out/target/etc/dice' }));
    const file = await home.configuration('dicing', { packages: { dice: {} }, remove: ['hello'], images: [{ format: 'tar' }] });
    const one = await home.build(file);
    const two = await home.build(file, '--cold');
    expect([one.nondeterministic, two.state, two.nondeterministic]).toEqual([[], 'SUCCEEDED', ['dice']]);
    expect(two.stderr).toMatch(/NONDETERMINISTIC/);
    expect(digestsOf(two)).toEqual(digestsOf(one));
    const rows = await home.rows<{ standing: string; outputs_digest: string }>("SELECT standing, outputs_digest FROM executions WHERE step_name = 'dice' ORDER BY id");
    expect(rows.map(({ standing }) => standing)).toEqual(['first', 'deviating']);
    expect(new Set(rows.map((row) => row.outputs_digest)).size).toBe(2);
    expect(await home.rows('SELECT nondeterministic FROM builds WHERE id = $1', [two.build])).toEqual([{ nondeterministic: true }]);
  });
});

describe('a worker', () => {
  let home: TinyHome;
  beforeAll(async () => {
    home = await TinyHome.open();
    await home.write('recipes/lengthy/recipe.yaml', recipe('lengthy', { build: 'sleep 600' }));
    await home.edit('boards/tiny/board.yaml', '  hello: {}', '  lengthy: {}');
  });
  afterAll(async () => { await home.close(); });

  const running = (server: TinyServer, id: string): Promise<boolean> => until('the lengthy step runs', async () => {
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { steps(state: RUNNING) { nodes { name } } } }', { id });
    return (build.steps.nodes as { name: string }[]).some(({ name }) => name === 'lengthy');
  });

  it('that is asked to end leaves its build unfinished and nothing in the engine; the next one goes on with it', async () => {
    const first = await home.serve();
    const { id } = await first.startBuild({ board: 'tiny' });
    await running(first, id);
    expect(await first.stop()).toBe(0);
    expect(await home.leftovers()).toEqual([]);
    const second = await home.serve();
    await running(second, id);
    await second.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id });
    expect(await second.end(id)).toBe('CANCELLED');
    const events = (await second.ask('query($id: ID!) { build(id: $id) { events(first: 200) { kind } } }', { id })).build.events as { kind: string }[];
    expect(events.filter(({ kind }) => kind === 'build-started').length).toBe(2);
    expect(events.filter(({ kind }) => kind === 'build-finished').length).toBe(1);
    await second.stop();
  }, 120_000);

  it('is reached through Redis where REDIS_URL is set, and builds while Redis forgets everything', async () => {
    await home.edit('boards/tiny/board.yaml', '  lengthy: {}', '  hello: {}');
    const redis = await startRedis(await freePort());
    try {
      const server = await home.serveWith({ REDIS_URL: redis.url });
      const { id } = await server.startBuild({ board: 'tiny' });
      await until('the build runs', async () => await server.state(id) !== 'QUEUED');
      await redis.command('FLUSHALL');
      expect(await server.end(id)).toBe('SUCCEEDED');
      expect(await server.stop()).toBe(0);
    } finally {
      await redis.stop();
    }
  }, 120_000);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await promisify(server.close.bind(server))();
  return port;
}

/** `PROVENROOT_TEST_FULL=1` kills more often. */
// eslint-disable-next-line node/no-process-env
const KILLS = process.env['PROVENROOT_TEST_FULL'] === '1' ? 150 : 25;
// eslint-disable-next-line node/no-process-env
const SEED = Number(process.env['PROVENROOT_TEST_SEED'] ?? 1);
const VICTIMS = ['command line', 'worker', 'container', 'server', 'command line', 'server and worker'] as const;

describe('a process that is killed', () => {
  let home: TinyHome;
  let server: TinyServer;
  /** Events of one build. */
  let events: number;
  const random = randomFrom(SEED);
  const originals = new Map<string, string>();

  beforeAll(async () => {
    home = await TinyHome.open();
    for (const name of ['hello-lib', 'tiny-toolchain']) originals.set(name, await home.read(`recipes/${name}/recipe.yaml`));
    await home.build();
    server = await home.serve();
    await publish(0);
    expect(await server.end((await server.startBuild({ board: 'tiny' })).id)).toBe('SUCCEEDED');
    events = (await newestBuild()).events.length;
  });
  afterAll(async () => { await home.close(); });

  /** Another version of a library or, each second time, of the toolchain, on which most steps stand. */
  async function publish(round: number): Promise<void> {
    const [name, from, to] = round % 2 === 0
      ? ['hello-lib', 'const char *greeting(void);', `const char *greeting(void); /* ${round} */`] as const
      : ['tiny-toolchain', '#define TINY 1', `#define TINY 1 /* ${round} */`] as const;
    const content = Buffer.from(originals.get(name)!.replace(from, to)).toString('base64');
    const { publishRecipeVersion } = await server.ask(`mutation($name: String!, $files: [UploadedFileInput!]!) {
      publishRecipeVersion(input: { name: $name, files: $files }) { unchanged userErrors { message } } }`, { name, files: [{ path: 'recipe.yaml', content }] });
    expect(publishRecipeVersion).toEqual({ unchanged: false, userErrors: [] });
  }

  const newestBuild = async (): Promise<{ id: string; state: string; events: unknown[] }> =>
    (await server.ask('{ builds(first: 1, board: "tiny") { nodes { id state events(first: 200) { sequence } } } }')).builds.nodes[0];

  /** Somewhere between the first moment and the last event of the build that comes after `before`. */
  async function someMoment(before: string): Promise<void> {
    const wanted = Math.floor(random() * events);
    const laterMs = random() * 300;
    await until('the build is so far', async () => {
      const { id, state, events: { length } } = await newestBuild();
      return wanted === 0 || (id !== before && (length >= wanted || (state !== 'QUEUED' && state !== 'RUNNING')));
    });
    await sleep(laterMs);
  }

  async function killCommandLine(): Promise<void> {
    const { id } = await newestBuild();
    const child = home.start('build', 'tiny', '--json');
    const gone = once(child, 'exit');
    await someMoment(id);
    child.kill('SIGKILL');
    await gone;
    await finishByCommandLine();
  }

  async function killContainer(): Promise<void> {
    // A build of seconds may be over before it is hit; where nothing was, the same again over another recipe.
    for (let attempt = 1; attempt <= 5 && !await killOneContainer(); attempt++) await publish(1000 * attempt + Math.floor(random() * 1000));
    await finishByCommandLine();
  }

  async function killOneContainer(): Promise<boolean> {
    const run = ended(home.start('build', 'tiny', '--json'));
    let over = false;
    let hit = false;
    void run.then(() => { over = true; });
    const wanted = 1 + Math.floor(random() * 3);
    const seen = new Set<string>();
    await until('a container is killed', async () => {
      const containers = await home.containers();
      for (const container of containers) seen.add(container);
      return over || (seen.size >= wanted && containers[0] !== undefined && home.engine.getContainer(containers[0]).kill({ signal: 'SIGKILL' }).then(() => { hit = true; return true; }, () => false));
    });
    expect([0, 1]).toContain((await run).code);
    return hit;
  }

  async function finishByCommandLine(): Promise<void> {
    expect(await home.build()).toMatchObject({ code: 0, state: 'SUCCEEDED' });
  }

  async function killServing(...victims: ('server' | 'worker')[]): Promise<void> {
    const before = await newestBuild();
    const { id } = await server.startBuild({ board: 'tiny' });
    await someMoment(before.id);
    const worker = await server.worker();
    const gone = once(server.child, 'exit');
    if (victims.includes('server')) server.child.kill('SIGKILL');
    if (victims.includes('worker')) process.kill(worker, 'SIGKILL');
    if (victims.includes('server')) {
      await gone;
      server = await home.serve();
    }
    expect(await server.end(id)).toBe('SUCCEEDED');
  }

  const kill: Record<typeof VICTIMS[number], () => Promise<void>> = {
    'command line': killCommandLine,
    container: killContainer,
    worker: () => killServing('worker'),
    server: () => killServing('server'),
    'server and worker': () => killServing('server', 'worker'),
  };

  it.each(Array.from({ length: KILLS }, (_, i) => [i + 1, VICTIMS[i % VICTIMS.length]!] as const))('%i: %s; the next run finishes, and no half object is there', async (round, victim) => {
    await publish(round);
    await kill[victim]();
    expect((await home.verifyStore()).findings).toEqual([]);
    await until('nothing is left in the engine', async () => (await home.leftovers()).length === 0, 15_000);
  }, 180_000);

  it('has had nothing built twice that was built', async () => {
    expect(await home.rows("SELECT step_name, action_key, count(*)::int FROM executions WHERE outcome = 'succeeded' GROUP BY 1, 2 HAVING count(*) > 1")).toEqual([]);
    expect(await home.rows("SELECT id, state FROM builds WHERE state IN ('QUEUED', 'RUNNING')")).toEqual([]);
    // A worker that has ended a build signs its provenance, then the task is done; one that was killed in between is
    // found out when its lease is over.
    await until('every task has ended', async () => (await home.rows("SELECT FROM tasks WHERE state IN ('QUEUED', 'RUNNING')")).length === 0, 300_000);
    const gaps = await home.rows('SELECT build_id FROM build_events GROUP BY build_id HAVING max(sequence) <> count(*)');
    expect(gaps).toEqual([]);
    const unfinished = await home.rows("SELECT b.id, s.name, s.state FROM builds b JOIN build_steps s ON s.build_id = b.id WHERE b.state = 'SUCCEEDED' AND s.state <> 'SUCCEEDED'");
    expect(unfinished).toEqual([]);
  });

  it('was really hit in the middle: builds were taken over, containers died under their steps', async () => {
    const [met] = await home.rows<{ over: number; failed: number }>("SELECT count(*) FILTER (WHERE epoch > 1)::int AS over, count(*) FILTER (WHERE state = 'FAILED')::int AS failed FROM builds");
    expect(met!.over).toBeGreaterThan(KILLS / 5);
    expect(met!.failed).toBeGreaterThan(0);
    expect(await readdir(join(home.home, 'links'))).toEqual([]);
  });

  it('leaves a server that ends in order', async () => {
    expect(await server.stop()).toBe(0);
    await until('nothing of the home runs', async () => (await home.processes()).length === 0, 20_000);
  });
});

/** Uniform in [0, 1), the same for the same seed on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function tarOf(files: Record<string, string>): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'provenroot-tar-'));
  try {
    mkdirSync(join(directory, 'top'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, 'top', name), text);
    execFileSync('tar', ['--format=ustar', '--owner=0', '--group=0', '-cf', 'made.tar', 'top'], { cwd: directory });
    return readFileSync(join(directory, 'made.tar'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
