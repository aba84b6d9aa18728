import { Fault } from '../foundation/failure.ts';

/** What setting up asks of a machine; `main` has the real one. */
export interface Machine {
  /** As Node says it: `linux/x64`. */
  platform: string;
  root: boolean;
  /** Never throws; 127 where the command is not there. Output is text, both streams. */
  run(command: string, argv: readonly string[]): Promise<{ code: number; output: string }>;
  hasCommand(name: string): Promise<boolean>;
  hasPath(path: string): Promise<boolean>;
  /** The Docker Engine of the environment answers; the error code of the attempt where it does not. */
  askEngine(): Promise<{ answers: true } | { answers: false; code: string }>;
  /** Where the engine was said to be (DOCKER_HOST), if anybody said. */
  engineAddress: string | undefined;
  /** Runs on after us, in a session of its own, its output in a file below the home; the id is written beside it. */
  startService(name: string, command: string, argv: readonly string[]): Promise<StartedService>;
  sleep(ms: number): Promise<void>;
}

export interface StartedService {
  isAlive(): Promise<boolean>;
  lastLines(): Promise<string>;
}

/** What one part of the product needs of the machine. */
export type Purpose = 'build' | 'boot' | 'test';

export interface SystemPart {
  debianPackage: string;
  /** There where this command is. */
  command: string;
  for: Purpose;
}

const PARTS: readonly SystemPart[] = [
  { debianPackage: 'dpkg', command: 'dpkg', for: 'build' },
  { debianPackage: 'procps', command: 'ps', for: 'build' },
  { debianPackage: 'xz-utils', command: 'xz', for: 'build' },
  { debianPackage: 'zstd', command: 'zstd', for: 'build' },
  { debianPackage: 'qemu-system-x86', command: 'qemu-system-x86_64', for: 'boot' },
  { debianPackage: 'openssh-client', command: 'ssh', for: 'boot' },
  { debianPackage: 'acl', command: 'setfacl', for: 'test' },
  { debianPackage: 'attr', command: 'setfattr', for: 'test' },
  { debianPackage: 'binutils', command: 'readelf', for: 'test' },
  { debianPackage: 'build-essential', command: 'gcc', for: 'test' },
  { debianPackage: 'bzip2', command: 'bzip2', for: 'test' },
  { debianPackage: 'chromium-headless-shell', command: 'chromium-headless-shell', for: 'test' },
  { debianPackage: 'cpio', command: 'cpio', for: 'test' },
  { debianPackage: 'device-tree-compiler', command: 'dtc', for: 'test' },
  { debianPackage: 'dosfstools', command: 'mkfs.vfat', for: 'test' },
  { debianPackage: 'e2fsprogs', command: 'e2fsck', for: 'test' },
  { debianPackage: 'erofs-utils', command: 'mkfs.erofs', for: 'test' },
  { debianPackage: 'fakeroot', command: 'fakeroot', for: 'test' },
  { debianPackage: 'fdisk', command: 'sfdisk', for: 'test' },
  { debianPackage: 'gdisk', command: 'sgdisk', for: 'test' },
  { debianPackage: 'git', command: 'git', for: 'test' },
  { debianPackage: 'gpg', command: 'gpg', for: 'test' },
  { debianPackage: 'iproute2', command: 'ip', for: 'test' },
  { debianPackage: 'kmod', command: 'modinfo', for: 'test' },
  { debianPackage: 'libarchive-tools', command: 'bsdtar', for: 'test' },
  { debianPackage: 'lz4', command: 'lz4', for: 'test' },
  { debianPackage: 'lzop', command: 'lzop', for: 'test' },
  { debianPackage: 'mtd-utils', command: 'mkfs.ubifs', for: 'test' },
  { debianPackage: 'mtools', command: 'mcopy', for: 'test' },
  { debianPackage: 'openssl', command: 'openssl', for: 'test' },
  { debianPackage: 'redis-server', command: 'redis-server', for: 'test' },
  { debianPackage: 'squashfs-tools', command: 'unsquashfs', for: 'test' },
  { debianPackage: 'squashfs-tools-ng', command: 'gensquashfs', for: 'test' },
  { debianPackage: 'u-boot-tools', command: 'mkimage', for: 'test' },
];

const ENGINE: SystemPart = { debianPackage: 'docker.io', command: 'dockerd', for: 'build' };

export interface SetUpReport {
  /** Debian packages that were installed now. */
  installed: string[];
  engine: 'was-running' | 'started';
}

/** Brings a machine to where it can build, boot or test. Twice in a row is as good as once. Says every step before it takes it. */
export async function setUpMachine(machine: Machine, purposes: readonly Purpose[], say: (line: string) => void): Promise<SetUpReport> {
  checkPlatform(machine);
  const engineWasRunning = purposes.includes('build') ? (await machine.askEngine()).answers : true;
  const missing = await missingParts(machine, purposes, engineWasRunning);
  await installParts(machine, missing, say);
  if (!engineWasRunning) await startEngine(machine, say);
  return { installed: missing.map(({ debianPackage }) => debianPackage), engine: engineWasRunning ? 'was-running' : 'started' };
}

function checkPlatform(machine: Machine): void {
  if (machine.platform === 'linux/x64') return;
  throw new Fault('SANDBOX.UNSUPPORTED_HOST', `this machine is ${machine.platform}; steps run on linux/x64 only`, { hint: 'Use such a machine, or a virtual one.' });
}

export async function missingParts(machine: Machine, purposes: readonly Purpose[], engineIsRunning: boolean): Promise<SystemPart[]> {
  const remote = machine.engineAddress !== undefined && !machine.engineAddress.startsWith('unix:');
  const wanted = [...PARTS.filter((part) => purposes.includes(part.for)), ...(engineIsRunning || remote ? [] : [ENGINE])];
  const there = await Promise.all(wanted.map(({ command }) => machine.hasCommand(command)));
  return wanted.filter((_part, i) => there[i] !== true);
}

async function installParts(machine: Machine, parts: readonly SystemPart[], say: (line: string) => void): Promise<void> {
  if (parts.length === 0) return;
  const names = parts.map(({ debianPackage }) => debianPackage).toSorted();
  const remedy = `apt-get install --no-install-recommends ${names.join(' ')}`;
  if (!await machine.hasCommand('apt-get')) {
    throw new Fault('ACTIONS.CANNOT_INSTALL', `missing: ${parts.map(({ command }) => command).join(', ')}; this machine has no apt-get to install them with`,
      { hint: `Install them with this system's packages; on Debian: ${remedy}` });
  }
  const asRoot = await waysToRoot(machine);
  if (asRoot === undefined) {
    throw new Fault('ACTIONS.CANNOT_INSTALL', `missing: ${names.join(', ')}; installing takes root`, { hint: `Run as root: ${remedy}` });
  }
  say(`installs ${names.join(', ')} with apt-get`);
  const install = [...APT, 'install', '-y', '-q', '--no-install-recommends', ...names];
  const first = await asRoot(install);
  if (first.code === 0) return;
  // Lists of packages that are old or not there at all are the common reason.
  await asRoot([...APT, 'update', '-q']);
  const second = await asRoot(install);
  if (second.code !== 0) {
    throw new Fault('ACTIONS.CANNOT_INSTALL', `apt-get failed:\n${lastLines(second.output)}`, { hint: `Look at what it says, then as root: apt-get update && ${remedy}` });
  }
}

const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300'] as const;

type AsRoot = (argv: readonly string[]) => Promise<{ code: number; output: string }>;

async function waysToRoot(machine: Machine): Promise<AsRoot | undefined> {
  if (machine.root) return ([command, ...argv]) => machine.run(command!, argv);
  const sudo = await machine.run('sudo', ['-n', 'true']);
  return sudo.code === 0 ? (argv) => machine.run('sudo', ['-n', ...argv]) : undefined;
}

const lastLines = (output: string): string => output.trim().split('\n').slice(-8).join('\n');

async function startEngine(machine: Machine, say: (line: string) => void): Promise<void> {
  // The package's own scripts may have started it.
  const now = await machine.askEngine();
  if (now.answers) return;
  if (machine.engineAddress !== undefined) {
    throw unreachable(`the Docker Engine at ${machine.engineAddress} does not answer (${now.code})`, 'Start it there, or unset DOCKER_HOST to use one of this machine.');
  }
  if (now.code === 'EACCES') {
    throw unreachable('this user may not use the Docker Engine\'s socket', 'As root: usermod -aG docker USER, then log in again; or run as root.');
  }
  const asRoot = await waysToRoot(machine);
  if (await machine.hasPath('/run/systemd/system')) return startBySystemd(machine, asRoot, say);
  if (!machine.root) throw unreachable('no Docker Engine runs, and starting one takes root', 'Run as root: provenroot setup');
  return startOurselves(machine, say);
}

async function startBySystemd(machine: Machine, asRoot: AsRoot | undefined, say: (line: string) => void): Promise<void> {
  if (asRoot === undefined) throw unreachable('no Docker Engine runs, and starting one takes root', 'Run as root: systemctl enable --now docker');
  say('starts the Docker Engine with systemctl');
  const { code, output } = await asRoot(['systemctl', 'start', 'docker']);
  if (code !== 0) throw unreachable(`systemctl could not start docker:\n${lastLines(output)}`, 'Look at: journalctl -u docker');
  await awaitEngine(machine, async () => '');
}

async function startOurselves(machine: Machine, say: (line: string) => void): Promise<void> {
  say('starts the Docker Engine (dockerd) in the background; there is no systemd here');
  const service = await machine.startService('dockerd', 'dockerd', ['--host', 'unix:///var/run/docker.sock']);
  // Not "is it dead": another process may have started one at the same time, and then that one answers.
  await awaitEngine(machine, async () => await service.isAlive() ? '' : await service.lastLines());
}

const ENGINE_STARTS_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 250;

async function awaitEngine(machine: Machine, whyItDied: () => Promise<string>): Promise<void> {
  for (let waitedMs = 0; waitedMs < ENGINE_STARTS_WITHIN_MS; waitedMs += ASK_EVERY_MS) {
    if ((await machine.askEngine()).answers) return;
    const died = await whyItDied();
    // A second chance for the engine that another process started.
    if (died !== '' && waitedMs >= ENGINE_STARTS_WITHIN_MS / 6) throw unreachable(`dockerd ended:\n${died}`, 'Mend what it names, then again: provenroot setup');
    await machine.sleep(ASK_EVERY_MS);
  }
  const { code } = await machine.askEngine() as { code?: string };
  throw unreachable(`the Docker Engine does not answer after ${ENGINE_STARTS_WITHIN_MS / 1000} s (${code ?? 'answers now'})`, 'See its log, and: provenroot doctor');
}

const unreachable = (message: string, hint: string): Fault => new Fault('SANDBOX.ENGINE_UNREACHABLE', message, { hint });
