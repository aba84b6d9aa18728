"""Runs inside a step and tries what a step must not be able to do. One line a trial: NAME TAB what came of it.

Arguments: the port on which the host listens, the host's addresses (comma-separated), the name of a file on the host,
the time that inputs have.
"""
import ctypes
import errno
import os
import socket
import stat
import subprocess
import sys

port, addresses, canary, epoch = int(sys.argv[1]), sys.argv[2].split(','), sys.argv[3], int(sys.argv[4])
libc = ctypes.CDLL(None, use_errno=True)


def tell(name, what):
    print(f'{name}\t{what}', flush=True)


def attempt(name, work):
    try:
        tell(name, f'DONE {work()!r}')
    except socket.gaierror:
        tell(name, 'EAI')
    except TimeoutError:
        tell(name, 'TIMEOUT')
    except OSError as error:
        tell(name, errno.errorcode.get(error.errno, str(error)))


def system_call(number, *arguments):
    if libc.syscall(number, *arguments) == -1:
        raise OSError(ctypes.get_errno(), 'refused')


def connect(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as one:
        one.settimeout(2)
        one.connect(address)


def write(path):
    with open(path, 'w'):
        pass


def walk(top):
    for directory, names, files in os.walk(top, followlinks=False):
        names[:] = [name for name in names if os.path.join(directory, name) not in ('/proc', '/sys')]
        for name in names + files:
            path = os.path.join(directory, name)
            yield path, os.lstat(path)


# The network.
attempt('dns', lambda: socket.getaddrinfo('example.org', 80))
for address in addresses:
    attempt(f'tcp {address}', lambda: connect(socket.AF_INET, (address, port)))
attempt('tcp metadata', lambda: connect(socket.AF_INET, ('169.254.169.254', 80)))
attempt('tcp6', lambda: connect(socket.AF_INET6, ('2001:db8::1', port)))
attempt('abstract socket', lambda: connect(socket.AF_UNIX, f'\0{canary}'))
attempt('raw socket', lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
for name, family in (('packet', 17), ('bluetooth', 31), ('alg', 38), ('vsock', 40), ('xdp', 44)):
    attempt(f'family {name}', lambda: socket.socket(family, socket.SOCK_STREAM))
tell('interfaces', [name for _, name in socket.if_nameindex()])
tell('routes', len(open('/proc/net/route').readlines()) - 1)

# The file system.
for path in ('/', '/etc', '/usr/bin', '/src', '/src/sub', '/sysroot', '/host', '/proc/sys/kernel', '/sys'):
    attempt(f'write {path}', lambda: write(os.path.join(path, 'probe')))
for path in ('/src/sub/file', '/usr/bin/env', '/etc/passwd', '/etc/resolv.conf', '/etc/hosts', '/etc/hostname'):
    attempt(f'append {path}', lambda: open(path, 'a').close())
    attempt(f'chmod {path}', lambda: os.chmod(path, 0o777))
    attempt(f'remove {path}', lambda: os.remove(path))
attempt('touch input', lambda: os.utime('/src/sub/file', (1, 1)))
entries = list(walk('/'))
tell('canary', [path for path, _ in entries if canary in path])
attempt('canary by path', lambda: open(f'/tmp/{canary}').read())
tell('setuid files', [path for path, entry in entries if stat.S_ISREG(entry.st_mode) and entry.st_mode & 0o6000])
tell('capabilities', [path for path, entry in entries if stat.S_ISREG(entry.st_mode) and 'security.capability' in os.listxattr(path, follow_symlinks=False)])
tell('sockets', [path for path, entry in entries if stat.S_ISSOCK(entry.st_mode)])
tell('devices', sorted(path for path, entry in entries if stat.S_ISCHR(entry.st_mode) or stat.S_ISBLK(entry.st_mode)))
places = ('/build/', '/out/', '/tmp/', '/dev/shm/', '/dev/mqueue/')
tell('writable', sorted(path for path, entry in entries
                        if not stat.S_ISLNK(entry.st_mode) and not stat.S_ISCHR(entry.st_mode)
                        and os.access(path, os.W_OK) and not f'{path}/'.startswith(places)))
tell('engine socket', [path for path in ('/var/run/docker.sock', '/run/docker.sock') if os.path.exists(path)])
tell('wrong times', sorted(path for top in ('/src', '/sysroot', '/host')
                           for path, entry in [(top, os.lstat(top)), *walk(top)] if entry.st_mtime != epoch))

# Rights.
own = '/build/own'
write(own)
attempt('mknod character', lambda: os.mknod('/build/null', stat.S_IFCHR | 0o666, os.makedev(1, 3)))
attempt('mknod block', lambda: os.mknod('/build/disk', stat.S_IFBLK | 0o666, os.makedev(254, 0)))
attempt('chown root', lambda: os.chown(own, 0, 0))
attempt('setuid root', lambda: os.setuid(0))
attempt('setgid root', lambda: os.setgid(0))
attempt('setgroups', lambda: os.setgroups([0]))
attempt('chroot', lambda: os.chroot('/build'))
attempt('mount', lambda: system_call(165, b'none', b'/build', b'tmpfs', 0, None))
attempt('unmount', lambda: system_call(166, b'/tmp', 0))
for name, flag in (('user', 0x10000000), ('mount', 0x20000), ('network', 0x40000000), ('pid', 0x20000000)):
    attempt(f'unshare {name}', lambda: system_call(272, flag))
attempt('setns', lambda: system_call(308, os.open('/proc/1/ns/net', os.O_RDONLY), 0))
attempt('bpf', lambda: system_call(321, 0, None, 0))
attempt('perf_event_open', lambda: system_call(298, None, 0, -1, -1, 0))
attempt('add_key', lambda: system_call(248, b'user', b'name', b'x', 1, -4))
attempt('open_by_handle_at', lambda: system_call(304, -100, None, 0))
attempt('keyctl', lambda: system_call(250, 0, -3, 1))
attempt('userfaultfd', lambda: system_call(323, 0))
attempt('io_uring_setup', lambda: system_call(425, 1, None))
attempt('clone3 in a user namespace', lambda: system_call(435, (ctypes.c_uint64 * 8)(0x10000000, 0, 0, 0, 17), 64))
attempt('clone in a user namespace', lambda: system_call(56, 0x10000000 | 17, None, None, None, None))
attempt('init_module', lambda: system_call(175, None, 0, b''))
attempt('reboot', lambda: system_call(169, 0xfee1dead, 672274793, 0x01234567, None))
attempt('clock_settime', lambda: system_call(227, 0, b'\0' * 16))
attempt('sethostname', lambda: system_call(170, b'other', 5))
attempt('kernel log', lambda: system_call(103, 3, ctypes.create_string_buffer(16), 16))
with open('/tmp/compat.c', 'w') as source:
    source.write('int main(void) { int pid; __asm__ volatile ("int $0x80" : "=a"(pid) : "a"(20)); return pid > 0 ? 0 : 1; }')
subprocess.run(['gcc', '-o', '/tmp/compat', '/tmp/compat.c'], check=True)
tell('32-bit call', 'DONE' if subprocess.run(['/tmp/compat']).returncode == 0 else 'refused')
attempt('priority', lambda: os.nice(-1))
with open('/proc/self/status') as status:
    fields = dict(line.rstrip('\n').split(':\t', 1) for line in status if ':\t' in line)
for field in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'):
    tell(field, fields[field])

# What it is told.
tell('ids', [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getgroups()])
tell('umask', oct(os.umask(0o22)))
tell('directory', os.getcwd())
tell('hostname', socket.gethostname())
tell('hostname file', open('/etc/hostname').read().split())
tell('resolv.conf', open('/etc/resolv.conf').read().split())
tell('processes', len([name for name in os.listdir('/proc') if name.isdigit()]))
with open('/proc/1/cmdline') as command:
    tell('pid 1', command.read().split('\0')[:-1])
with open('/proc/1/environ') as environment:
    tell('environment of pid 1', sorted(environment.read().split('\0')[:-1]))
tell('environment', sorted(f'{name}={value}' for name, value in os.environ.items()))
tell('stdin', os.path.realpath('/proc/self/fd/0'))
