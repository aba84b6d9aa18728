import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { isSha256, sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure, Fault } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import { wantedPackages, type SandboxDefinition } from './definition.ts';
import type { LockedPackage } from './lock.ts';

const run = promisify(execFile);
const OUTPUT_BYTES = 64 * 1024 * 1024;

export interface ResolvedPackages {
  packages: LockedPackage[];
  release: { date: string; inRelease: Sha256 };
}

export interface DebianArchive {
  /** Its root, `…/debian`. */
  mirror: string;
  /** Path of the keys that its InRelease must be signed with. */
  keyring: string;
}

/**
 * Asks apt, in a private configuration with nothing installed, which packages the definition needs, without
 * recommendations. Nothing of the machine's own packages takes part but apt itself and the keyring.
 */
export async function resolvePackages(definition: SandboxDefinition, archive: DebianArchive): Promise<ResolvedPackages> {
  const directory = await mkdtemp(join(tmpdir(), 'provenroot-apt-'));
  try {
    const environment = await privateApt(directory, definition, archive);
    await apt(['apt-get', 'update', '-q'], environment);
    const names = await chosenPackages(wantedPackages(definition), environment);
    const packages = await packageFacts(names, environment);
    return { packages: sortedBy(packages, ({ name }) => name), release: await releaseFacts(join(directory, 'state', 'lists')) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

type AptEnvironment = NodeJS.ProcessEnv;

async function privateApt(directory: string, definition: SandboxDefinition, { mirror, keyring }: DebianArchive): Promise<AptEnvironment> {
  for (const name of ['etc', 'state/lists/partial', 'cache/archives/partial']) await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'status'), '');
  await writeFile(join(directory, 'etc', 'sources.list'),
    `deb [signed-by=${keyring}] ${mirror} ${definition.suite} ${definition.component}\n`);
  const settings = [
    `Dir::Etc "${directory}/etc"`, 'Dir::Etc::sourcelist "sources.list"', 'Dir::Etc::sourceparts "none"', 'Dir::Etc::parts "none"',
    'Dir::Etc::preferences "none"', 'Dir::Etc::preferencesparts "none"', 'Dir::Etc::trustedparts "none"', `Dir::State "${directory}/state"`, `Dir::State::status "${directory}/status"`,
    `Dir::Cache "${directory}/cache"`, `APT::Architecture "${definition.architecture}"`, `APT::Architectures { "${definition.architecture}"; }`,
    'Acquire::Languages "none"', 'APT::Install-Recommends "false"', 'APT::Sandbox::User ""',
  ];
  await writeFile(join(directory, 'apt.conf'), settings.map((line) => `${line};\n`).join(''));
  return { APT_CONFIG: join(directory, 'apt.conf'), PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };
}

async function apt([command, ...argv]: [string, ...string[]], env: AptEnvironment): Promise<string> {
  try {
    return (await run(command, argv, { env, maxBuffer: OUTPUT_BYTES })).stdout;
  } catch (cause) {
    const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim().split('\n').slice(0, 3).join(' ') : String(cause);
    throw new Fault('SANDBOX.APT_FAILED', `${command} ${argv[0] ?? ''}: ${said}`, { cause });
  }
}

/** Lines of `--print-uris` are `'URI' NAME_VERSION_ARCH.deb SIZE DIGEST`. */
async function chosenPackages(wanted: readonly string[], env: AptEnvironment): Promise<string[]> {
  const output = await apt(['apt-get', 'install', '--print-uris', '-y', '-qq', ...wanted], env);
  return output.split('\n').flatMap((line) => {
    const file = /^'[^']+' (\S+)_(\S+)_(?:amd64|all)\.deb /.exec(line);
    return file === null ? [] : [`${file[1]!}=${decodeURIComponent(file[2]!)}`];
  });
}

async function packageFacts(names: readonly string[], env: AptEnvironment): Promise<LockedPackage[]> {
  const output = await apt(['apt-cache', 'show', ...names], env);
  const packages = output.split(/\n\n+/).filter((stanza) => stanza.trim() !== '').map(lockedPackage);
  if (packages.length !== names.length) throw new Fault('SANDBOX.APT_FAILED', `apt chose ${names.length} packages and describes ${packages.length}`);
  return packages;
}

function lockedPackage(stanza: string): LockedPackage {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
  const digest = field('SHA256');
  if (!isSha256(digest)) throw new Failure('SANDBOX.APT_FAILED', `the archive gives no sha256 for ${field('Package')}`);
  return {
    name: field('Package'), version: field('Version'), architecture: field('Architecture'), sha256: digest,
    sizeBytes: Number(field('Size')), pool: field('Filename'),
  };
}

async function releaseFacts(lists: string): Promise<ResolvedPackages['release']> {
  const name = (await readdir(lists)).toSorted().find((file) => file.endsWith('_InRelease'));
  if (name === undefined) throw new Fault('SANDBOX.APT_FAILED', 'the archive has no InRelease file');
  const bytes = await readFile(join(lists, name));
  return { date: /^Date: (.*)$/m.exec(bytes.toString('utf8'))?.[1] ?? '', inRelease: sha256(bytes) };
}
