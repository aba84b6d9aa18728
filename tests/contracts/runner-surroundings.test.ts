import { pathBytes } from '../../src/tree/entry.ts';
import { EPOCH_SECONDS, openSandboxBench, type SandboxBench } from '../support/sandbox-bench.ts';

/** Name to shell text; all of it runs in one container, each in a shell of its own. */
const QUESTIONS = {
  who: 'id -u; id -g; id -G; id -un; hostname; date +%Z; umask',
  limits: 'ulimit -n; ulimit -c; ulimit -s',
  raising: 'ulimit -n 100000 2>&1 || echo refused',
  environment: 'env | grep -vE "^(PWD|OLDPWD)=" | sort',
  cgroup: 'cut -d: -f3 /proc/self/cgroup | sort -u',
  times: 'find /sysroot -exec stat -c "%n %Y" {} +',
  resolver: 'grep -v "^#" /etc/resolv.conf | grep -v "127.0.0.1"; grep -cvE "^(127.0.0.1|::1|f[ef]0[0-2]::)" /etc/hosts',
  masked: 'cat /proc/cmdline /proc/modules /proc/partitions /proc/interrupts /proc/kallsyms 2>/dev/null | wc -c; for at in class block devices module kernel; do ls -A /sys/$at; done',
  programs: 'for at in /tmp /build; do printf "#!/bin/sh\\necho ran\\n" >$at/x; chmod +x $at/x; $at/x; done',
  changing: `for at in /src /sysroot /host; do touch $at/new $at/include/a.h; rm -rf $at/include; chmod 777 $at/include/a.h; mv $at/keep $at/gone
    mount -o remount,rw $at; done 2>/dev/null; cat /*/include/a.h; ls /sysroot`,
  processes: 'echo /proc/[0-9]* | wc -w; kill -0 2147 2>/dev/null || echo refused',
  fakeroot: 'fakeroot sh -c "touch /tmp/y; chown 0:0 /tmp/y; stat -c %u:%g /tmp/y"',
  layout: 'unshare -r true 2>/dev/null || echo refused; setarch --addr-no-randomize echo fixed',
} as const;

let bench: SandboxBench;
let answers: Map<string, string>;

beforeAll(async () => {
  bench = await openSandboxBench();
  const input = await bench.tree({ 'include/a.h': 'x', 'keep/run': 'y', 'link': { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes('include/a.h') } });
  const text = Object.entries(QUESTIONS).map(([name, question]) => `echo '@ ${name}'; (${question})`).join('\n');
  const run = await bench.sh(text, { mounts: (['/src', '/sysroot', '/host'] as const).map((at) => ({ at, trees: [input] })), environment: { GIVEN: 'a b' } });
  answers = new Map(run.log.split(/^@ /m).slice(1).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]));
}, 600_000);
afterAll(async () => { await bench.close(); });

const answer = (name: keyof typeof QUESTIONS): string => answers.get(name) ?? '(no answer)';

describe('a step', () => {
  it('is one user under one name, in one zone, with one mask and the same limits', () => {
    expect(answer('who')).toBe('1000\n1000\n1000\nbuild\nprovenroot\nUTC\n0022\n');
    expect(answer('limits')).toBe('1024\n0\n8192\n');
    expect(answer('raising')).toMatch(/refused|cannot|not permitted/i);
  });

  it('has the environment of its command, and of the engine its home and host name', () => {
    expect(answer('environment')).toBe('GIVEN=a b\nHOME=/build/home\nHOSTNAME=provenroot\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin\nTZ=UTC\n');
  });

  it('is not told the id of its container by control groups', () => {
    expect(answer('cgroup')).toBe('/\n');
  });

  it('sees one time on files, links and directories of its inputs', () => {
    const paths = ['', '/include', '/include/a.h', '/keep', '/keep/run', '/link'];
    expect(answer('times').trim().split('\n').toSorted()).toEqual(paths.map((path) => `/sysroot${path} ${EPOCH_SECONDS}`));
  });

  it('finds no resolver and no names of the host', () => {
    expect(answer('resolver')).toBe('0\n');
  });

  it('sees neither the hardware of the host nor the command line and symbols of its kernel', () => {
    expect(answer('masked').trim()).toBe('0');
  });

  it('runs programs from where it may write', () => {
    expect(answer('programs')).toBe('ran\nran\n');
  });

  it('cannot write to, remount or replace an input', () => {
    expect(answer('changing')).toBe('xxxinclude\nkeep\nlink\n');
  });

  it('sees and signals its own processes only', () => {
    expect(answer('processes')).toMatch(/^[2-6]\nrefused\n$/);
  });

  it('can use what a build needs: fakeroot, a fixed layout of memory', () => {
    expect(answer('fakeroot')).toBe('0:0\n');
    expect(answer('layout')).toBe('refused\nfixed\n');
  });
});
