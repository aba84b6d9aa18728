import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describeContent } from '../../src/content/describe-content.ts';
import type { ContentDescription, ContentKind } from '../../src/content/description.ts';
import { deviceTreeText } from '../../src/content/devicetree-text.ts';
import { parseDeviceTree } from '../../src/content/devicetree.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

const directory = scratchDirectory();
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(directory, name), content);
  return name;
};
const read = (name: string): Buffer => readFileSync(join(directory, name));
const run = (tool: string, ...argv: string[]): string => execFileSync(tool, argv, {
  cwd: directory, encoding: 'latin1', maxBuffer: 2 ** 28, env: { ...process.env, LC_ALL: 'C', TZ: 'UTC', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }, stdio: ['ignore', 'pipe', 'ignore'],
});

function describeAs<K extends ContentKind>(kind: K, bytes: Buffer): ContentDescription & { kind: K } {
  const described = describeContent(bytes);
  expect([described.kind, described.problems]).toEqual([kind, []]);
  return described as ContentDescription & { kind: K };
}

const TREE = `/dts-v1/;
/memreserve/ 0x0000000010000000 0x0000000000004000;
/ {
	#address-cells = <1>; #size-cells = <1>;
	model = "A board"; compatible = "vendor,board", "vendor,family";
	chosen { bootargs = "console=ttyS0 \\"quoted\\" back\\\\slash"; empty; };
	soc { ranges; uart: serial@1000 { reg = <0x1000 0x100>; interrupts = [01 02 03]; status = "okay"; clock = <&clk 7>; }; clk: clock { #clock-cells = <1>; phandle = <9>; }; };
	memory@0 { device_type = "memory"; reg = <0x0 0xdeadbeef>; odd = [00 41 00]; ended = ""; };
};
`;

describe('a device tree', () => {
  itWith('dtc')('becomes text that dtc compiles back to the same tree', () => {
    write('tree.dts', TREE);
    run('dtc', '-@', '-I', 'dts', '-O', 'dtb', '-o', 'tree.dtb', 'tree.dts');
    const tree = parseDeviceTree(read('tree.dtb'), 'tree.dtb');
    write('ours.dts', deviceTreeText(tree));
    run('dtc', '-I', 'dts', '-O', 'dtb', '-s', '-o', 'ours.dtb', 'ours.dts');
    run('dtc', '-I', 'dtb', '-O', 'dtb', '-s', '-o', 'sorted.dtb', 'tree.dtb');
    expect(read('ours.dtb').equals(read('sorted.dtb'))).toBe(true);
    expect(deviceTreeText(parseDeviceTree(read('ours.dtb'), 'ours.dtb'))).toBe(deviceTreeText(tree));
  });

  itWith('dtc')('reads as dtc writes it, text, cells and bytes told apart alike', () => {
    write('plain.dts', TREE);
    run('dtc', '-I', 'dts', '-O', 'dtb', '-o', 'plain.dtb', 'plain.dts');
    const theirs = run('dtc', '-I', 'dtb', '-O', 'dts', '-s', 'plain.dtb').split('\n').filter((line) => line.trim() !== '');
    const ours = deviceTreeText(parseDeviceTree(read('plain.dtb'), 'plain.dtb')).split('\n').filter((line) => line.trim() !== '');
    // Versions of dtc write a list of texts as one with \\0 in it, or apart; the blank after /memreserve/ differs, too.
    expect(ours).toEqual(theirs.map((line) => line.replaceAll(String.raw`\0`, '", "').replace('/memreserve/\t', '/memreserve/ ')));
    expect(describeAs('device-tree', read('plain.dtb')).facts).toEqual({ version: 17, nodes: 6, model: 'A board', compatible: ['vendor,board', 'vendor,family'] });
  });
});

describe('an image of U-Boot', () => {
  itWith('mkimage', 'dumpimage')('is told as dumpimage tells it', () => {
    write('kernel', Buffer.alloc(1000, 'kernel'));
    run('mkimage', '-A', 'arm64', '-O', 'linux', '-T', 'kernel', '-C', 'gzip', '-a', '0x80080000', '-e', '0x80080040', '-n', 'A kernel of ours', '-d', 'kernel', 'one.uimage');
    const { facts, parts } = describeAs('uimage', read('one.uimage'));
    expect(facts).toMatchObject({
      name: 'A kernel of ours', architecture: 'arm64', operatingSystem: 'linux', type: 'kernel', compression: 'gzip', loadAddress: 0x80080000, entry: 0x80080040, dataBytes: 1000,
      headerChecksumMatches: true, dataChecksumMatches: true,
    });
    const told = run('dumpimage', '-l', 'one.uimage');
    expect(told).toContain('AArch64 Linux Kernel Image (gzip compressed)');
    expect(Date.parse(`${/Created: +(.*)/.exec(told)![1]!} UTC`) / 1000).toBe(facts.time);
    expect(parts.find(({ role }) => role === 'file')!.content().equals(read('kernel'))).toBe(true);
  });

  itWith('mkimage', 'dumpimage')('gives the files of a multi-file image as dumpimage takes them out', () => {
    write('first', 'the first file');
    write('second', Buffer.alloc(333, 2));
    run('mkimage', '-A', 'x86', '-O', 'linux', '-T', 'multi', '-C', 'none', '-n', 'two', '-d', 'first:second', 'multi.uimage');
    const { parts } = describeAs('uimage', read('multi.uimage'));
    const files = parts.filter(({ role }) => role === 'file').map((part) => part.content());
    files.forEach((content, i) => {
      run('dumpimage', '-T', 'multi', '-p', String(i), '-o', `part${i}`, 'multi.uimage');
      expect(content.equals(read(`part${i}`))).toBe(true);
    });
    expect(files).toHaveLength(2);
  });
});

const FIT = `/dts-v1/;
/ { description = "A FIT of ours"; #address-cells = <1>;
	images {
		kernel { description = "the kernel"; data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "none"; load = <0x80080000>; entry = <0x80080000>;
			hash-1 { algo = "sha256"; }; hash-2 { algo = "crc32"; }; };
		fdt-1 { description = "a tree"; data = /incbin/("tree.dtb"); type = "flat_dt"; arch = "arm64"; compression = "none"; hash-1 { algo = "sha1"; }; };
	};
	configurations { default = "conf-1"; conf-1 { description = "boot"; kernel = "kernel"; fdt = "fdt-1"; KEY }; };
};
`;

describe('a FIT', () => {
  const SIGNED = 'signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; sign-images = "kernel", "fdt"; };';

  for (const [how, argv] of [['with the data inside', []], ['with the data behind the tree', ['-E']], ['with the data at a fixed place', ['-E', '-p', '0x2000']]] as const) {
    itWith('mkimage', 'dumpimage', 'dtc')(`${how} gives the images that dumpimage takes out, and recomputes their hashes`, () => {
      write('kernel', Buffer.alloc(5000, 'a kernel'));
      write('tree.dts', TREE);
      run('dtc', '-I', 'dts', '-O', 'dtb', '-o', 'tree.dtb', 'tree.dts');
      write('image.its', FIT.replace('KEY', ''));
      run('mkimage', '-f', 'image.its', ...argv, 'image.fit');
      const { facts, parts } = describeAs('fit', read('image.fit'));
      expect(facts).toMatchObject({
        description: 'A FIT of ours', defaultConfiguration: 'conf-1', configurations: [{ name: 'conf-1', properties: { kernel: 'kernel', fdt: 'fdt-1' }, signatures: [] }],
        images: [
          { name: 'kernel', type: 'kernel', architecture: 'arm64', loadAddress: 0x80080000, external: argv.length > 0, hashes: [{ algorithm: 'sha256', matches: true }, { algorithm: 'crc32', matches: true }] },
          { name: 'fdt-1', type: 'flat_dt', hashes: [{ algorithm: 'sha1', matches: true }] },
        ],
      });
      parts.filter(({ role }) => role === 'file').forEach((part, i) => {
        run('dumpimage', '-T', 'flat_dt', '-p', String(i), '-o', 'taken-out', 'image.fit');
        expect(part.content().equals(read('taken-out'))).toBe(true);
      });
      const changed = read('image.fit');
      changed[facts.images[0]!.offset]! ^= 1;
      expect(describeAs('fit', changed).facts.images[0]!.hashes.map(({ matches }) => matches)).toEqual([false, false]);
    });
  }

  itWith('mkimage', 'dtc', 'openssl')('tells the key of a signature', () => {
    run('openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', 'dev.key');
    run('openssl', 'req', '-new', '-x509', '-key', 'dev.key', '-subj', '/CN=dev', '-out', 'dev.crt');
    write('kernel', Buffer.alloc(100, 'a kernel'));
    write('tree.dts', TREE);
    run('dtc', '-I', 'dts', '-O', 'dtb', '-o', 'tree.dtb', 'tree.dts');
    write('signed.its', FIT.replace('KEY', SIGNED));
    run('mkimage', '-k', '.', '-f', 'signed.its', 'signed.fit');
    expect(describeAs('fit', read('signed.fit')).facts.configurations[0]!.signatures).toMatchObject([{ algorithm: 'sha256,rsa2048', keyName: 'dev', signatureBytes: 256 }]);
  });
});

describe('a kernel module', () => {
  const MODULE = `#define INFO(n, t) static const char n[] __attribute__((section(".modinfo"), used)) = t;
INFO(a, "license=GPL v2") INFO(b, "author=Somebody <s@example.org>") INFO(c, "description=Does = nothing") INFO(d, "alias=one") INFO(e, "alias=two")
INFO(f, "depends=first,second") INFO(g, "vermagic=6.1.0 SMP preempt mod_unload ") INFO(h, "parm=debug:level") int init_module(void) { return 0; }
`;

  itWith('gcc', 'modinfo')('is told as modinfo tells it', () => {
    write('made.c', MODULE);
    run('gcc', '-g', '-O2', '-c', '-o', 'made.ko', 'made.c');
    const { facts } = describeAs('kernel-module', read('made.ko'));
    const field = (name: string): string[] => run('modinfo', '-F', name, './made.ko').split('\n').filter((line) => line !== '');
    for (const name of ['license', 'author', 'description', 'alias', 'vermagic', 'depends']) expect(facts.info.filter(([key]) => key === name).map(([, value]) => value)).toEqual(field(name));
    expect(facts).toMatchObject({ depends: ['first', 'second'], licenses: ['GPL v2'], versionMagic: { release: '6.1.0', flags: ['SMP', 'preempt', 'mod_unload'] }, elf: { type: 'relocatable' } });
    expect(facts.signature).toBeUndefined();
    expect(facts.elf.units.names).toEqual(['made.c']);
  });

  itWith('gcc', 'modinfo', 'openssl')('has a signature told apart from what it signs', () => {
    write('signed.c', MODULE);
    run('gcc', '-O2', '-c', '-o', 'signed.ko', 'signed.c');
    run('openssl', 'req', '-new', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'module.key', '-subj', '/CN=Module signer', '-out', 'module.crt');
    run('openssl', 'cms', '-sign', '-binary', '-noattr', '-nocerts', '-md', 'sha256', '-in', 'signed.ko', '-signer', 'module.crt', '-inkey', 'module.key', '-outform', 'DER', '-out', 'signature');
    const body = read('signed.ko');
    const trailer = Buffer.alloc(12);
    trailer[2] = 2;
    trailer.writeUInt32BE(read('signature').length, 8);
    write('signed.ko', Buffer.concat([body, read('signature'), trailer, Buffer.from('~Module signature appended~\n')]));
    expect(run('modinfo', '-F', 'sig_id', './signed.ko').trim()).toBe('PKCS#7');
    expect(describeAs('kernel-module', read('signed.ko')).facts).toMatchObject({
      signature: { kind: 'pkcs7', bodyBytes: body.length, signatureBytes: read('signature').length }, unsignedSha256: createHash('sha256').update(body).digest('hex'),
    });
  });
});
