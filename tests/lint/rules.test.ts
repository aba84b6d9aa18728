import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const REPOSITORY = join(import.meta.dirname, '../..');

/** Code, and whether the rule of that name finds something in it. */
const ROWS: Record<string, { wrong: string[]; right: string[] }> = {
  'coded-errors': {
    wrong: ['throw new Error("x")', 'throw Error("x")', 'throw new TypeError("x")'],
    right: ['throw new Failure("A.B", "x")', 'throw error', 'const e = new Error("x")'],
  },
  'handed-in-time': {
    wrong: ['Date.now()', 'new Date()', 'Date()', 'performance.now()', 'Math.random()', 'process.env', 'process.env.HOME', 'const { HOME } = process.env', '[].map(Date.now)'],
    right: ['new Date(0)', 'clock.now()', 'Math.max(1, 2)', 'process.pid', 'deps.process.environment'],
  },
  'no-locale': {
    wrong: ['"a".localeCompare("b")', '["b"].toSorted((a, b) => a.localeCompare(b, "en"))', '(1).toLocaleString()', '"I".toLocaleLowerCase()', 'new Intl.Collator()'],
    right: ['"a".toLowerCase()', 'compareText("a", "b")'],
  },
  'runs-on-node-22': {
    wrong: ['{ using file = open() }', 'async () => { await using file = open() }', 'Promise.try(work)'],
    right: ['Promise.all([])', 'const using = 1'],
  },
  'sorted-readdir': {
    wrong: ['const n = await readdir("x"); use(n)', 'readdirSync("x").map(String)', 'for (const n of await fs.readdir("x")) use(n)', '(await readdir("x")).filter(Boolean)'],
    right: [
      '(await readdir("x")).toSorted()', '(await readdir("x")).filter(Boolean).map(String).toSorted(compareText)', 'sortedBy(await readdir("x"), String)',
      'new Set(await readdir("x"))', '(await readdir("x")).length', 'const n = await readdir("x"); for (const one of n.toSorted()) use(one)',
    ],
  },
  'canonical-hash': {
    wrong: ['sha256(JSON.stringify({}))', 'createHash("sha256").update(`v1 ${JSON.stringify({})}`).digest()'],
    right: ['jsonDigest({})', 'JSON.stringify({})', 'const text = JSON.stringify({})'],
  },
};

it.each(Object.keys(ROWS))('%s finds what it is for, and nothing else', async (name) => {
  const directory = await mkdtemp(join(tmpdir(), 'provenroot-lint-'));
  try {
    await symlink(join(REPOSITORY, 'tests/lint/rules.mjs'), join(directory, 'rules.mjs'));
    await writeFile(join(directory, '.oxlintrc.json'), JSON.stringify({ jsPlugins: ['./rules.mjs'], categories: { correctness: 'off' }, rules: { [`provenroot/${name}`]: 'error' } }));
    const { wrong, right } = ROWS[name]!;
    await Promise.all([...wrong.entries()].map(([i, code]) => writeFile(join(directory, `wrong-${i}.ts`), code)));
    await Promise.all([...right.entries()].map(([i, code]) => writeFile(join(directory, `right-${i}.ts`), code)));
    const found = await linted(directory);
    expect([...found].toSorted()).toEqual(wrong.map((_code, i) => `wrong-${i}.ts`).toSorted());
  } finally {
    await rm(directory, { recursive: true });
  }
});

async function linted(directory: string): Promise<Set<string>> {
  const run = promisify(execFile)(process.execPath, [join(REPOSITORY, 'node_modules/oxlint/bin/oxlint'), '-f', 'json', '.'], { cwd: directory });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string }[] };
  return new Set(diagnostics.map(({ filename }) => filename));
}
