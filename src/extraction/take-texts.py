"""Takes single files out of source archives; runs in the sandbox as PID 1, standard library only.

Reads   /src/jobs.json   a list of {"file", "paths"}; paths as after unpacking, which takes the top directory off a tar
Leaves  /out/texts/N/M   the file at path M of archive N; nothing where the archive has no such file
        /out/texts/N/failed   why the archive could not be read

Reading ends where the last wanted file was met: of a path that an archive has twice, the first counts. Links are followed
within the archive only.
"""
import json
import os
import posixpath
import subprocess
import tarfile
import zipfile

# One more than is taken, so that the reader of /out sees that it is too much.
MOST_BYTES = 4 * 1024 * 1024 + 1
MOST_LINKS = 8
BUFFER = 1 << 20
MAGIC = [
    (b'\x1f\x8b', ['gzip', '-dc']), (b'BZh', ['bzip2', '-dc']), (b'\xfd7zXZ\0', ['xz', '-dc']), (b'\x28\xb5\x2f\xfd', ['zstd', '-dcq', '--long=31']),
    (b'\x5d\0\0', ['xz', '-dc', '--format=lzma']),
]


class Failed(Exception):
    pass


def within(path):
    """In plain form; None where it leads out of the archive or nowhere."""
    if path.startswith('/'):
        return None
    plain = posixpath.normpath(path)
    return None if plain == '.' or plain == '..' or plain.startswith('../') else plain


def stripped(name):
    """As `tar --strip-components=1` names it."""
    _, _, rest = name.lstrip('/').partition('/')
    return within(rest.lstrip('/')) if rest else None


class Search:
    """Which path each wanted file is looked for at; a link that is met moves it."""

    def __init__(self, paths, out):
        self.out = out
        self.at = {}
        self.links = [0] * len(paths)
        self.moved = set()
        for index, path in enumerate(paths):
            if within(path) is not None:
                self.at[index] = within(path)

    def here(self, name):
        return [index for index, path in self.at.items() if path == name]

    def below(self, name):
        return [index for index, path in self.at.items() if path == name or path.startswith(name + '/')]

    def found(self, name, content):
        for index in self.here(name):
            with open('%s/%d' % (self.out, index), 'wb') as file:
                file.write(content)
            del self.at[index]

    def give_up(self, indexes):
        for index in indexes:
            del self.at[index]

    def move(self, index, target):
        self.links[index] += 1
        if target is None or self.links[index] > MOST_LINKS:
            del self.at[index]
        else:
            self.at[index] = target
            self.moved.add(index)

    def through_symlink(self, name, target):
        for index in self.below(name):
            rest = self.at[index][len(name):]
            self.move(index, within(posixpath.join(posixpath.dirname(name), target) + rest))


def decompressed(place):
    """An open stream of the tar, and the process that makes it."""
    with open(place, 'rb') as file:
        start = file.read(6)
    for magic, argv in MAGIC:
        if start.startswith(magic):
            process = subprocess.Popen([*argv, place], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            return process.stdout, process
    return open(place, 'rb'), None


def search_tar(place, search):
    stream, process = decompressed(place)
    whole = False
    try:
        with tarfile.open(fileobj=stream, mode='r|', bufsize=BUFFER, encoding='utf-8', errors='surrogateescape') as archive:
            while search.at and (member := archive.next()) is not None:
                archive.members.clear()
                look_at(archive, member, search)
            whole = bool(search.at)
        if whole:
            while stream.read(BUFFER):
                pass
    except (tarfile.TarError, EOFError) as why:
        raise Failed(str(why)) from why
    finally:
        stream.close()
        if process is not None:
            if not whole:
                process.kill()
            process.wait()
    if whole and process is not None and process.returncode != 0:
        raise Failed('%s ended with %d' % (process.args[0], process.returncode))


def look_at(archive, member, search):
    name = stripped(member.name)
    if name is None:
        return
    if member.issym():
        search.through_symlink(name, member.linkname)
    elif member.islnk():
        for index in search.here(name):
            search.move(index, stripped(member.linkname))
    elif search.here(name):
        if member.isreg():
            search.found(name, archive.extractfile(member).read(MOST_BYTES))
        else:
            search.give_up(search.here(name))


def search_zip(place, search):
    """Unpacked without taking anything off; links are not followed."""
    try:
        with zipfile.ZipFile(place) as archive:
            for info in archive.infolist():
                name = within(info.filename)
                is_file = not info.is_dir() and (info.external_attr >> 28) in (0, 8)
                if name is not None and is_file and search.here(name):
                    with archive.open(info) as file:
                        search.found(name, file.read(MOST_BYTES))
    except zipfile.BadZipFile as why:
        raise Failed(str(why)) from why


def take(place, search):
    with open(place, 'rb') as file:
        if file.read(4) == b'PK\3\4':
            return search_zip(place, search)
    while search.at:
        search.moved.clear()
        search_tar(place, search)
        # A link may lead to what had gone by: another turn for those that were moved. The rest is not there.
        search.give_up([index for index in search.at if index not in search.moved])


def main():
    with open('/src/jobs.json', encoding='utf-8') as file:
        jobs = json.load(file)
    os.mkdir('/out/texts')
    for at, job in enumerate(jobs):
        out = '/out/texts/%d' % at
        os.mkdir(out)
        try:
            take('/src/' + job['file'], Search(job['paths'], out))
        except (Failed, OSError, ValueError, RuntimeError) as why:
            with open(out + '/failed', 'w', encoding='utf-8', errors='backslashreplace') as file:
                file.write(str(why)[:500])


main()
