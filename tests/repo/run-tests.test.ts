import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { TEST_SCRIPTS } from '../../src/main/run-tests.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
const JEST = "NODE_OPTIONS='--experimental-vm-modules --no-warnings' jest";

it('are what `npm run check` runs, and then the suites that need the real thing', async () => {
  const { scripts } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const check = scripts['check']!.split(' && ').map((part) => part.replace('npm run --silent ', ''));
  expect(TEST_SCRIPTS).toEqual([...check, 'test:contracts', 'test:e2e']);
});

interface Run { code: number; stdout: string }

async function runIn(scripts: Record<string, string>, over: { full?: boolean; environment?: Record<string, string> } = {}): Promise<Run> {
  const root = await mkdtemp(join(tmpdir(), 'provenroot-run-tests-'));
  try {
    await writeFile(join(root, 'package.json'), JSON.stringify({ type: 'module', scripts }));
    await mkdir(join(root, 'tests'));
    await cp(join(REPOSITORY, 'tests/support'), join(root, 'tests/support'), { recursive: true });
    await writeFile(join(root, 'jest.config.js'), "export default { reporters: ['<rootDir>/tests/support/closing-line-reporter.js'], testMatch: ['<rootDir>/tests/*.test.js'] };");
    await writeFile(join(root, 'tests/good.test.js'), "it('a', () => undefined); it('b', () => undefined); it.skip('c', () => undefined); it.todo('d');");
    await writeFile(join(root, 'tests/bad.test.js'), "it('a', () => { throw 1; }); it('b', () => undefined);");
    await writeFile(join(root, 'tests/broken.test.js'), "import './nowhere.js'; it('a', () => undefined);");
    await symlink(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
    const script = `import { runTests } from ${JSON.stringify(join(REPOSITORY, 'src/main/run-tests.ts'))};
      process.exitCode = await runTests({ root: ${JSON.stringify(root)}, full: ${over.full === true}, setUp: async () => undefined, scripts: ${JSON.stringify(Object.keys(scripts))} });`;
    const { PROVENROOT_TALLY: _mine, ...environment } = process.env;
    return await new Promise((resolve) => {
      execFile(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', script], { env: { ...environment, ...over.environment }, cwd: root },
        (error, stdout) => resolve({ code: error === null ? 0 : Number(error.code), stdout }));
    });
  } finally {
    await rm(root, { recursive: true });
  }
}

const closingLines = (stdout: string): string[] => stdout.split('\n').filter((line) => /^\d+ passed, \d+ failed, \d+ skipped$/.test(line));

it('end with one line over all suites, alone and last', async () => {
  const { code, stdout } = await runIn({ one: `${JEST} good`, two: `${JEST} good` });
  expect([code, closingLines(stdout)]).toEqual([0, ['4 passed, 0 failed, 4 skipped']]);
  expect(stdout.endsWith('4 passed, 0 failed, 4 skipped\n')).toBe(true);
});

it('go on after a failure, count it, and end with 1', async () => {
  const { code, stdout } = await runIn({ lint: 'echo found something; false', bad: `${JEST} bad`, good: `${JEST} good` });
  expect([code, closingLines(stdout)]).toEqual([1, ['3 passed, 1 failed, 2 skipped']]);
  expect(stdout).toMatch(/FAILED lint.*\nFAILED bad.*\nok     good/);
});

it('count a file of tests that cannot be loaded as a failure', async () => {
  const { code, stdout } = await runIn({ broken: `${JEST} broken` });
  expect([code, closingLines(stdout)]).toEqual([1, ['0 passed, 1 failed, 0 skipped']]);
});

it('tell the suites of the long forms only when asked, and keep npm\'s settings out', async () => {
  const script = { say: 'echo "full=$PROVENROOT_TEST_FULL npm=$npm_config_yes"' };
  expect((await runIn(script, { environment: { npm_config_yes: 'true' } })).stdout).toContain('\nfull= npm=\n');
  expect((await runIn(script, { full: true })).stdout).toContain('\nfull=1 npm=\n');
});
