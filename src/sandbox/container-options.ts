import type Docker from 'dockerode';

import { BUILD_UID } from './assemble.ts';
import { ownLabels } from './leftovers.ts';
import type { SandboxCommand } from './runner.ts';
import { sandboxTag } from './sandbox-image.ts';

const TMP_BYTES = 2 * 1024 ** 3;
/** Low enough that an engine without the right to raise limits may set them. */
const OPEN_FILES = { Soft: 1024, Hard: 4096 };

/** What a step may see and do: no network, no rights, one user, fixed names; nothing of the host but its kernel. */
export function containerOptions(command: SandboxCommand, mounts: Docker.MountSettings[], home: string): Docker.ContainerCreateOptions {
  const { limits } = command;
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
    Labels: { ...ownLabels(home), 'provenroot.step': command.label },
    // Anonymous: they take the owner of the directory in the image, and go with the container.
    Volumes: { '/build': {}, '/out': {} },
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      IpcMode: 'private',
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.pids,
      NanoCpus: Math.round(limits.cpus * 1e9),
      Ulimits: [{ Name: 'nofile', ...OPEN_FILES }, { Name: 'core', Soft: 0, Hard: 0 }],
      Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${TMP_BYTES}` },
      Mounts: mounts,
      LogConfig: { Type: 'none', Config: {} },
      Init: false,
    },
  };
}
