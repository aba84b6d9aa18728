import { EXIT } from '../foundation/exit-codes.ts';
import { runCommandLine } from './command-line.ts';
import type { Verbs } from './verbs.ts';

interface Asked { verb: string; input: unknown }

/** Verbs that only say what they were asked. */
function listening(): { verbs: Verbs; asked: Asked[] } {
  const asked: Asked[] = [];
  const verbs = new Proxy({}, { get: (_target, verb) => async (input: unknown) => { asked.push({ verb: String(verb), input }); return EXIT.done; } }) as Verbs;
  return { verbs, asked };
}

const run = async (line: string): Promise<{ exit: number; asked: Asked[] }> => {
  const { verbs, asked } = listening();
  return { exit: await runCommandLine(line.split(' '), verbs, '1.2.3'), asked };
};

describe('the command line', () => {
  const said: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  beforeAll(() => { process.stderr.write = (text: Uint8Array | string) => { said.push(String(text)); return true; }; });
  afterAll(() => { process.stderr.write = write; });

  test.each([
    ['plan tiny', 'plan', { target: 'tiny', json: false }],
    ['list builds --limit 3 --json', 'list', { kind: 'builds', limit: 3, json: true }],
    ['show board:tiny', 'show', { what: 'board:tiny', json: false }],
    ['log tiny~2 hello --times', 'log', { build: 'tiny~2', step: 'hello', times: true, json: false }],
    ['shell hello --target tiny', 'shell', { step: 'hello', target: 'tiny' }],
    ['sources fetch a b --json', 'sourcesFetch', { targets: ['a', 'b'], json: true }],
    ['sandbox update --write --mirror http://x/debian', 'sandboxUpdate', { mirror: 'http://x/debian', write: true, json: false }],
    ['diff a b', 'diff', { left: 'a', right: 'b', all: false, json: false }],
    ['diff a b --all --html r.html --fail-on any,setuid', 'diff', { left: 'a', right: 'b', all: true, html: 'r.html', failOn: 'any,setuid', json: false }],
    ['explain-diff a b /etc --json', 'explainDiff', { left: 'a', right: 'b', path: '/etc', json: true }],
    ['history tiny /etc/passwd', 'history', { target: 'tiny', board: false, kind: 'path', name: '/etc/passwd', last: 100, all: false, json: false }],
    ['history tiny --symbol main --last 3 --board --all --json', 'history', { target: 'tiny', board: true, kind: 'symbol', name: 'main', last: 3, all: true, json: true }],
    ['store verify', 'storeVerify', { json: false }],
    ['gc', 'gc', { dryRun: false, keepDays: 1, json: false }],
    ['gc --dry-run --keep-days 0', 'gc', { dryRun: true, keepDays: 0, json: false }],
    ['doctor --json', 'doctor', { json: true }],
    ['config new mine --board tiny', 'configNew', { name: 'mine', board: 'tiny', json: false }],
    ['config set mine a.b=c d.e=f=g', 'configSet', { name: 'mine', assignments: ['a.b=c', 'd.e=f=g'], json: false }],
    ['config show mine --explain a', 'configShow', { name: 'mine', explain: 'a', json: false }],
    ['config save mine', 'configSave', { name: 'mine', json: false }],
    ['config update mine', 'configUpdate', { name: 'mine', json: false }],
  ])('%s', async (line, verb, input) => {
    expect(await run(line)).toEqual({ exit: EXIT.done, asked: [{ verb, input }] });
  });

  test.each([
    'plan', 'plan a b', 'list everything', 'list builds --limit 0', 'list builds --limit 1e3', 'gc --keep-days -1', 'gc --keep-days 1.5', 'config', 'config new mine', 'nothing', 'build a --parallel 0', 'history tiny /etc --last 0',
  ])('refuses as bad usage: %s', async (line) => {
    expect(await run(line)).toEqual({ exit: EXIT.badInput, asked: [] });
  });

  test.each([
    ['plann tiny --json', "unknown command 'plann'", 'Did you mean plan?'],
    ['gc --dryrun --json', "unknown option '--dryrun'", 'Did you mean --dry-run?'],
    ['help nothing --json', 'there is no such command', undefined],
    ['config --json', "unknown option '--json'", undefined],
    ['config new mine --json', "required option '--board <board>' not specified", undefined],
    ['list everything --json', "command-argument value 'everything' is invalid for argument 'kind'. Allowed choices are boards, recipes, configs, builds.", undefined],
    ['shell hello --json', "unknown option '--json'", undefined],
  ])('writes nothing itself where JSON is asked for: %s', async (line, message, hint) => {
    said.length = 0;
    await expect(run(line)).rejects.toMatchObject({ code: 'CLI.USAGE', message, hint });
    expect(said).toEqual([]);
  });

  test('says which verb or option was meant', async () => {
    said.length = 0;
    await run('plann tiny');
    await run('gc --dryrun');
    expect(said.join('')).toMatch(/Did you mean plan\?[^]*Did you mean --dry-run\?/);
  });
});
