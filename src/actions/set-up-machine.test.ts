import { setUpMachine, type Machine } from './set-up-machine.ts';

interface Scripted extends Machine { ran: string[]; said: string[] }

const EVERYTHING = ['dpkg', 'ps', 'xz', 'zstd', 'qemu-system-x86_64', 'ssh', 'ip', 'readelf', 'gcc', 'dtc', 'modinfo', 'lz4', 'openssl', 'mkimage', 'bzip2', 'chromium-headless-shell', 'cpio', 'mkfs.vfat', 'e2fsck', 'mkfs.erofs', 'fakeroot', 'sfdisk', 'git', 'gpg', 'mcopy', 'redis-server', 'unsquashfs', 'setfacl', 'setfattr', 'sgdisk', 'bsdtar', 'lzop', 'mkfs.ubifs', 'gensquashfs', 'dockerd', 'apt-get'];

/** A machine of a Debian in a container: root, no systemd, no engine, nothing installed but apt-get. */
function machine(over: Partial<Machine> & { has?: string[]; installs?: (names: string[]) => number; engineRuns?: boolean; dockerdDies?: boolean; systemd?: boolean; sudo?: boolean } = {}): Scripted {
  const has = new Set(over.has ?? ['apt-get']);
  let runs = over.engineRuns ?? false;
  const ran: string[] = [];
  const run = async (command: string, argv: readonly string[]): Promise<{ code: number; output: string }> => {
    const line = [command, ...argv].join(' ');
    ran.push(line);
    if (line === 'sudo -n true') return { code: over.sudo === true ? 0 : 1, output: '' };
    if (line.endsWith('systemctl start docker')) { runs = true; return { code: 0, output: '' }; }
    const installed = /--no-install-recommends (.*)$/.exec(line)?.[1]?.split(' ') ?? [];
    const code = over.installs?.(installed) ?? 0;
    if (code === 0) for (const one of installed) has.add(one === 'docker.io' ? 'dockerd' : one);
    return { code, output: 'E: apt says no' };
  };
  return {
    platform: 'linux/x64', root: true, engineAddress: undefined, ran, said: [],
    run,
    hasCommand: async (name) => has.has(name),
    hasPath: async () => over.systemd ?? false,
    askEngine: async () => runs ? { answers: true } : { answers: false, code: 'ENOENT' },
    startService: async (_name, command, argv) => {
      ran.push(['&', command, ...argv].join(' '));
      runs = over.dockerdDies !== true;
      return { isAlive: async () => over.dockerdDies !== true, lastLines: async () => 'failed to start: no cgroups' };
    },
    sleep: async () => undefined,
    ...over,
  };
}

const setUp = (one: Scripted, ...purposes: Parameters<typeof setUpMachine>[1][number][]) =>
  setUpMachine(one, purposes.length === 0 ? ['build', 'boot', 'test'] : purposes, (line) => one.said.push(line));

it('installs on a bare machine what is missing in one go, and starts the engine itself where there is no systemd', async () => {
  const bare = machine();
  const report = await setUp(bare);
  expect(report.engine).toBe('started');
  expect(report.installed).toEqual(expect.arrayContaining(['docker.io', 'qemu-system-x86', 'squashfs-tools']));
  expect(bare.ran).toEqual([expect.stringMatching(/apt-get .*install -y .*docker\.io/), '& dockerd --host unix:///var/run/docker.sock']);
  expect(bare.said).toHaveLength(2);
});

it('does nothing the second time', async () => {
  const ready = machine({ has: EVERYTHING, engineRuns: true });
  expect(await setUp(ready)).toEqual({ installed: [], engine: 'was-running' });
  expect([ready.ran, ready.said]).toEqual([[], []]);
});

it('installs only what the purpose asks for', async () => {
  const one = machine({ engineRuns: true });
  expect((await setUp(one, 'boot')).installed.toSorted()).toEqual(['openssh-client', 'qemu-system-x86']);
});

it('does not install an engine where one answers, wherever it is', async () => {
  const remote = machine({ engineRuns: true, engineAddress: 'tcp://builder:2375' });
  expect((await setUp(remote, 'build')).installed).not.toContain('docker.io');
});

it('brings the lists of packages up to date where apt-get first fails', async () => {
  let tries = 0;
  const old = machine({ installs: (names) => names.length > 0 && tries++ === 0 ? 100 : 0 });
  await setUp(old, 'boot');
  expect(old.ran.map((line) => /apt-get .*?(install|update)/.exec(line)?.[1])).toEqual(['install', 'update', 'install']);
});

it('lets systemd start the engine where there is one', async () => {
  const one = machine({ has: EVERYTHING, systemd: true, root: false, sudo: true });
  await setUp(one);
  expect(one.ran).toEqual(['sudo -n true', 'sudo -n systemctl start docker']);
});

describe('what cannot be done is named with the remedy:', () => {
  it.each([
    ['another platform', machine({ platform: 'darwin/arm64' }), 'SANDBOX.UNSUPPORTED_HOST', /such a machine/],
    ['no root and no sudo', machine({ root: false }), 'ACTIONS.CANNOT_INSTALL', /Run as root: apt-get install .*docker\.io.*qemu-system-x86/],
    ['no apt-get', machine({ has: [] }), 'ACTIONS.CANNOT_INSTALL', /on Debian: apt-get install/],
    ['apt-get fails', machine({ installs: () => 100 }), 'ACTIONS.CANNOT_INSTALL', /apt-get update && apt-get install/],
    ['an engine that was named does not answer', machine({ has: EVERYTHING, engineAddress: 'tcp://builder:2375' }), 'SANDBOX.ENGINE_UNREACHABLE', /unset DOCKER_HOST/],
    ['a socket that this user may not use', machine({ has: EVERYTHING, root: false, askEngine: async () => ({ answers: false, code: 'EACCES' }) }), 'SANDBOX.ENGINE_UNREACHABLE', /usermod -aG docker/],
    ['an engine that may not be started', machine({ has: EVERYTHING, root: false }), 'SANDBOX.ENGINE_UNREACHABLE', /Run as root: provenroot setup/],
    ['an engine that systemd may not start', machine({ has: EVERYTHING, root: false, systemd: true }), 'SANDBOX.ENGINE_UNREACHABLE', /systemctl enable --now docker/],
    ['an engine that ends at once', machine({ has: EVERYTHING, dockerdDies: true }), 'SANDBOX.ENGINE_UNREACHABLE', /Mend what it names/],
  ])('%s', async (_what, one, code, hint) => {
    const refused = await setUp(one).catch((error: { code: string; hint?: string }) => error);
    expect(refused).toMatchObject({ code });
    expect(refused).toHaveProperty('hint', expect.stringMatching(hint));
  });

  it('shows the last lines of an engine that ended', async () => {
    await expect(setUp(machine({ has: EVERYTHING, dockerdDies: true }))).rejects.toThrow('failed to start: no cgroups');
  });
});
