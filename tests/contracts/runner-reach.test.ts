import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';

import { EPOCH_SECONDS, openSandboxBench, type BenchRun, type SandboxBench } from '../support/sandbox-bench.ts';

const PROBE = join(import.meta.dirname, '../support/isolation-probe.py');
const ENVIRONMENT = ['HOME=/build/home', 'LC_ALL=C', 'PATH=/usr/sbin:/usr/bin', 'TZ=UTC'];

let bench: SandboxBench;
let host: HostSide;
let run: BenchRun;
let told: Map<string, string>;

beforeAll(async () => {
  bench = await openSandboxBench();
  host = await openHostSide();
  process.env['PROVENROOT_CANARY'] = 'seen';
  const inputs = await bench.tree({ 'sub/file': 'input' });
  const phase = `exec python3 /src/probe ${host.port} ${host.addresses.join(',')} ${host.canary} ${EPOCH_SECONDS}`;
  run = await bench.step([phase], { 'probe': await readFile(PROBE, 'utf8'), 'sub/file': 'input' }, { mounts: [{ at: '/sysroot', trees: [inputs] }, { at: '/host', trees: [] }] });
  told = new Map(run.log.split('\n').filter((line) => line.includes('\t')).map((line) => line.split('\t', 2) as [string, string]));
}, 600_000);
afterAll(async () => {
  await host.close();
  await bench.close();
});

const asTold = (name: string): string => told.get(name) ?? `(nothing said of ${name})`;
const namesOf = (prefix: string): string[] => [...told.keys()].filter((name) => name.startsWith(prefix));

describe('a step', () => {
  it('has gone through every trial', () => {
    expect(run.exit).toEqual({ kind: 'exited', code: 0 });
    expect(asTold('stdin')).toBe('/dev/null');
  });

  it('reaches no name, no address of the host, no metadata service', () => {
    expect(asTold('dns')).toBe('EAI');
    expect(namesOf('tcp').length).toBeGreaterThan(3);
    for (const name of namesOf('tcp')) expect([name, asTold(name)]).toEqual([name, expect.stringMatching(/^(ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL)$/)]);
    expect(host.connections()).toBe(0);
  });

  it('has one interface and no route, and makes no raw socket', () => {
    expect(asTold('interfaces')).toBe("['lo']");
    expect(asTold('routes')).toBe('0');
    expect(asTold('raw socket')).toBe('EPERM');
  });

  it('reaches no socket of the host that has no place in the file system, nor the hypervisor', () => {
    expect(asTold('abstract socket')).toBe('ECONNREFUSED');
    for (const name of namesOf('family ')) expect([name, asTold(name)]).toEqual([name, 'EPERM']);
    expect(namesOf('family ')).toContain('family vsock');
    expect(asTold('32-bit call')).toBe('refused');
  });

  it('writes nowhere but where it works, into outputs and temporary files', () => {
    for (const name of [...namesOf('write /'), ...namesOf('append /'), ...namesOf('chmod /'), ...namesOf('remove /'), 'touch input']) {
      expect([name, asTold(name)]).toEqual([name, expect.stringMatching(/^(EROFS|EACCES|EPERM|ENOENT|EBUSY)$/)]);
    }
    expect(asTold('writable')).toBe('[]');
  });

  it('sees no file, socket or process of the host', () => {
    for (const name of ['canary', 'sockets', 'engine socket']) expect([name, asTold(name)]).toEqual([name, '[]']);
    expect(asTold('canary by path')).toBe('ENOENT');
    expect(Number(asTold('processes'))).toBeLessThan(6);
  });

  it('finds only the devices that stand for nothing', () => {
    expect(asTold('devices')).toBe("['/dev/full', '/dev/null', '/dev/pts/ptmx', '/dev/random', '/dev/tty', '/dev/urandom', '/dev/zero']");
  });

  it('makes no device, mounts nothing, enters no namespace', () => {
    for (const name of ['mknod character', 'mknod block', 'mount', 'unmount', 'chroot', 'setns', 'clone in a user namespace', ...namesOf('unshare ')]) {
      expect([name, asTold(name)]).toEqual([name, 'EPERM']);
    }
    expect(asTold('clone3 in a user namespace')).toBe('ENOSYS');
  });

  it('becomes nobody else and gains no right', () => {
    for (const name of ['chown root', 'setuid root', 'setgid root', 'setgroups']) expect([name, asTold(name)]).toEqual([name, 'EPERM']);
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) expect([name, asTold(name)]).toEqual([name, '0000000000000000']);
    expect([asTold('NoNewPrivs'), asTold('Seccomp')]).toEqual(['1', '2']);
    expect([asTold('setuid files'), asTold('capabilities')]).toEqual(['[]', '[]']);
  });

  it('asks nothing of the kernel that is the host\'s to decide', () => {
    for (const name of ['bpf', 'perf_event_open', 'add_key', 'keyctl', 'userfaultfd', 'io_uring_setup', 'open_by_handle_at', 'init_module', 'reboot', 'clock_settime', 'sethostname', 'kernel log', 'priority']) {
      expect([name, asTold(name)]).toEqual([name, expect.stringMatching(/^(EPERM|EACCES|ENOSYS)$/)]);
    }
  });

  it('is the same user in the same place under the same name everywhere', () => {
    expect(asTold('ids')).toBe('[1000, 1000, 1000, 1000, [1000]]');
    expect(asTold('umask')).toBe('0o22');
    expect(asTold('directory')).toBe('/build/source');
    expect([asTold('hostname'), asTold('hostname file')]).toEqual(['provenroot', "['provenroot']"]);
    expect(asTold('resolv.conf')).not.toMatch(/search (?!\.)/);
  });

  it('runs under our step runner as process 1', () => {
    expect(asTold('pid 1')).toBe("['/bin/sh', '/src/step/run']");
  });

  it('is given its environment and inherits none', () => {
    const list = (lines: readonly string[]): string => `[${lines.map((line) => `'${line}'`).join(', ')}]`;
    // The engine adds the host name; dash where it is, and Python nothing.
    expect(asTold('environment of pid 1')).toBe(list([...ENVIRONMENT, 'HOSTNAME=provenroot'].toSorted()));
    expect(asTold('environment')).toBe(list([...ENVIRONMENT, 'HOSTNAME=provenroot', 'OLDPWD=/build', 'PWD=/build/source'].toSorted()));
  });

  it('sees one time on all inputs', () => {
    expect(asTold('wrong times')).toBe('[]');
  });
});

interface HostSide {
  port: number;
  addresses: string[];
  canary: string;
  connections: () => number;
  close: () => Promise<void>;
}

/** What a step could reach if it could reach the host: a listener on every address, an abstract socket, a file. */
async function openHostSide(): Promise<HostSide> {
  const directory = await mkdtemp(join(tmpdir(), 'provenroot-canary-'));
  const canary = `canary-${process.pid}`;
  await writeFile(join(directory, canary), 'canary');
  await writeFile(join(tmpdir(), canary), 'canary');
  let connections = 0;
  const count = (): Server => createServer((socket) => { connections++; socket.destroy(); });
  const tcp = count();
  const abstract = count();
  await new Promise<void>((resolve) => tcp.listen(0, '0.0.0.0', resolve));
  await new Promise<void>((resolve) => abstract.listen(`\0${canary}`, resolve));
  const addresses = Object.values(networkInterfaces()).flat().flatMap((one) => one?.family === 'IPv4' ? [one.address] : []);
  return {
    port: (tcp.address() as AddressInfo).port, addresses: [...new Set(['127.0.0.1', '172.17.0.1', ...addresses])], canary,
    connections: () => connections,
    close: async () => {
      tcp.close();
      abstract.close();
      await rm(directory, { recursive: true });
      await rm(join(tmpdir(), canary));
    },
  };
}
