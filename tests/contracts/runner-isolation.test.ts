import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSandboxBench, EPOCH_SECONDS, type SandboxBench } from '../support/sandbox-bench.ts';

let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

/** What a shell text prints when run alone in the sandbox. */
async function said(text: string): Promise<string> {
  return (await bench.sh(text)).log;
}

describe('the network', () => {
  let server: Server;
  let port: number;
  beforeAll(async () => {
    server = createServer((_request, response) => response.end('reached')).listen(0, '0.0.0.0');
    await new Promise((resolve) => server.once('listening', resolve));
    port = (server.address() as { port: number }).port;
  });
  afterAll(() => { server.close(); });

  const connecting = (host: string, at: number): string => `python3 - <<'END'
import socket
try:
    socket.create_connection(("${host}", ${at}), 3).close()
    print("reached")
except OSError as error:
    print("refused", type(error).__name__)
END`;

  it('cannot reach a server on the host loopback', async () => {
    expect(await said(connecting('127.0.0.1', port))).toMatch(/^refused/);
  });

  it('cannot reach the bridge of the engine', async () => {
    expect(await said(connecting('172.17.0.1', port))).toMatch(/^refused/);
  });

  it('cannot reach the metadata service of a cloud', async () => {
    expect(await said(connecting('169.254.169.254', 80))).toMatch(/^refused/);
  });

  it('cannot resolve a name', async () => {
    expect(await said(connecting('example.org', 80))).toMatch(/^refused/);
  });

  it('has the loopback device only', async () => {
    expect(await said(`awk -F: 'NR > 2 { print $1 }' /proc/net/dev`)).toMatch(/^ *lo\n$/);
  });

  it('finds nothing of the host in resolv.conf and hosts', async () => {
    expect(await said('grep -v "^#" /etc/resolv.conf | grep -v "127.0.0.1"')).toBe('');
    expect(await said(`grep -vE '^(127.0.0.1|::1|f[ef]0[0-2]::)' /etc/hosts | wc -l`)).toMatch(/^ *0\n$/);
  });

  it('has no socket of the engine', async () => {
    expect(await said('ls /var/run/docker.sock /run/docker.sock 2>&1 | grep -c "No such file"')).toBe('2\n');
  });
});

describe('files', () => {
  it('cannot write anywhere but /build, /out, /tmp and shared memory', async () => {
    const text = `for place in / /bin /dev /etc /home /host /lib /opt /proc /root /run /src /srv /sys /sys/fs/cgroup /sysroot /usr /var /var/tmp /build /out /tmp /dev/shm /dev/mqueue; do
      if (: >"$place/probe") 2>/dev/null; then printf '%s ' "$place"; fi; done; rm -f /out/probe`;
    const writable = (await said(text)).trim().split(' ');
    expect(writable.filter((place) => !place.startsWith('/dev/'))).toEqual(['/build', '/out', '/tmp']);
  });

  it('can run programs from /tmp and /build', async () => {
    expect(await said('for at in /tmp /build; do printf "#!/bin/sh\\necho ran\\n" >$at/x; chmod +x $at/x; $at/x; done')).toBe('ran\nran\n');
  });

  it('cannot write to, remount or replace an input', async () => {
    const input = await bench.tree({ 'include/a.h': 'x', 'keep/run': 'y' });
    const run = await bench.sh(
      'for at in /src /sysroot /host; do touch $at/new $at/include/a.h; rm -rf $at/include; chmod 777 $at/include/a.h; mv $at/keep $at/gone; mount -o remount,rw $at; done 2>/dev/null; cat /*/include/a.h; ls /sysroot',
      { mounts: [{ at: '/src', trees: [input] }, { at: '/sysroot', trees: [input] }, { at: '/host', trees: [input] }] },
    );
    expect(run.log).toBe('xxxinclude\nkeep\n');
  });

  it('sees no file of the host', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'canary-'));
    try {
      await writeFile(join(directory, 'canary'), 'seen', { mode: 0o666 });
      expect(await said(`cat ${directory}/canary /proc/1/root${directory}/canary 2>&1 | grep -c "No such file"`)).toBe('2\n');
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('sees only its own processes', async () => {
    expect(await said('echo /proc/[0-9]*; tr "\\0" " " </proc/1/cmdline | cut -c1-7')).toMatch(/^\/proc\/1( \/proc\/\d)*\n\/bin\/sh\n$/);
  });

  it('sees neither the hardware of the host nor its kernel command line', async () => {
    expect(await said('cat /proc/cmdline /proc/modules /proc/partitions 2>/dev/null | wc -c; ls /sys/class /sys/block /sys/devices /sys/module | grep -vc :')).toMatch(/^0\n[0-4]\n$/);
  });
});

describe('rights', () => {
  it('has no capability, and can gain none', async () => {
    const status = await said('grep -E "^(Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):" /proc/self/status');
    expect(status.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      ...['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((set) => `Cap${set}: 0000000000000000`), 'NoNewPrivs: 1', 'Seccomp: 2',
    ]);
  });

  it.each([
    ['make a device', 'mknod /tmp/null c 1 3'],
    ['give a file away', 'touch /tmp/x; chown root /tmp/x'],
    ['become root in a user namespace', 'unshare -r true'],
    ['mount', 'mount -t tmpfs none /tmp'],
    ['set the clock', 'date -s 2001-01-01'],
    ['set the host name', 'hostname other'],
    ['signal what is not its own', 'kill -0 2147'],
    ['raise a limit', 'ulimit -n 100000'],
    ['trace with the kernel keyring', 'python3 -c "import ctypes,sys; sys.exit(0 if ctypes.CDLL(None).syscall(250, 0, -3, 1) >= 0 else 1)"'],
  ])('cannot %s', async (_what, text) => {
    const run = await bench.sh(`(${text}) >/dev/null 2>&1 && echo done || echo refused`);
    expect(run.log).toBe('refused\n');
  });

  it('has no program that runs as another user', async () => {
    expect(await said('find / -xdev -perm /6000 -type f 2>/dev/null | wc -l')).toMatch(/^ *0\n$/);
  });

  it('can use fakeroot', async () => {
    expect(await said('fakeroot sh -c "touch /tmp/x; chown 0:0 /tmp/x; stat -c %u:%g /tmp/x"')).toBe('0:0\n');
  });
});

describe('what is fixed', () => {
  it('is the user, host name, zone and limits', async () => {
    expect(await said('id -u; id -g; id -G; id -un; hostname; date +%Z; umask; ulimit -n; ulimit -c; ulimit -s')).toBe(
      '1000\n1000\n1000\nbuild\nprovenroot\nUTC\n0022\n1024\n0\n8192\n',
    );
  });

  it('is the environment: what the command says, and three constants of the engine', async () => {
    const run = await bench.sh('env | grep -v "^PWD=" | sort', { environment: { GIVEN: 'a b' } });
    expect(run.log).toBe('GIVEN=a b\nHOME=/build/home\nHOSTNAME=provenroot\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin\nTZ=UTC\n');
  });

  it('is the control group: the random id of the container is not told', async () => {
    expect(await said(`cut -d: -f3 /proc/self/cgroup | sort -u`)).toBe('/\n');
  });

  it('are the times of inputs and of the empty directories', async () => {
    const input = await bench.tree({ 'a/b': 'x', 'link': { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: 'a/b' as never } });
    const run = await bench.sh('find /src /build /out -exec stat -c "%n %Y" {} +', { mounts: [{ at: '/src', trees: [input] }] });
    expect(run.log.trim().split('\n').toSorted()).toEqual([
      '/build 0', '/out 0', ...['/src', '/src/a', '/src/a/b', '/src/link'].map((path) => `${path} ${EPOCH_SECONDS}`),
    ]);
  });
});
