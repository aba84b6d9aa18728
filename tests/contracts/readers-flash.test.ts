import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import type { DiskContent, ImageContent, TreeContent } from '../../src/readers/image-content.ts';
import { partitionSource } from '../../src/readers/partition-source.ts';
import { readImage } from '../../src/readers/read-image.ts';
import { jffs2Crc } from '../../src/readers/jffs2-node.ts';
import { ubiCrc } from '../../src/readers/ubi-header.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { fileAt, makeTree, type Tree } from '../../src/tree/tree.ts';
import { directoryOfEverything, missing, tool } from '../support/foreign-images.ts';

const withoutXattrs = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }]));
const asTree = (content: ImageContent): TreeContent => {
  if (content.kind !== 'tree') throw new RangeError(`read as ${JSON.stringify({ ...content, bytes: undefined })}`);
  return content;
};
const withTools = (...names: string[]): typeof test => missing(...names).length === 0 ? test : test.skip;

describe('flash as mtd-utils writes it', () => {
  let scratch: string;
  let tree: Tree;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-flash-'));
    tree = await directoryOfEverything(join(scratch, 'all'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const sh = (script: string): string => tool('sh', ['-euc', `cd ${scratch}; rm -f image; ${script}`]);
  const bytes = (name = 'image'): Buffer => readFileSync(join(scratch, name));
  const read = (image = bytes()): ImageContent => readImage(bufferSource(image));
  const rules = (content: ImageContent): string[] => content.findings.map(({ rule }) => rule);

  describe('UBIFS', () => {
    const ubifs = withTools('mkfs.ubifs');
    ubifs.each(['-m 2048 -e 126976 -x none', '-m 2048 -e 126976 -x lzo', '-m 512 -e 16384 -x zlib', '-m 4096 -e 253952 -x zstd -F', '-m 1 -e 65408 -x favor_lzo -k test', '-m 2048 -e 126976 -f 64 -j 1MiB -l 8'])('mkfs.ubifs %s', (words) => {
      sh(`mkfs.ubifs -r all -c 800 ${words} -o image`);
      const content = asTree(read());
      // mkfs.ubifs of Debian takes no attributes along.
      expect(content.tree).toEqual(withoutXattrs(tree));
      expect(content.findings).toEqual([]);
      expect(content.format).toBe('ubifs');
      expect(content.facts.get('holes' as PathBytes)!.holeBytes).toBeGreaterThan(3_900_000);
      expect(content.facts.get('empty' as PathBytes)!.modified!.seconds).toBe(1_700_000_000);
      for (const [path, entry] of content.tree.entries) if (entry.kind === 'file') expect([...content.content(path) as Iterable<Uint8Array>].reduce((sum, piece) => sum + piece.byteLength, 0)).toBe(entry.sizeBytes);
    });

    ubifs('attributes', () => {
      writeFileSync(join(scratch, 'contexts'), '/.*\tsystem_u:object_r:all_t:s0\n');
      sh('mkfs.ubifs -r all -m 512 -e 16384 -c 2000 --selinux=contexts -o image');
      const { tree: labelled } = asTree(read());
      // Pipes it does not label.
      for (const [path, entry] of labelled.entries) {
        if (entry.kind !== 'hard-link') expect([path, entry.xattrs]).toEqual([path, entry.kind === 'fifo' ? undefined : { 'security.selinux': 'system_u:object_r:all_t:s0\0' }]);
      }
    });

    withTools('mkfs.ubifs', 'openssl')('authenticated: the hashes of its index are passed over', () => {
      sh('openssl req -new -x509 -newkey rsa:2048 -nodes -keyout key.pem -subj /CN=x -out cert.pem 2>/dev/null; mkfs.ubifs -r all/many -m 512 -e 16384 -c 400 --hash-algo=sha256 --auth-key=key.pem --auth-cert=cert.pem -o image');
      const content = asTree(read());
      expect([...content.tree.entries.keys()].length).toBe(701);
      expect(content.layout['flags']).toBe('0x20');
    });

    ubifs('encrypted: refused by name', () => {
      writeFileSync(join(scratch, 'key'), Buffer.from(Array.from({ length: 64 }, (_, i) => i)));
      sh('mkfs.ubifs -r all/many -m 512 -e 16384 -c 400 -K key -b 0011223344556677 -C AES-256-XTS -o image');
      expect(read()).toMatchObject({ kind: 'opaque', format: 'ubifs', reason: { code: 'BYTES.UNSUPPORTED', message: expect.stringContaining('encrypted') } });
    });

    /** What a kernel writes between two commits: a reference in the log, and nodes in the block that it names. */
    ubifs('what the journal holds stands over the index: a file rewritten, one truncated, one renamed, one gone', () => {
      sh('rm -rf few; mkdir few; for n in kept changed cut old gone; do yes $n | head -c 10000 > few/$n; done; mkfs.ubifs -r few -m 512 -e 16384 -c 100 -x none -o image');
      const image = new JournalWriter(bytes());
      const inodeOf = (name: string): number => image.find(2, (node) => node.toString('latin1', 56, 56 + node.readUInt16LE(50)) === name).readUInt32LE(40);
      const inode = (number: number): Buffer => Buffer.from(image.find(0, (node) => node.readUInt32LE(24) === number));
      const entry = (name: string): Buffer => Buffer.from(image.find(2, (node) => node.toString('latin1', 56, 56 + node.readUInt16LE(50)) === name));
      const [changed, cut, gone] = [inodeOf('changed'), inodeOf('cut'), inodeOf('gone')];
      const block = Buffer.from(image.find(1, (node) => node.readUInt32LE(24) === changed && (node.readUInt32LE(28) & 0x1fff_ffff) === 1));
      block.fill('NEW!', 48);
      image.append(block);
      const shorter = inode(cut);
      shorter.writeBigUInt64LE(5000n, 48);
      const truncation = Buffer.alloc(56);
      truncation[20] = 4;
      truncation.writeUInt32LE(cut, 24);
      truncation.writeBigUInt64LE(10_000n, 40);
      truncation.writeBigUInt64LE(5000n, 48);
      image.append(truncation);
      image.append(shorter);
      const renamed = entry('old');
      const fresh = Buffer.concat([renamed.subarray(0, 56), Buffer.from('new\0')]);
      image.append(fresh);
      renamed.writeBigUInt64LE(0n, 40);
      image.append(renamed);
      const dead = entry('gone');
      dead.writeBigUInt64LE(0n, 40);
      image.append(dead);
      const unlinked = inode(gone);
      unlinked.writeUInt32LE(0, 92);
      image.append(unlinked);
      const { tree: before } = asTree(read());
      const after = asTree(read(image.finish()));
      expect(after.layout['journalNodes']).toBe(7);
      expect([...after.tree.entries.keys()]).toEqual(['', 'changed', 'cut', 'kept', 'new']);
      expect(fileAt(after.tree, 'new' as PathBytes)).toEqual(fileAt(before, 'old' as PathBytes));
      expect(fileAt(after.tree, 'kept' as PathBytes)).toEqual(fileAt(before, 'kept' as PathBytes));
      expect(fileAt(after.tree, 'cut' as PathBytes)!.sizeBytes).toBe(5000);
      const whole = Buffer.concat([...after.content('changed' as PathBytes) as Iterable<Uint8Array>]);
      const expected = Buffer.from('changed\n'.repeat(1250));
      expected.fill('NEW!', 4096, 8192);
      expect(whole.equals(expected)).toBe(true);
    });

    ubifs('two master nodes that differ are told; an index in a circle is refused', () => {
      sh('mkfs.ubifs -r all/many -m 512 -e 16384 -c 400 -x none -o image');
      const torn = bytes();
      torn.fill(0xff, 2 * 16_384, 2 * 16_384 + 512);
      expect(rules(asTree(read(torn)))).toEqual(['copies-differ']);
      const circle = bytes();
      const rootAt = circle.readUInt32LE(16_384 + 48) * 16_384 + circle.readUInt32LE(16_384 + 52);
      circle.copy(circle, rootAt + 28 + 20, rootAt + 28, rootAt + 28 + 12);
      circle.writeUInt32LE(ubiCrc(circle.subarray(rootAt + 8, rootAt + circle.readUInt32LE(rootAt + 16))), rootAt + 4);
      expect(read(circle)).toMatchObject({ kind: 'opaque', format: 'ubifs', reason: { code: 'BYTES.DAMAGED', message: expect.stringContaining('named elsewhere already') } });
    });
  });

  describe('UBI', () => {
    const ubi = withTools('mkfs.ubifs', 'ubinize', 'mksquashfs');
    const PEB = 128 * 1024;
    const ubinize = (words: string): void => {
      writeFileSync(join(scratch, 'ini'), '[root]\nmode=ubi\nimage=volume\nvol_id=0\nvol_type=dynamic\nvol_name=root\nvol_size=8MiB\nvol_flags=autoresize\n[boot]\nmode=ubi\nimage=squash\nvol_id=5\nvol_type=static\nvol_name=boot\n[none]\nmode=ubi\nvol_id=1\nvol_type=dynamic\nvol_size=1MiB\nvol_name=empty\n');
      sh(`mkfs.ubifs -r all/many -m 2048 -e 126976 -c 100 -o volume; rm -f squash; mksquashfs all squash -quiet -no-progress; ubinize -o image ${words} ini`);
    };

    ubi.each([['-m 2048 -p 128KiB', 126_976], ['-m 2048 -s 512 -p 128KiB -O 512 -e 7 -Q 42', 129_024]])('volumes with their trees, as ubinize %s lays them out', (words, logicalBytes) => {
      if (logicalBytes !== 126_976) {
        ubinize('-m 2048 -p 128KiB');
        sh(`mkfs.ubifs -r all/many -m 2048 -e ${logicalBytes} -c 100 -o volume; ubinize -o image ${words} ini`);
      } else ubinize(words);
      const disk = read() as DiskContent;
      expect(disk).toMatchObject({ kind: 'disk', format: 'ubi', findings: [], layout: { eraseBlockBytes: PEB, logicalBlockBytes: logicalBytes } });
      expect(disk.partitions.map(({ number, name, type, attributes }) => [number, name, type, attributes])).toEqual([[0, 'root', 'dynamic', 'autoresize'], [1, 'empty', 'dynamic', ''], [5, 'boot', 'static', '']]);
      expect(asTree(disk.partitions[0]!.content).format).toBe('ubifs');
      expect([...asTree(disk.partitions[0]!.content).tree.entries.keys()]).toHaveLength(701);
      expect(asTree(disk.partitions[2]!.content).tree).toEqual(tree);
      const boot = partitionSource(bufferSource(bytes()), disk.partitions[2]!);
      expect(boot.read(0, boot.sizeBytes).equals(bytes('squash'))).toBe(true);
    });

    ubi('blocks in any order and with holes of erased flash between them are the same volumes', () => {
      ubinize('-m 2048 -p 128KiB');
      const plain = read() as DiskContent;
      const blocks = Array.from({ length: bytes().length / PEB }, (_, i) => bytes().subarray(i * PEB, (i + 1) * PEB));
      const shuffled = read(Buffer.concat([blocks[3]!, ...blocks.toSpliced(3, 1).toReversed().flatMap((block) => [block, Buffer.alloc(PEB, 0xff)])])) as DiskContent;
      expect(shuffled.findings).toEqual([]);
      expect(shuffled.partitions.map(({ content }) => (content.kind === 'tree' ? content.tree : content.kind))).toEqual(plain.partitions.map(({ content }) => (content.kind === 'tree' ? content.tree : content.kind)));
    });

    ubi('a block that was moved counts if it is whole; a torn table has a second copy; a lost block is told', () => {
      ubinize('-m 2048 -p 128KiB');
      const image = bytes();
      const blocks = Array.from({ length: image.length / PEB }, (_, i) => image.subarray(i * PEB, (i + 1) * PEB));
      const boot = blocks.findIndex((block) => block.readUInt32BE(2048 + 8) === 5);
      const moved = Buffer.from(blocks[boot]!);
      moved[2048 + 6] = 1;
      moved.writeBigUInt64BE(1000n, 2048 + 40);
      moved.writeUInt32BE(ubiCrc(moved.subarray(2048, 2048 + 60)), 2048 + 60);
      const halfMoved = Buffer.from(moved);
      halfMoved.fill(0, 50_000, 60_000);
      for (const copy of [moved, halfMoved]) {
        const twice = read(Buffer.concat([image, copy])) as DiskContent;
        expect(rules(twice)).toEqual(['two-copies']);
        expect(asTree(twice.partitions[2]!.content).tree).toEqual(tree);
      }
      const torn = Buffer.from(image);
      torn[4096 + 20]! ^= 1;
      expect(rules(read(torn))).toEqual(['copies-differ']);
      const lost = Buffer.from(image);
      lost.fill(0xff, boot * PEB, (boot + 1) * PEB);
      expect(rules(read(lost))).toEqual(['blocks-missing']);
      const flipped = Buffer.from(image);
      flipped[boot * PEB + 60_000]! ^= 1;
      expect(rules(read(flipped))).toContain('checksum-mismatch');
    });
  });

  describe('JFFS2', () => {
    const jffs2 = withTools('mkfs.jffs2');
    /** It has sixteen bits for owners and devices, mkfs.jffs2 254 bytes for a target. */
    const inJffs2 = (whole: Tree): Tree => makeTree([...whole.entries].filter(([path]) => !['dev/big', 'empty', 'etc/slow'].includes(path)));
    jffs2.each(['-l --with-xattr', '-b --with-xattr', '-l -n -x zlib', '-b -x zlib -x rtime -e 128KiB', '-l -X lzo -x zlib -x rtime -p', '-l -s 8192 -m size'])('mkfs.jffs2 %s', (words) => {
      sh(`mkfs.jffs2 -r all -o image ${words} 2>/dev/null`);
      const content = asTree(read());
      const expected = inJffs2(words.includes('--with-xattr') ? tree : withoutXattrs(tree));
      // Its root is not in the image; the label of a file of another file system neither.
      const root = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };
      expect(inJffs2(content.tree)).toEqual(makeTree([...expected.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, path === '' ? root as TreeEntry : entry])));
      expect(content.findings).toEqual([]);
      expect(content).toMatchObject({ format: 'jffs2', layout: { byteOrder: words.includes('-b') ? 'big' : 'little' } });
      expect(content.facts.get('empty' as PathBytes)!.modified!.seconds).toBe(1_700_000_000);
    });

    jffs2('later nodes stand over earlier ones, as flash is written: a piece, a truncation, a name taken away', () => {
      sh('rm -rf few; mkdir few; for n in kept changed gone; do yes $n | head -c 10000 > few/$n; done; mkfs.jffs2 -l -n -r few -x zlib -x rtime -o image; jffs2dump -c image > listing');
      const told = [...bytes('listing').toString('latin1').matchAll(/Dirent.*?#pino\s+(\d+), version\s+(\d+), #ino\s+(\d+).*?name (\w+)/g)].map(([, , version, inode, name]) => ({ version: Number(version), inode: Number(inode), name: name! }));
      const inodeOf = (name: string): number => told.find((row) => row.name === name)!.inode;
      const write = (inode: number, version: number, sizeBytes: number, offset: number, data: Buffer): Buffer => {
        const node = Buffer.alloc(68);
        node.writeUInt16LE(0x1985, 0); node.writeUInt16LE(0xe002, 2); node.writeUInt32LE(68 + data.length, 4); node.writeUInt32LE(jffs2Crc(node.subarray(0, 8)), 8);
        for (const [at, value] of [[12, inode], [16, version], [20, 0o100644], [28, sizeBytes], [44, offset], [48, data.length], [52, data.length]] as const) node.writeUInt32LE(value, at);
        node.writeUInt32LE(jffs2Crc(node.subarray(0, 60)), 64);
        node.writeUInt32LE(jffs2Crc(data), 60);
        return Buffer.concat([node, data, Buffer.alloc((4 - (data.length % 4)) % 4, 0xff)]);
      };
      const entry = (name: string, version: number, inode: number): Buffer => {
        const node = Buffer.alloc(40);
        node.writeUInt16LE(0x1985, 0); node.writeUInt16LE(0xe001, 2); node.writeUInt32LE(40 + name.length, 4); node.writeUInt32LE(jffs2Crc(node.subarray(0, 8)), 8);
        for (const [at, value] of [[12, 1], [16, version], [20, inode]] as const) node.writeUInt32LE(value, at);
        node[28] = name.length;
        node.writeUInt32LE(jffs2Crc(node.subarray(0, 32)), 32); node.writeUInt32LE(jffs2Crc(Buffer.from(name)), 36);
        return Buffer.concat([node, Buffer.from(name), Buffer.alloc((4 - (name.length % 4)) % 4, 0xff)]);
      };
      const lost = write(inodeOf('kept'), 90, 10_000, 0, Buffer.from('never written to its end'));
      lost[70]! ^= 1;
      const log = Buffer.concat([bytes(), write(inodeOf('changed'), 50, 9000, 4000, Buffer.from('ACROSS A PAGE'.repeat(20))), write(inodeOf('changed'), 51, 9000, 4010, Buffer.from('over')), entry('gone', 60, 0), entry('also', 61, inodeOf('kept')), lost]);
      const content = asTree(read(log));
      expect([...content.tree.entries]).toMatchObject([['', {}], ['also', { kind: 'file', sizeBytes: 10_000 }], ['changed', { sizeBytes: 9000 }], ['kept', { kind: 'hard-link', target: 'also' }]]);
      const expected = Buffer.from('changed\n'.repeat(1250)).subarray(0, 9000);
      Buffer.from('ACROSS A PAGE'.repeat(20)).copy(expected, 4000);
      expected.write('over', 4010);
      expect(Buffer.concat([...content.content('changed' as PathBytes) as Iterable<Uint8Array>]).equals(expected)).toBe(true);
      expect(rules(content)).toEqual(['damaged-nodes']);
    });

    withTools('mkfs.jffs2', 'jffs2reader')('lists what jffs2reader lists', () => {
      sh('mkfs.jffs2 -l -r all -o image 2>/dev/null');
      const theirs = execFileSync('jffs2reader', ['-r', join(scratch, 'image')], { encoding: 'latin1', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'ignore'] });
      const rows = theirs.split('\n').map((line) => /^(\S{10}) +\d+ +(\d+) +(\d+) +(?:\d+, +)?(\d+) \/(.*?)[/|]? *(?:-> .*)?$/.exec(line)).filter((row) => row !== null);
      const { entries } = asTree(read()).tree;
      // Of the root's directories it leaves the first out.
      expect(new Set(rows.map((row) => row[5]))).toEqual(new Set([...entries.keys()].filter((path) => path !== '' && !path.startsWith('bin'))));
      for (const [, mode, uid, gid, , path] of rows) {
        const entry = entries.get(path as PathBytes)!;
        // Sizes are those of the first write.
        if (entry.kind === 'file') expect([path, mode![0], uid, gid]).toEqual([path, '-', String(entry.uid), String(entry.gid)]);
        else if (entry.kind === 'directory') expect([path, mode![0], uid, gid]).toEqual([path, 'd', String(entry.uid), String(entry.gid)]);
      }
    });
  });
});

/** Appends to an image of blocks of 16 KiB whose last block becomes a part of the journal. */
class JournalWriter {
  static readonly BLOCK = 16_384;
  readonly #image: Buffer;
  readonly #nodes: Buffer[] = [];
  #sequence = 1_000_000n;

  constructor(image: Buffer) {
    this.#image = image;
  }

  find(type: number, fits: (node: Buffer) => boolean): Buffer {
    for (let at = 0; at + 24 <= this.#image.length; at += 8) {
      if (this.#image.readUInt32LE(at) !== 0x0610_1831 || this.#image[at + 20] !== type) continue;
      const node = this.#image.subarray(at, at + this.#image.readUInt32LE(at + 16));
      if (fits(node)) return node;
    }
    throw new RangeError('there is no such node');
  }

  append(node: Buffer): void {
    this.#nodes.push(this.#sealed(node), Buffer.alloc((8 - (node.length % 8)) % 8, 0xce));
  }

  finish(): Buffer {
    const number = this.#image.readUInt32LE(40);
    this.#image.writeUInt32LE(number + 1, 40);
    this.#sealed(this.#image.subarray(0, 4096));
    const reference = Buffer.alloc(64);
    reference[20] = 8;
    reference.writeUInt32LE(number, 24);
    const block = Buffer.alloc(JournalWriter.BLOCK, 0xff);
    Buffer.concat(this.#nodes).copy(block);
    this.#sealed(reference).copy(this.#image, 3 * JournalWriter.BLOCK + 512);
    return Buffer.concat([this.#image.subarray(0, number * JournalWriter.BLOCK), block]);
  }

  #sealed(node: Buffer): Buffer {
    node.writeUInt32LE(0x0610_1831, 0);
    node.writeUInt32LE(node.length, 16);
    node.writeBigUInt64LE(this.#sequence++, 8);
    node.writeUInt32LE(ubiCrc(node.subarray(8)), 4);
    return node;
  }
}
