import { sha256 } from '../foundation/digest.ts';
import { containerOptions } from './container-options.ts';
import type { SandboxCommand } from './runner.ts';

const MIB = 2 ** 20;
const command: SandboxCommand = {
  label: 'tool/target', sandbox: sha256('root'), mounts: [], argv: ['/bin/sh', '/src/step/run'], environment: { TZ: 'UTC', JOBS: '2' }, epochSeconds: 0,
  limits: { memoryBytes: 512 * MIB, pids: 64, cpus: 1.5, timeMs: 1000 },
};
const made = containerOptions(command, [], '/home/of/provenroot');
const host = made.HostConfig!;

describe('the options of a container', () => {
  it('give no network, no right, no way to a new one, and a root that is read only', () => {
    expect(made).toMatchObject({ NetworkDisabled: true, User: '1000:1000', Hostname: 'provenroot', Domainname: '', WorkingDir: '/build' });
    expect(host).toMatchObject({ NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'], IpcMode: 'private' });
    expect(host.SecurityOpt![0]).toBe('no-new-privileges');
    for (const key of ['Privileged', 'CapAdd', 'Binds', 'Devices', 'PidMode', 'UTSMode', 'UsernsMode', 'GroupAdd', 'ExtraHosts', 'Links', 'VolumesFrom']) expect(host).not.toHaveProperty(key);
  });

  it('hand on exactly the environment of the command, sorted', () => {
    expect(made.Env).toEqual(['JOBS=2', 'TZ=UTC']);
  });

  it('limit memory without swap, processes and cores', () => {
    expect(host).toMatchObject({ Memory: 512 * MIB, MemorySwap: 512 * MIB, PidsLimit: 64, NanoCpus: 1_500_000_000 });
  });

  it('say whose the container and its volumes are', () => {
    expect(made.Labels).toMatchObject({ 'provenroot.home': '/home/of/provenroot', 'provenroot.owner': expect.stringMatching(/^[0-9a-f-]{36}\./), 'provenroot.step': 'tool/target' });
    for (const { VolumeOptions } of host.Mounts!) expect(VolumeOptions!.Labels).toMatchObject({ 'provenroot.home': '/home/of/provenroot' });
  });

  it('keep no log beside the one that is followed', () => {
    expect(host.LogConfig).toEqual({ Type: 'none', Config: {} });
  });
});

describe('the system calls of a step', () => {
  interface Rule { names: string[]; action: string; args?: { index: number; value: number; op: string }[]; errnoRet?: number }
  const profile = JSON.parse(host.SecurityOpt![1]!.replace(/^seccomp=/, '')) as { defaultAction: string; architectures: string[]; syscalls: Rule[] };
  const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');

  it('are those of a list, on one architecture', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64']);
    const [free] = allowed;
    expect(free!.names).toEqual([...new Set(free!.names)].toSorted());
    for (const name of ['mount', 'bpf', 'keyctl', 'unshare', 'setns', 'init_module', 'clone3', 'socket', 'personality', 'clone', 'io_uring_setup']) expect(free!.names).not.toContain(name);
  });

  it('open sockets of four families only', () => {
    const families = allowed.filter(({ names }) => names.includes('socket')).map(({ args }) => args);
    expect(families).toEqual([1, 2, 10, 16].map((value) => [{ index: 0, value, op: 'SCMP_CMP_EQ' }]));
  });

  it('that a library tries first and can do without are said not to be there', () => {
    expect(profile.syscalls.find(({ names }) => names.includes('clone3'))).toMatchObject({ action: 'SCMP_ACT_ERRNO', errnoRet: 38 });
  });
});
