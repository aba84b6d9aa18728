import type Docker from 'dockerode';

import { BUILD_UID } from './assemble.ts';
import { ownLabels } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';
import { sandboxTag } from './sandbox-image.ts';
import { SECCOMP_PROFILE } from './seccomp-profile.ts';

const MIB = 2 ** 20;
const TMP_BYTES = 2048 * MIB;

/** The same on every machine; low enough that an engine without the right to raise limits may set them. */
const ULIMITS = [
  { Name: 'core', Soft: 0, Hard: 0 },
  { Name: 'memlock', Soft: 64 * 1024, Hard: 64 * 1024 },
  { Name: 'nofile', Soft: 1024, Hard: 4096 },
  { Name: 'stack', Soft: 8 * MIB, Hard: 64 * MIB },
];

/** The engine's own list, and what else tells of this machine's hardware and kernel. A path that is not there is skipped. */
const MASKED_PATHS = [
  '/proc/acpi', '/proc/asound', '/proc/cmdline', '/proc/config.gz', '/proc/diskstats', '/proc/interrupts', '/proc/iomem', '/proc/ioports',
  '/proc/kallsyms', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/mdstat', '/proc/modules', '/proc/partitions',
  '/proc/sched_debug', '/proc/scsi', '/proc/swaps', '/proc/timer_list', '/proc/timer_stats',
  '/sys/block', '/sys/bus', '/sys/class', '/sys/dev', '/sys/devices', '/sys/firmware', '/sys/hypervisor', '/sys/kernel', '/sys/module', '/sys/power',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** Known to the engine, not to its type declarations. Hides the container's id, which is random. */
const PRIVATE_CGROUPS: object = { CgroupnsMode: 'private' };

/** What a step may see and do: no network, no rights, one user, fixed names; nothing of the host but its kernel. */
export function containerOptions(command: SandboxCommand, inputs: Docker.MountSettings[], home: string): Docker.ContainerCreateOptions {
  const { limits } = command;
  const labels = ownLabels(home);
  return {
    Image: sandboxTag(command.sandbox),
    Cmd: [...command.argv],
    Env: Object.entries(command.environment).map(([name, value]) => `${name}=${value}`).toSorted(),
    User: `${BUILD_UID}:${BUILD_UID}`,
    WorkingDir: '/build',
    Hostname: 'provenroot',
    Domainname: '',
    NetworkDisabled: true,
    StopSignal: 'SIGTERM',
    Labels: { ...labels, 'provenroot.step': command.label },
    HostConfig: {
      NetworkMode: 'none',
      // Otherwise the host's resolv.conf stands there.
      Dns: ['127.0.0.1'], DnsOptions: [], DnsSearch: ['.'],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_PROFILE}`],
      IpcMode: 'private',
      ...PRIVATE_CGROUPS,
      MaskedPaths: MASKED_PATHS,
      ReadonlyPaths: READONLY_PATHS,
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.pids,
      // A share of all cores, not a set of them: `nproc` still tells the machine's, so steps take JOBS.
      NanoCpus: Math.round(limits.cpus * 1e9),
      Ulimits: ULIMITS,
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${TMP_BYTES}` },
      Mounts: [...inputs, ownVolume('/build', labels), ownVolume('/out', labels)],
      LogConfig: { Type: 'none', Config: {} },
      Init: false,
    },
  };
}

/** Anonymous: it takes the owner of the directory in the image, and goes with the container. */
export function ownVolume(target: string, labels: Record<string, string>): Docker.MountSettings {
  return { Type: 'volume', Target: target, Source: '', VolumeOptions: { NoCopy: false, Labels: labels, DriverConfig: { Name: 'local', Options: {} } } };
}
