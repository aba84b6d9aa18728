"""Lists what images hold, by unpacking them with the tools of the sandbox; runs there as PID 1, standard library only.

Reads   /src/jobs.json   a list of {"format", "file"}
Leaves  /out/listings/N  one JSON object a line: {"tool"}, one for every path, {"entries"}; or only {"failed"}

Names, targets and attributes are bytes, told as latin-1. Rights, owners and devices that this user may not set are kept
by fakeroot, under which unpacking and looking run together. Attributes are read apart from that: fakeroot 1.31 forgets
the type of a file that it keeps attributes of, and keeps none of more than a KiB.
"""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile

KINDS = {
    stat.S_IFDIR: 'directory', stat.S_IFREG: 'file', stat.S_IFLNK: 'symlink', stat.S_IFIFO: 'fifo',
    stat.S_IFCHR: 'character-device', stat.S_IFBLK: 'block-device', stat.S_IFSOCK: 'socket',
}
CHUNK = 1 << 20
OWN = ['python3', '-I', __file__]


class Failed(Exception):
    pass


def run(argv, **how):
    done = subprocess.run(argv, stdin=how.pop('stdin', subprocess.DEVNULL), stdout=how.pop('stdout', subprocess.PIPE), stderr=subprocess.PIPE, **how)
    if done.returncode != 0:
        raise Failed('%s ended with %d: %s' % (argv[0], done.returncode, text(done.stderr.strip()[-500:])))
    return done.stdout


def version(argv):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return text(done.stdout.split(b'\n')[0])


def text(data):
    return data.decode('latin-1')


def content_of(path):
    digest, size = hashlib.sha256(), 0
    with open(path, 'rb', buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {'size': size, 'sha256': digest.hexdigest()}


# Unpacked into a directory: tar, cpio, squashfs. Each says what of the root its tool leaves out, and all attributes by path.

def unpack_tar(image, root):
    os.mkdir(root)
    run(['tar', '--extract', '--file', image, '--directory', root, '--numeric-owner', '--same-owner', '--same-permissions',
         '--delay-directory-restore', '--warning=no-timestamp'])
    return {}, dict(tar_attributes(image))


PAX_ATTRIBUTE = 'SCHILY.xattr.'


def tar_attributes(image):
    with tarfile.open(image, 'r|', bufsize=CHUNK, encoding='utf-8', errors='surrogateescape') as archive:
        while (member := archive.next()) is not None:
            archive.members.clear()
            found = {key.removeprefix(PAX_ATTRIBUTE): value for key, value in member.pax_headers.items() if key.startswith(PAX_ATTRIBUTE)}
            if found:
                yield os.path.normpath(os.fsencode(member.name)), {text(os.fsencode(key)): text(os.fsencode(value)) for key, value in found.items()}


UNSQUASHFS = ['unsquashfs', '-quiet', '-no-progress', '-strict-errors', '-processors', '1', '-data-queue', '64', '-frag-queue', '64']
NO_ATTRIBUTES = re.compile(rb'^(Xattrs are not stored|Number of xattr ids 0)$', re.MULTILINE)


def unpack_squashfs(image, root):
    run([*UNSQUASHFS, '-no-xattrs', '-dest', root, image])
    if NO_ATTRIBUTES.search(run(['unsquashfs', '-stat', image])):
        return {}, {}
    outside = {name: value for name, value in os.environ.items() if not name.startswith(('FAKEROOT', 'LD_'))}
    found = json.loads(run(['fakeroot', *OWN, 'squashfs-attributes', image, root + '.attributes'], env=outside))
    return {}, {path.encode('latin-1'): xattrs for path, xattrs in found.items()}


def squashfs_attributes(image, root):
    """In a fakeroot of its own, whose files are looked at for nothing else."""
    run([*UNSQUASHFS, '-xattrs', '-dest', root, image])
    os.chdir(root)
    found = {text(path): attributes_of(path) for path in paths_below()}
    json.dump({path: xattrs for path, xattrs in found.items() if xattrs}, sys.stdout)


def attributes_of(path):
    names = os.listxattr(path, follow_symlinks=False)
    return {text(os.fsencode(name)): text(os.getxattr(path, name, follow_symlinks=False)) for name in names}


CPIO_ROOT = re.compile(rb'd([-rwxsStT]{9}) +\d+ +(\d+) +(\d+) +\d+ .* \.\n')


def unpack_cpio(image, root):
    os.mkdir(root)
    plain = root + '.cpio'
    with open(plain, 'wb') as file:
        run(['gzip', '--decompress', '--stdout', image], stdout=file)
    with open(plain, 'rb') as file:
        run(['cpio', '--extract', '--make-directories', '--unconditional', '--no-absolute-filenames', '--quiet'], stdin=file, cwd=root)
    # It leaves the directory that it unpacks into as it is; what the archive says of it is in its table.
    with open(plain, 'rb') as file:
        found = CPIO_ROOT.match(run(['cpio', '--list', '--verbose', '--numeric-uid-gid', '--quiet'], stdin=file))
    os.remove(plain)
    if found is None:
        raise Failed('cpio does not list the root first')
    return {'mode': mode_of(text(found[1])), 'uid': int(found[2]), 'gid': int(found[3])}, {}


def mode_of(letters):
    mode = 0
    for at, letter in enumerate(letters):
        if letter in 'rwxst':
            mode |= 1 << (8 - at)
        if letter in 'sStT':
            mode |= 1 << (11 - at // 3)
    return mode


def paths_below():
    """Of the working directory, which is `.` itself; relative, so that they are no longer than the image has them."""
    pending = [b'.']
    while pending:
        path = pending.pop()
        yield path
        if stat.S_ISDIR(os.lstat(path).st_mode):
            pending.extend(name if path == b'.' else path + b'/' + name for name in os.listdir(path))


def walk(root, of_root, attributes):
    os.chdir(root)
    by_inode = {os.lstat(path).st_ino: xattrs for path, xattrs in attributes.items()}
    numbers = {}
    for path in paths_below():
        told = os.lstat(path)
        entry = {
            'path': '' if path == b'.' else text(path), 'kind': KINDS[stat.S_IFMT(told.st_mode)], 'inode': numbers.setdefault(told.st_ino, len(numbers)),
            'mode': stat.S_IMODE(told.st_mode), 'uid': told.st_uid, 'gid': told.st_gid,
        }
        if path == b'.':
            entry.update(of_root)
        if entry['kind'] == 'file':
            # Makes it readable to the user behind fakeroot, where tar did not; under fakeroot the mode is what it was.
            os.chmod(path, entry['mode'])
            entry.update(content_of(path))
        elif entry['kind'] == 'symlink':
            entry['target'] = text(os.readlink(path))
        elif entry['kind'].endswith('-device'):
            entry.update(major=os.major(told.st_rdev), minor=os.minor(told.st_rdev))
        if told.st_ino in by_inode:
            entry['xattrs'] = by_inode[told.st_ino]
        yield entry


# Asked inode by inode: ext4. `rdump` of debugfs makes neither devices nor owners nor attributes.

BATCH = 500
LISTED = re.compile(rb'/(\d+)/(\d+)/-?\d+/-?\d+/([^/]*)/\d*/\n')
HEAD = re.compile(rb'Inode: \d+ +Type: (.+?) +Mode: +([0-7]+)')
OWNER = re.compile(rb'\nUser: +(-?\d+) +Group: +(-?\d+)')
SIZE = re.compile(rb' Size: (\d+)\n')
DEVICE = re.compile(rb'Device major/minor number: (\d+):(\d+)')
ATTRIBUTE = re.compile(rb'^  ([a-z]+\..+?) \(\d+\)(?: = |$)', re.MULTILINE)
FAST_LINK = b'\nFast link dest: "'
TYPES = {
    b'directory': 'directory', b'regular': 'file', b'symlink': 'symlink', b'FIFO': 'fifo', b'socket': 'socket',
    b'character special': 'character-device', b'block special': 'block-device',
}
ROOT_INODE = b'2'
# What debugfs takes of one line of a file of commands.
LINE_BYTES = 250


class Debugfs:
    def __init__(self, image, scratch):
        self.image = image
        self.scratch = scratch
        # No name in the image can look like the mark between two answers.
        self.mark = b'#' + os.urandom(16).hex().encode() + b'\n'

    def ask(self, commands):
        """The answer to each command, in order."""
        answers = []
        for at in range(0, len(commands), BATCH):
            answers.extend(self.ask_some(commands[at:at + BATCH]))
        return answers

    def ask_some(self, commands):
        if any(len(command) > LINE_BYTES for command in commands):
            return [self.run(['-R', command]) for command in commands]
        script = os.path.join(self.scratch, 'commands')
        with open(script, 'wb') as file:
            file.write(b''.join(command + b'\n' + self.mark for command in commands))
        *parts, rest = self.run(['-f', script]).split(self.mark)
        if len(parts) != len(commands) or rest != b'':
            raise Failed('debugfs gave %d answers to %d questions' % (len(parts), len(commands)))
        return [part.removeprefix(b'debugfs: ' + command + b'\n') for command, part in zip(commands, parts)]

    def run(self, what):
        done = subprocess.run(['debugfs', *what, self.image], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        complaints = re.sub(rb'^debugfs \d.*\n', b'', done.stderr).strip()
        if done.returncode != 0 or complaints:
            raise Failed('debugfs ended with %d: %s' % (done.returncode, text(complaints[-500:])))
        return done.stdout


def list_ext4(image, scratch):
    os.mkdir(scratch)
    debugfs = Debugfs(image, scratch)
    places = [(b'', ROOT_INODE)]
    level = [(b'', ROOT_INODE)]
    while level:
        answers = debugfs.ask([b'ls -p <%s>' % inode for _, inode in level])
        found = [child for (path, _), answer in zip(level, answers) for child in children(path, answer)]
        places.extend((path, inode) for path, inode, _ in found)
        level = [(path, inode) for path, inode, is_directory in found if is_directory]
    inodes = sorted({inode for _, inode in places}, key=int)
    told = dict(zip(inodes, map(inode_told, debugfs.ask([b'stat <%s>' % inode for inode in inodes]))))
    add_contents(debugfs, told)
    add_attributes(debugfs, told)
    for path, inode in places:
        yield {'path': text(path), 'inode': int(inode), **told[inode]}


def children(directory, answer):
    at = 0
    while at < len(answer) and answer[at:] != b'\n':
        found = LISTED.match(answer, at)
        if found is None:
            raise Failed('debugfs lists a directory in an unknown way: %s' % text(answer[at:at + 100]))
        at = found.end()
        inode, mode, name = found.groups()
        if name not in (b'.', b'..') and inode != b'0':
            yield (name if directory == b'' else directory + b'/' + name, inode, stat.S_ISDIR(int(mode, 8)))


def inode_told(answer):
    head, owner, size = HEAD.search(answer), OWNER.search(answer), SIZE.search(answer)
    if head is None or owner is None or head[1] not in TYPES:
        raise Failed('debugfs tells of an inode in an unknown way: %s' % text(answer[:200]))
    told = {'kind': TYPES[head[1]], 'mode': int(head[2], 8), 'uid': int(owner[1]) & 0xffffffff, 'gid': int(owner[2]) & 0xffffffff}
    before_target, _, target = answer.partition(FAST_LINK)
    if told['kind'] == 'symlink' and target != b'':
        told['target'] = text(target[:int(size[1])])
    if told['kind'].endswith('-device'):
        device = DEVICE.search(answer)
        told.update(major=int(device[1]), minor=int(device[2]))
    _, _, attributes = before_target.partition(b'\nExtended attributes:\n')
    names = ATTRIBUTE.findall(attributes)
    if names:
        told['xattrs'] = {text(name): None for name in names}
    return told


def add_contents(debugfs, told):
    wanted = [inode for inode, one in told.items() if one['kind'] == 'file' or (one['kind'] == 'symlink' and 'target' not in one)]
    for at in range(0, len(wanted), BATCH):
        some = wanted[at:at + BATCH]
        places = {inode: os.path.join(debugfs.scratch, text(inode)) for inode in some}
        debugfs.ask([b'dump <%s> %s' % (inode, place.encode()) for inode, place in places.items()])
        for inode, place in places.items():
            if told[inode]['kind'] == 'file':
                told[inode].update(content_of(place))
            else:
                with open(place, 'rb') as file:
                    told[inode]['target'] = text(file.read())
            os.remove(place)


def add_attributes(debugfs, told):
    wanted = [(inode, name) for inode, one in told.items() for name in one.get('xattrs', {})]
    places = [os.path.join(debugfs.scratch, 'attribute%d' % at) for at in range(len(wanted))]
    debugfs.ask([b'ea_get -f %s <%s> "%s"' % (place.encode(), inode, name.encode('latin-1')) for (inode, name), place in zip(wanted, places)])
    for (inode, name), place in zip(wanted, places):
        with open(place, 'rb') as file:
            told[inode]['xattrs'][name] = text(file.read())


FORMATS = {
    'tar': (['tar', '--version'], unpack_tar),
    'cpio.gz': (['cpio', '--version'], unpack_cpio),
    'squashfs': (['unsquashfs', '-version'], unpack_squashfs),
    'ext4': (['debugfs', '-V'], None),
}


def entries_of(format, image, scratch):
    unpack = FORMATS[format][1]
    return list_ext4(image, scratch) if unpack is None else walk(scratch, *unpack(image, scratch))


def list_one(format, image, scratch, listing):
    count = 0
    with open(listing, 'w', encoding='ascii') as file:
        tell(file, {'tool': version(FORMATS[format][0])})
        for entry in entries_of(format, image, scratch):
            tell(file, entry)
            count += 1
        tell(file, {'entries': count})


def tell(file, value):
    file.write(json.dumps(value) + '\n')


def list_all():
    with open('/src/jobs.json', encoding='utf-8') as file:
        jobs = json.load(file)
    os.mkdir('/out/listings')
    for at, job in enumerate(jobs):
        scratch, listing = '/build/%d' % at, '/out/listings/%d' % at
        own = [*OWN, job['format'], '/src/' + job['file'], scratch, listing]
        try:
            run(own if job['format'] == 'ext4' else ['fakeroot', *own])
        except Failed as why:
            with open(listing, 'w', encoding='ascii') as file:
                tell(file, {'failed': str(why)})
        for left in (scratch, scratch + '.attributes'):
            shutil.rmtree(left, ignore_errors=True)


def main():
    if len(sys.argv) == 1:
        return list_all()
    what, *rest = sys.argv[1:]
    try:
        squashfs_attributes(*rest) if what == 'squashfs-attributes' else list_one(what, *rest)
    except (Failed, OSError, ValueError, tarfile.TarError) as why:
        sys.exit('%s: %s' % (what, why))


main()
