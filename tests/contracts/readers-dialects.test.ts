import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import type { DiskContent, ImageContent, TreeContent } from '../../src/readers/image-content.ts';
import { readImage } from '../../src/readers/read-image.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { filterTree } from '../../src/tree/merge.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { directoryOfEverything, missing, tool } from '../support/foreign-images.ts';

const withoutXattrs = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }]));
/** A file of its own for every name. */
const expanded = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'hard-link' ? tree.entries.get(entry.target)! : entry]));
const asTree = (content: ImageContent): TreeContent => {
  if (content.kind !== 'tree') throw new RangeError(`read as ${JSON.stringify({ ...content, bytes: undefined })}`);
  return content;
};

/** Formats as less common tools, and tools of other times, write them. */
describe('dialects', () => {
  let scratch: string;
  let tree: Tree;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-dialects-'));
    tree = await directoryOfEverything(join(scratch, 'all'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const sh = (script: string): string => tool('sh', ['-euc', `cd ${scratch}; ${script}`]);
  const read = (): ImageContent => readImage(bufferSource(readFileSync(join(scratch, 'image'))));
  const reading = (script: string): TreeContent => { sh(`rm -f image; ${script}`); return asTree(read()); };
  const refused = (script: string): string => {
    sh(`rm -f image; ${script}`);
    const content = read();
    expect(content).toMatchObject({ kind: 'opaque', reason: { code: 'BYTES.UNSUPPORTED' } });
    return content.kind === 'opaque' ? content.reason!.message : '';
  };
  const many = (whole: Tree): Tree => filterTree(whole, (path) => path === 'many' || path.startsWith('many/'));
  const withTools = (...names: string[]): typeof test => missing(...names).length === 0 ? test : test.skip;

  describe('tar', () => {
    test('from before ustar', () => {
      const content = reading('tar --format=v7 --numeric-owner -cf image -C all ./many ./bin');
      const inner = filterTree(content.tree, (path) => path !== '');
      expect(inner).toEqual(filterTree(withoutXattrs(tree), (path) => /^(many|bin)(\/|$)/.test(path)));
      expect(content).toMatchObject({ findings: [], layout: { dialects: 'old' } });
    });

    test('as GNU wrote it in its early days, with sparse files', () => {
      const content = reading('tar --format=oldgnu --sparse --numeric-owner -cf image -C all .');
      expect(content.tree).toEqual(withoutXattrs(tree));
    });

    test('with a volume label, which is layout', () => {
      const content = reading('tar --format=gnu -V "a label" --numeric-owner -cf image -C all ./many');
      expect(many(content.tree)).toEqual(many(tree));
      expect(content.layout['volumeLabel']).toBe('a label');
    });

    test('incremental: refused by name', () => {
      expect(refused('tar -g list -cf image -C all ./many')).toContain('GNU dump directory');
    });

    withTools('bsdtar').each(['pax', 'gnutar'])('as bsdtar writes %s', (format) => {
      const content = reading(`bsdtar --numeric-owner --format=${format} -cf image -C all .`);
      expect(format === 'pax' ? content.tree : withoutXattrs(content.tree)).toEqual(format === 'pax' ? tree : withoutXattrs(tree));
    });

    const WITH_LISTS = 'rm -rf lists; mkdir -p lists/inside; touch lists/file; setfacl -m u:1234:rw,u:70000:r,g:77:r,m::rw lists/file; setfacl -d -m u:54321:rwx lists/inside; setfattr -n "user.a%b=c" -v xyz lists/file';
    withTools('setfacl', 'setfattr', 'bsdtar')('access lists are the same whether as text, as bytes or in a file system', () => {
      sh(WITH_LISTS);
      const below = (script: string): Tree => filterTree(reading(script).tree, (path) => path !== '');
      const withXattrs = (of: Tree, keep: (name: string) => boolean): Tree => makeTree([...of.entries].map(([path, entry]): [PathBytes, TreeEntry] => [
        path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: Object.fromEntries(Object.entries(entry.xattrs ?? {}).filter(([name]) => keep(name))) },
      ]));
      const inExt = below('mke2fs -q -t ext4 -d lists image 8M');
      expect(Object.keys((inExt.entries.get('file' as PathBytes) as { xattrs: object }).xattrs).toSorted()).toEqual(['system.posix_acl_access', 'user.a%b=c']);
      expect(below('tar --format=posix --acls --numeric-owner -cf image -C lists .')).toEqual(withXattrs(inExt, (name) => name.startsWith('system.')));
      expect(below('tar --format=posix --xattrs --xattrs-include="*" --numeric-owner -cf image -C lists .')).toEqual(inExt);
      expect(below('bsdtar --format=pax --numeric-owner -cf image -C lists .')).toEqual(inExt);
      expect(below('bsdtar --format=pax --no-acls --numeric-owner -cf image -C lists .')).toEqual(withXattrs(inExt, (name) => name.startsWith('user.')));
    });

    withTools('setfacl')('an access list of somebody without a number is told, not compared', () => {
      sh(`${WITH_LISTS}; setfacl -m u:daemon:r lists/file`);
      const content = reading('tar --format=posix --acls -cf image -C lists .');
      expect(content.findings).toEqual([expect.objectContaining({ rule: 'acl-not-read' })]);
    });
  });

  describe('cpio', () => {
    const odc = ['(cd all && find many bin -print0 | sort -z | cpio -0 --quiet -o -H odc) > image', 'bsdtar --format=odc --numeric-owner -cf image -C all many bin'];
    withTools('bsdtar').each(odc)('as POSIX had it in 1988: %s', (script) => {
      const content = reading(script);
      expect(filterTree(content.tree, (path) => path !== '')).toEqual(filterTree(withoutXattrs(tree), (path) => /^(many|bin)(\/|$)/.test(path)));
      expect(content.findings).toEqual([]);
    });

    withTools('bsdtar')('newc as bsdtar writes it', () => {
      expect(reading('bsdtar --format=newc --numeric-owner -cf image -C all .').tree).toEqual(withoutXattrs(tree));
    });

    test.each(['bin', 'hpbin'])('%s is refused by name', (format) => {
      expect(refused(`(cd all && find many | cpio --quiet -o -H ${format}) > image`)).toContain('the old binary cpio format');
    });
  });

  describe('squashfs', () => {
    withTools('gensquashfs', 'tar2sqfs').each(['gensquashfs -q -D all image', 'gensquashfs -q -x -D all -c xz -b 65536 image', 'tar --format=posix --xattrs --xattrs-include="*" --numeric-owner -C all -cf - . | tar2sqfs -q image'])('as squashfs-tools-ng writes it: %s', (script) => {
      const content = reading(script);
      const withLinks = script.includes('gensquashfs') ? expanded(tree) : tree;
      expect(content.tree).toEqual(script.includes('-q -D') ? withoutXattrs(withLinks) : withLinks);
      expect(content.findings).toEqual([]);
    });
  });

  describe('compressed wrappers', () => {
    withTools('lzop')('lzo and compress are refused by name', () => {
      expect(refused('tar -C all -cf - many | lzop -c > image')).toContain('lzo');
      writeFileSync(join(scratch, 'image'), Buffer.from('1f9d9061c4', 'hex'));
      expect(read()).toMatchObject({ kind: 'opaque', format: 'compress', reason: { code: 'BYTES.UNSUPPORTED' } });
    });
  });

  describe('disks', () => {
    withTools('sgdisk')('GPT as sgdisk writes it, a hybrid MBR told', () => {
      sh('rm -f image; truncate -s 16M image; sgdisk -a 1 -n 1:2048:4095 -t 1:ef00 -c 1:"nämé" -n 7:8192:12287 -A 7:set:60 image; sgdisk -h 1 image');
      const disk = read() as DiskContent;
      expect(disk.findings.map(({ rule }) => rule)).toEqual(['hybrid-mbr']);
      const told = sh('sgdisk -i 7 image');
      expect(disk.partitions.map(({ number, offsetBytes, sizeBytes, name }) => ({ number, offsetBytes, sizeBytes, name }))).toEqual([
        { number: 1, offsetBytes: 2048 * 512, sizeBytes: 2048 * 512, name: 'nämé' }, { number: 7, offsetBytes: 8192 * 512, sizeBytes: 4096 * 512, name: '' },
      ]);
      expect(told).toContain(`unique GUID: ${disk.partitions[1]!.id}`);
      expect(told).toContain(`Attribute flags: ${disk.partitions[1]!.attributes.slice(2)}`);
    });

    withTools('mformat', 'mcopy')('a floppy as mtools makes it', () => {
      sh('rm -f image; echo content > text.txt; truncate -s 1440K image; mformat -v LABEL -f 1440 -i image ::; mcopy -i image text.txt ::');
      const content = asTree(read());
      expect(content).toMatchObject({ format: 'fat12', findings: [], layout: { label: 'LABEL' } });
      expect([...content.tree.entries.keys()]).toEqual(['', 'text.txt']);
    });
  });

  const dockerAnswers = ((): boolean => { try { execFileSync('docker', ['version'], { stdio: 'ignore' }); return true; } catch { return false; } })();
  (dockerAnswers ? test : test.skip)('layers: the archive of an image holds what a container of it shows', () => {
    sh(`rm -rf context; mkdir -p context/a/b context/lower; echo one > context/a/one; echo two > context/a/two; echo kept > context/a/b/kept; for i in 1 2 3; do echo $i > context/lower/$i; done; ln -s a context/link
tar -C context -cf layer1.tar .; rm -rf context2; mkdir -p context2/a/b context2/lower; : > context2/a/.wh.one; : > context2/lower/.wh..wh..opq; echo new > context2/lower/new; echo changed > context2/a/two; tar -C context2 -cf layer2.tar .`);
    const name = `readers-dialects-${process.pid}`;
    const base = tool('docker', ['import', join(scratch, 'layer1.tar'), `${name}:base`]).trim();
    expect(base).toMatch(/^sha256:/);
    try {
      writeFileSync(join(scratch, 'Dockerfile'), `FROM ${name}:base\nADD layer3.tar /\n`);
      sh('mkdir -p c3/lower; echo three > c3/three; ln c3/three c3/lower/same; tar -C c3 -cf layer3.tar .');
      execFileSync('docker', ['build', '-q', '-t', `${name}:top`, '--network=none', scratch], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, DOCKER_BUILDKIT: '0' } });
      const container = tool('docker', ['create', `${name}:top`, '/nothing']).trim();
      try {
        sh(`docker save ${name}:top > image; docker export ${container} > exported`);
      } finally { tool('docker', ['rm', container]); }
      const layered = read();
      if (layered.kind !== 'layered') throw new RangeError(layered.kind);
      const exported = asTree(readImage(bufferSource(readFileSync(join(scratch, 'exported')))));
      // A container gets these of its own.
      const own = (whole: Tree): Tree => filterTree(whole, (path) => path !== '' && !/^(dev|etc|proc|sys|\.dockerenv)(\/|$)/.test(path));
      expect(layered.layers).toHaveLength(2);
      expect(own(layered.content.tree)).toEqual(own(exported.tree));
    } finally { tool('docker', ['rmi', '-f', `${name}:top`, `${name}:base`]); }
  });
});
