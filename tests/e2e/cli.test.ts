import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { unlessGone } from '../../src/sandbox/leftovers.ts';
import { readLock } from '../../src/sandbox/lock.ts';
import { archive, member } from '../support/crafted-tar.ts';
import { sandboxPackages } from '../support/sandbox-packages.ts';
import { ended, TinyHome, until, type CliRun } from '../support/tiny-home.ts';

const SCHEMAS = join(import.meta.dirname, '../../docs/schema');
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const checks = new Map<string, ValidateFunction>();

function schemaOf(verb: string): ValidateFunction {
  const check = checks.get(verb) ?? ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `cli-${verb}.schema.json`), 'utf8')) as object);
  checks.set(verb, check);
  return check;
}

/** The one object on stdout, which must be of the verb's published shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function shaped(verb: string, { stdout, stderr }: CliRun): any {
  const lines = stdout.trimEnd().split('\n');
  if (lines.length !== 1 || lines[0] === '') throw new RangeError(`not one object: ${stdout}\n${stderr}`);
  const value = JSON.parse(lines[0]!) as unknown;
  const check = schemaOf(verb);
  check(value);
  expect(check.errors ?? []).toEqual([]);
  return value;
}

const ARCHIVE = Buffer.from('these bytes stand for an archive\n');
const LOUD_RECIPE = `format: 1
name: loud
version: "3"
summary: Prints what a terminal would act on
license: MIT
license_files: [{ path: COPYING, sha256: ${'a'.repeat(64)} }]
sources: [{ file: loud.bin, sha256: ${sha256(ARCHIVE)}, size_bytes: ${ARCHIVE.byteLength}, debian_pool: pool/main/l/loud/loud.bin, origin: pristine }]
options:
  seconds: { type: integer, description: How long it takes, default: 0 }
uses: shell
phases:
  build: |
    printf '\\033]0;title\\007first\\n'
    sleep "$opt_seconds"
    echo second
    cmp /src/sources/loud.bin /src/sources/loud.bin
  install: |
    mkdir -p /out/target/usr/share
    cp /src/sources/loud.bin /out/target/usr/share/loud
epoch_seconds: 1700000000
`;

let home: TinyHome;
let database: Database;
const cli = (line: string): Promise<CliRun> => home.cli(...line.split(' '));
/** With `--json`, in the shape of the verb. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const json = async (verb: string, line: string, code = 0): Promise<any> => {
  const run = await cli(`${line} --json`);
  expect({ line, code: run.code, stderr: code === 0 ? '' : run.stderr }).toEqual({ line, code, stderr: code === 0 ? '' : run.stderr });
  return shaped(code === 0 || run.stdout.startsWith('{"error"') === false ? verb : 'error', run);
};

beforeAll(async () => {
  home = await TinyHome.open();
  await home.write('recipes/loud/recipe.yaml', LOUD_RECIPE);
  await home.mirror('pool/main/l/loud/loud.bin', ARCHIVE);
  // Held open, so that not every command has to start it.
  database = await openDatabase({ home: home.home, clock: systemClock });
}, 120_000);
afterAll(async () => {
  await database.close();
  await home.close();
});

describe('a fresh home', () => {
  it('has boards and recipes, and nothing else', async () => {
    expect((await json('list', 'list boards')).boards).toEqual([{ name: 'tiny', architecture: 'tiny64', summary: 'A board of tiny recipes, for tests' }]);
    expect((await json('list', 'list recipes')).recipes).toContainEqual({ name: 'loud', version: '3', role: 'package', license: 'MIT', summary: 'Prints what a terminal would act on' });
    expect((await json('list', 'list configs')).configs).toEqual([]);
    expect((await json('list', 'list builds')).builds).toEqual([]);
  });

  it('plans every step as one that will run, in an order that respects needs', async () => {
    const { steps, configuration } = await json('plan', 'plan tiny');
    expect(configuration).toBeNull();
    expect(new Set(steps.map(({ outcome }: { outcome: string }) => outcome))).toEqual(new Set(['will-run']));
    const seen = new Set<string>();
    for (const { name, needs } of steps as { name: string; needs: string[] }[]) {
      expect(needs.filter((need) => !seen.has(need))).toEqual([]);
      seen.add(name);
    }
  });

  it('answers what is not there with the code of bad input, and says what is', async () => {
    expect((await json('show', 'show tiny', 2)).error).toMatchObject({ code: 'RECORDS.UNKNOWN' });
    expect((await cli('show tiny')).stderr).toContain('there is a board of that name: ./provenroot show board:tiny');
    expect((await json('show', 'show recipe:helo', 2)).error).toMatchObject({ code: 'CATALOG.NOT_FOUND', hint: 'did you mean `hello`?' });
    expect((await json('plan', 'plan tny', 2)).error).toMatchObject({ code: 'PLAN.UNKNOWN_TARGET' });
    expect((await json('log', 'log ../etc', 2)).error).toMatchObject({ code: 'RECORDS.BAD_REFERENCE' });
  });

  it('has no shell for a step before its needs are built, and names the command that builds them', async () => {
    const { code, stderr } = await cli('shell hello --target tiny');
    expect([code, stderr]).toEqual([5, expect.stringContaining('remedy: Run first: ./provenroot build tiny')]);
  });

  it('is well by the doctor\'s word, unless the engine is away', async () => {
    const { healthy, checks: rows } = await json('doctor', 'doctor');
    expect([healthy, rows.length]).toEqual([true, 10]);
    const away = await home.cliWith({ environment: { DOCKER_HOST: `unix://${home.directory}/nobody.sock` } }, 'doctor', '--json');
    expect(away.code).toBe(4);
    const notOk = (shaped('doctor', away).checks as { name: string; ok: boolean; remedy: string }[]).filter(({ ok }) => !ok);
    expect(notOk.map(({ name }) => name)).toEqual(['engine', 'sandbox']);
    expect(notOk[0]!.remedy).toContain('Start it');
  });
});

describe('setting up and serving', () => {
  it('say what they did in their shapes', async () => {
    expect(await json('setup', 'setup')).toMatchObject({ engine: 'was-running' });
    const serving = home.start('serve', '--port', '0', '--no-worker', '--json');
    const end = ended(serving);
    let address = '';
    serving.stdout!.on('data', (text: string) => { address += text; });
    await until('the server listens', async () => address.includes('\n'));
    serving.kill('SIGTERM');
    const run = await end;
    expect([run.code, shaped('serve', run).graphql]).toEqual([0, `${shaped('serve', run).address}/graphql`]);
  });
});

describe('configurations', () => {
  it('begin as their board and are changed in revisions', async () => {
    expect(await json('config-new', 'config new mine --board tiny')).toMatchObject({ configuration: 'mine', revision: 1, unchanged: false });
    expect(await json('config-add', 'config add mine loud')).toMatchObject({ revision: 2, added: ['loud'], removed: [] });
    expect(await json('config-set', 'config set mine hello.loud=true system.hostname=box images=tar,ext4')).toMatchObject({ revision: 3, changed: ['hello'] });
    expect(await json('config-set', 'config set mine hello.loud=true')).toMatchObject({ revision: 3, unchanged: true });
    expect(await json('config-remove', 'config remove mine loud')).toMatchObject({ revision: 4, removed: ['loud'] });
    expect(await json('config-add', 'config add mine loud')).toMatchObject({ revision: 5, added: ['loud'] });
    expect((await json('list', 'list configs')).configs).toMatchObject([{ configuration: 'mine', board: 'tiny', revision: 5 }]);
  });

  it('are left as they were by what does not resolve, with all that is wrong at once', async () => {
    const { error } = await json('config-set', 'config set mine hello.lod=true bogus.x=1 hello.loud=maybe images=ext5', 2);
    expect(error.code).toBe('PLAN.UNRESOLVED');
    expect(error.findings.map(({ suggestion }: { suggestion?: string }) => suggestion)).toEqual(expect.arrayContaining(['did you mean `loud`?', 'did you mean `ext4`?']));
    expect(error.findings).toHaveLength(4);
    expect((await cli('config add mine helo tiny-kernel')).stderr.match(/^mine: error: /gm)).toHaveLength(2);
    expect((await json('config-show', 'config show mine')).revision).toBe(5);
  });

  it.each([
    ['config new tiny --board tiny', 'CATALOG.INVALID'], ['config new Mine --board tiny', 'CATALOG.INVALID'], ['config new mine --board tiny', 'RECORDS.ALREADY_THERE'],
    ['config new other --board tny', 'PLAN.UNRESOLVED'], ['config show other', 'RECORDS.UNKNOWN'], ['config set mine nonsense', 'CATALOG.INVALID'],
  ])('are refused: %s', async (line, code) => {
    expect((await json('config-new', line, 2)).error.code).toBe(code);
  });

  it('explain why a package is in, what needs it, what would leave with it', async () => {
    expect(await json('config-show', 'config show mine --explain hello-lib')).toMatchObject({
      included: true, shipped: true, neededBy: ['hello'], why: ['hello-lib is needed by hello at run time', 'hello is a package of the board'],
    });
    expect((await json('config-show', 'config show mine --explain hello')).leavesWithIt).toEqual(['greeting-tool', 'hello-lib']);
    await json('config-remove', 'config remove mine loud');
    expect(await json('config-show', 'config show mine --explain loud')).toMatchObject({ included: false, why: [] });
    await json('config-add', 'config add mine loud');
    expect((await json('config-show', 'config show mine --explain lod', 2)).error).toMatchObject({ code: 'CATALOG.NOT_FOUND', hint: 'did you mean `loud`?' });
  });

  it('are searched by package and option', async () => {
    const { packages } = await json('config-search', 'config search mine capitals');
    expect(packages).toMatchObject([{ name: 'hello', included: true, options: [{ name: 'loud', default: false }] }]);
  });

  it('are saved as what differs from the defaults, in a file that gives the same build', async () => {
    const file = join(home.directory, 'saved.yaml');
    const { text } = await json('config-save', `config save mine ${file}`);
    expect(text).toBe(readFileSync(file, 'utf8'));
    expect((await cli('config save mine')).stdout).toBe(text);
    expect(text).not.toContain('hello-lib');
    const [saved, stored] = [await json('plan', `plan ${file}`), await json('plan', 'plan mine')];
    expect(saved.steps).toEqual(stored.steps);
    expect((await json('config-save', 'config save mine /nowhere/at/all', 4)).error.code).toBe('ACTIONS.CANNOT_WRITE');
  });

  it('keep the versions that they pin until they are told to take the new ones', async () => {
    await home.edit('recipes/hello-lib/recipe.yaml', 'version: "1.0"', 'version: "1.1"');
    try {
      const before = await json('show', 'show config:mine');
      expect(before.outdated).toMatchObject([{ kind: 'recipe', name: 'hello-lib' }]);
      expect((await json('config-set', 'config set mine system.banner=Hello')).changed).toEqual([]);
      expect(await json('config-update', 'config update mine')).toMatchObject({ revision: before.revision + 2, changed: ['hello-lib'] });
      expect((await json('show', 'show config:mine')).outdated).toEqual([]);
    } finally {
      await home.edit('recipes/hello-lib/recipe.yaml', 'version: "1.1"', 'version: "1.0"');
    }
    expect((await json('config-update', 'config update mine')).changed).toEqual(['hello-lib']);
  });
});

describe('a configuration of the past', () => {
  const NEWER = `format: 1
name: newer
version: "1"
summary: Takes an input that the template did not have
license: MIT
sources: []
uses: shell
with: { extra: y }
phases:
  install: mkdir -p /out/target/usr
epoch_seconds: 1700000000
`;

  it('means what it meant, though a template has moved on and recipes with it', async () => {
    await json('config-new', 'config new old --board tiny');
    const before = await json('plan', 'plan old');
    await home.edit('templates/shell/template.yaml', 'inputs: [words]', 'inputs: [words, extra]');
    await home.edit('templates/shell/template.yaml', 'default: [] }\n', 'default: [] }\n  extra: { type: string, description: New, default: x }\n');
    await home.edit('templates/shell/template.yaml', 'eval "set -- $with_words"', 'eval "set -- $with_words $with_extra"');
    await home.write('recipes/newer/recipe.yaml', NEWER);
    expect((await json('plan', 'plan tiny')).definitionDigest).not.toBe(before.definitionDigest);
    expect((await json('plan', 'plan old')).definitionDigest).toBe(before.definitionDigest);
    const { error } = await json('config-add', 'config add old newer', 2);
    expect(error.findings).toMatchObject([{ rule: 'unknown-package', suggestion: expect.stringContaining('config update') }]);
    await json('config-update', 'config update old');
    expect((await json('config-add', 'config add old newer')).added).toEqual(['newer']);
    expect(await json('config-update', 'config update mine')).toMatchObject({ changed: [], pins: [{ kind: 'template', name: 'shell' }] });
  });
});

describe('sources fetched beforehand', () => {
  beforeAll(async () => { for await (const { pool, bytes } of sandboxPackages()) await home.mirror(pool, bytes); }, 300_000);

  it('are all that a build reads: it needs no network, no mirror', async () => {
    const fetched = await json('sources-fetch', 'sources fetch mine tiny');
    expect([fetched.complete, fetched.targets]).toEqual([true, ['mine', 'tiny']]);
    const files = fetched.files as { file: string; for: string; state: string; origin: string | null }[];
    expect(files.filter((file) => file.for === 'target')).toMatchObject([{ file: 'loud.bin', state: 'fetched', origin: expect.stringMatching(/^file:.*loud\.bin$/) }]);
    expect(files.filter((file) => file.for === 'sandbox' && file.state === 'fetched').length).toBeGreaterThan(100);
    expect(new Set((await json('sources-fetch', 'sources fetch mine')).files.map(({ state }: { state: string }) => state))).toEqual(new Set(['present']));

    await rm(join(home.directory, 'mirror'), { recursive: true });
    // A network namespace of its own has no way out at all; making one takes root.
    const before = process.getuid?.() === 0 ? ['unshare', '-n'] : [];
    const built = await home.cliWith({ before }, 'build', 'mine', '--offline', '--json');
    expect(built.code).toBe(0);
    expect(shaped('build', built)).toMatchObject({ state: 'SUCCEEDED', steps: { failed: 0, reused: 0 } });
  }, 300_000);

  it('that cannot be had are each named, and the answer is that the world failed', async () => {
    await home.edit('recipes/loud/recipe.yaml', sha256(ARCHIVE), sha256('other bytes'));
    try {
      await json('config-update', 'config update mine');
      const run = await cli('sources fetch mine --json');
      expect(run.code).toBe(4);
      const { complete, files } = shaped('sources-fetch', run);
      expect(complete).toBe(false);
      expect(files.filter(({ state }: { state: string }) => state === 'failed')).toMatchObject([{ file: 'loud.bin', error: expect.stringContaining('[SOURCES.') }]);
      expect(run.stderr).toContain('failed: ');
      // A build that may not fetch says so, too.
      const offline = await home.build('mine', '--offline');
      expect([offline.code, offline.failures[0]]).toMatchObject([4, { step: 'loud', kind: 'source-unreachable', code: 'SOURCES.OFFLINE' }]);
    } finally {
      await home.edit('recipes/loud/recipe.yaml', sha256('other bytes'), sha256(ARCHIVE));
      await json('config-update', 'config update mine');
    }
  });
});

describe('the record of a build', () => {
  it('is shown by every name that a build has', async () => {
    const shown = await json('show', 'show mine');
    expect(shown).toMatchObject({ kind: 'build', target: 'mine', board: 'tiny', state: 'SUCCEEDED', failure: null, counts: { failed: 0, reused: 0 } });
    expect(shown.packages).toContainEqual(expect.objectContaining({ name: 'loud', version: '3', license: 'MIT', reasons: ['loud is asked for by the configuration'] }));
    expect(shown.steps.find(({ name }: { name: string }) => name === 'loud')).toMatchObject({ state: 'SUCCEEDED', outcome: 'run' });
    expect(shown.inputs).toMatchObject({ board: 1, recipe: 7, source: 1 });
    const ext4 = shown.images.find(({ format }: { format: string }) => format === 'ext4');
    for (const name of [shown.build, ext4.sha256, `sha256:${ext4.sha256}`]) expect((await json('show', `show ${name}`)).build).toBe(shown.build);
    const listed = (await json('list', 'list builds')).builds as { build: string; state: string }[];
    expect(listed.map(({ state }) => state)).toEqual(['FAILED', 'SUCCEEDED']);
    expect((await json('list', 'list builds --limit 1')).builds).toEqual([listed[0]]);
    const failed = await json('show', `show ${listed[0]!.build}`);
    expect(failed.failure).toMatchObject({ kind: 'source-unreachable', step: 'loud' });
  });

  it('is told on stdout alone, in words a person reads', async () => {
    const { stdout, stderr, code } = await cli('show mine');
    expect([code, stderr]).toEqual([0, '']);
    for (const text of [/^state +SUCCEEDED$/m, /^definition +sha256:[0-9a-f]{64}$/m, /^rootfs\.ext4 +ext4 .* [0-9a-f]{64}$/m, /^loud +3 +MIT +loud is asked for by the configuration$/m]) expect(stdout).toMatch(text);
    expect((await cli('show board:tiny')).stdout).toMatch(/^kernel +tiny-kernel$/m);
    expect((await cli('show recipe:loud')).stdout).toMatch(new RegExp(`^loud\\.bin +33 B +pristine +${sha256(ARCHIVE)}$`, 'm'));
    expect((await cli('show config:mine')).stdout).toMatch(/^loud +3 +MIT +yes /m);
    expect((await cli('config search mine terminal')).stdout).toMatch(/^loud +3 +yes /m);
    expect((await cli('config show mine --explain loud')).stdout).toMatch(/^why +loud is asked for by the configuration$/m);
    expect((await cli('plan mine')).stdout).toMatch(/^loud +reused +[0-9.]+ s +the same action has a result$/m);
  });

  it('has the log of each step, which cannot act on a terminal', async () => {
    const whole = (await cli('log mine')).stdout;
    expect(whole).toMatch(/^=== loud: succeeded in .* ===\n[^]*?\\x1b\]0;title\\x07first\nsecond\n/m);
    expect(whole).not.toContain('\u001b');
    const timed = (await cli('log mine loud --times')).stdout;
    expect(timed).toMatch(/^ +[0-9]+ {2}\\x1b\]0;title\\x07first$/m);
    expect(timed).not.toContain('===');
    const { steps } = await json('log', 'log mine loud');
    expect(steps).toHaveLength(1);
    expect(steps[0].text).toContain('\u001b]0;title\u0007first\n');
    expect(steps[0].times.length).toBeGreaterThan(0);
    expect((await json('log', 'log mine lod', 2)).error).toMatchObject({ code: 'RECORDS.UNKNOWN', hint: 'did you mean `loud`?' });
  });

  it('says of a step whether it is reused, will run, or may be cut off', async () => {
    await home.edit('recipes/hello-lib/recipe.yaml', 'greeting.c\n  install', 'greeting.c; true\n  install');
    try {
      await json('config-update', 'config update mine');
      const { steps } = await json('plan', 'plan mine');
      const outcomes = Object.fromEntries((steps as { name: string; outcome: string }[]).map(({ name, outcome }) => [name, outcome]));
      expect(outcomes).toMatchObject({ 'tiny-toolchain': 'reused', 'hello-lib': 'will-run', hello: 'may-be-cut-off', root: 'may-be-cut-off', 'image.tar': 'may-be-cut-off' });
      expect(steps.find(({ name }: { name: string }) => name === 'hello').reason).toContain('hello-lib');
    } finally {
      await home.edit('recipes/hello-lib/recipe.yaml', 'greeting.c; true\n  install', 'greeting.c\n  install');
      await json('config-update', 'config update mine');
    }
  });

  it('has the log so far while a step runs', async () => {
    await json('config-set', 'config set mine loud.seconds=600');
    const building = home.start('build', 'mine', '--json');
    const end = ended(building);
    try {
      const build = await until('the build runs', async () => {
        const [newest] = (await json('list', 'list builds --limit 1')).builds as { build: string; state: string }[];
        return newest?.state === 'RUNNING' ? newest.build : undefined;
      });
      const live = await until('the step has printed', async () => {
        const [step] = (await json('log', `log ${build} loud`)).steps as { state: string; text: string }[];
        return step !== undefined && step.text.includes('first') ? step : undefined;
      });
      expect(live).toMatchObject({ state: 'RUNNING', text: expect.not.stringContaining('second') });
      expect((await json('show', `show ${build}`)).state).toBe('RUNNING');
      const busy = await cli('gc --keep-days 0');
      expect([busy.code, busy.stderr]).toEqual([4, expect.stringContaining(build)]);
    } finally {
      building.kill('SIGINT');
      await end;
      await json('config-set', 'config set mine loud.seconds=0');
    }
  }, 120_000);
});

describe('a shell at a step', () => {
  it('has the inputs of the step and what its phases left', async () => {
    const { code, stdout } = await home.cliWith({ input: 'ls /sysroot/usr/include /host/bin; ls; id -u\n' }, 'shell', 'hello', '--target', 'tiny');
    expect(code).toBe(0);
    for (const text of [/greeting\.h +tiny\.h/, /^stamp\r?$/m, /hello\.c/, /^1000\r?$/m]) expect(stdout).toMatch(text);
    expect(await home.leftovers()).toEqual([]);
  }, 120_000);

  const onTerminal = spawnSync('script', ['--version']).status === 0 ? it : it.skip;
  onTerminal('is a terminal where it is asked for from one: size, keys, and the mode as it was afterwards (needs util-linux `script`)', async () => {
    const words = 'stty rows 33 cols 99; stty -a >"$BEFORE"; "$@"; stty -a >"$AFTER"';
    const [before, after] = ['before', 'after'].map((name) => join(home.directory, `stty-${name}`)) as [string, string];
    // `script` gives the command a terminal of its own and passes on what it reads and shows.
    const shell = home.startWith({
      before: ['sh', '-c', `COMMAND="set -- $*; $WORDS" exec script -qfec 'eval "$COMMAND"' /dev/null`, 'sh'], input: null,
      environment: { WORDS: words, BEFORE: before, AFTER: after, SHELL: '/bin/sh' },
    }, 'shell', 'hello', '--target', 'tiny');
    const over = ended(shell);
    let shown = '';
    shell.stdout!.on('data', (text: string) => { shown += text; });
    const typed = async (keys: string, answer: RegExp): Promise<void> => {
      shell.stdin!.write(keys);
      await until(`the terminal shows ${answer}`, async () => answer.test(shown), 90_000);
    };
    await typed('', /exit leaves, and nothing is kept[^]*\$ $/);
    await typed('stty size; test -t 0 && echo a-ter\\minal\r', /33 99\r+\na-terminal/);
    // Interrupts what runs inside, neither the shell nor the command here.
    await typed('sleep 1000; echo not-\\reached\r', /sleep 1000/);
    await typed('\u0003', /\^C/);
    await typed('echo still-\\here\r', /still-here/);
    shell.stdin!.write('exit\r');
    expect((await over).code).toBe(0);
    expect(shown).not.toContain('not-reached');
    expect(readFileSync(after, 'utf8')).toBe(readFileSync(before, 'utf8'));
    expect(await home.leftovers()).toEqual([]);
  }, 180_000);
});

describe('the store', () => {
  it('loses with gc what no build needs, and not what one does', async () => {
    const dry = await json('gc', 'gc --keep-days 0 --dry-run');
    expect([dry.dryRun, dry.unreadable]).toEqual([true, []]);
    expect((await json('gc', 'gc --dry-run')).deleted.filter(({ kind }: { kind: string }) => kind !== 'temporary')).toEqual([]);
    const swept = await json('gc', 'gc --keep-days 0');
    expect(swept.freedBytes).toBeGreaterThanOrEqual(dry.freedBytes);
    expect((await json('gc', 'gc --keep-days 0')).deleted).toEqual([]);
    const again = await home.build('mine', '--offline');
    expect([again.code, again.steps.run]).toEqual([0, 0]);
    expect((await json('sources-fetch', 'sources fetch mine')).complete).toBe(true);
  });

  it('is emptied of sandboxes that builds of this home had before, and of no others', async () => {
    const superseded = sha256(`a sandbox of before ${process.pid}`);
    const foreign = sha256(`a sandbox of another home ${process.pid}`);
    const { rootTree } = await readLock(join(import.meta.dirname, '../../sandbox/lock.json'));
    const tag = (digest: string): string => `provenroot/sandbox:${digest}`;
    for (const digest of [superseded, foreign]) {
      const context = archive(member({ name: 'Dockerfile' }, `FROM scratch\nLABEL instead=${digest}\n`));
      for await (const _line of await home.engine.buildImage(Readable.from([context]), { t: tag(digest) })) { /* the list below tells */ }
    }
    try {
      await home.rows('INSERT INTO sandboxes (digest, lock_digest, architecture, definition) SELECT $1, lock_digest, architecture, definition FROM sandboxes LIMIT 1', [superseded]);
      const sandboxesIn = ({ deleted }: { deleted: { kind: string; name: string }[] }): string[] => deleted.filter(({ kind }) => kind === 'sandbox').map(({ name }) => name);
      expect(sandboxesIn(await json('gc', 'gc --keep-days 0 --dry-run'))).toEqual([tag(superseded)]);
      expect(sandboxesIn(await json('gc', 'gc'))).toEqual([]);
      expect(sandboxesIn(await json('gc', 'gc --keep-days 0'))).toEqual([tag(superseded)]);
      await expect(home.engine.getImage(tag(superseded)).inspect()).rejects.toMatchObject({ statusCode: 404 });
      await home.engine.getImage(tag(rootTree)).inspect();
    } finally {
      for (const digest of [superseded, foreign]) await unlessGone(() => home.engine.getImage(tag(digest)).remove());
    }
  });

  it('is sound by `store verify`, until an object is damaged', async () => {
    expect((await json('store-verify', 'store verify')).sound).toBe(true);
    const shard = join(home.home, 'store', 'blobs');
    const [first] = readdirSync(shard, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /^[0-9a-f]{64}$/.test(entry.name));
    const path = join(first!.parentPath, first!.name);
    await rm(path);
    writeFileSync(path, 'damage');
    const { sound, findings } = await json('store-verify', 'store verify', 1);
    expect(sound).toBe(false);
    expect(findings).toContainEqual(expect.objectContaining({ rule: 'damaged-blob', message: expect.stringContaining(first!.name) }));
    expect((await cli('store verify')).stdout).not.toContain('damaged-blob');
  });

  it('keeps no copy of images of a build that is not on record', async () => {
    const stranger = join(home.home, 'images', '00000000-0000-7000-8000-00000000dead');
    mkdirSync(stranger);
    writeFileSync(join(stranger, 'rootfs.tar'), 'twelve bytes');
    const { deleted } = await json('gc', 'gc');
    expect(deleted).toContainEqual({ kind: 'export', name: stranger, sizeBytes: 12 });
    expect(readdirSync(join(home.home, 'images'))).not.toContain('00000000-0000-7000-8000-00000000dead');
  });
});

describe('output', () => {
  it('that nobody reads to its end stops nothing; output that is lost is an error', async () => {
    const shell = (text: string): Promise<CliRun> => home.cliWith({ before: ['/bin/sh', '-c', text, 'sh'] }, 'log', 'mine');
    expect(await shell('"$@" | head -c 3')).toMatchObject({ stdout: '===', stderr: '' });
    expect(await shell('"$@" > /dev/full')).toMatchObject({ code: 4, stderr: expect.stringContaining('[ACTIONS.CANNOT_WRITE]') });
  });
});
