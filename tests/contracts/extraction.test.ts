import fc from 'fast-check';

import type { ImageFormat } from '../../src/catalog/model.ts';
import { compareExtracted } from '../../src/extraction/compare-extracted.ts';
import { reExtract, type ExtractableImage } from '../../src/extraction/re-extract.ts';
import type { Finding } from '../../src/foundation/finding.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { difficult, openExtractionBench, withoutXattrs, type ExtractionBench } from '../support/extraction-bench.ts';
import { anyTree, everything, type SampleTree } from '../support/sample-trees.ts';

let bench: ExtractionBench;
beforeAll(async () => { bench = await openExtractionBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

const FORMATS: readonly ImageFormat[] = ['tar', 'cpio.gz', 'squashfs', 'ext4'];

/** What the format can be written with at all: cpio holds no attributes, squashfs none and no owner of the root. */
function writable({ tree, blobs }: SampleTree, format: ImageFormat): SampleTree {
  if (format === 'cpio.gz') return { blobs, tree: withoutXattrs(tree) };
  if (format !== 'squashfs') return { blobs, tree };
  return { blobs, tree: makeTree([...tree.entries].map(([path, entry]) => [path, path === '' ? { kind: 'directory', mode: 0o755, uid: 0, gid: 0 } : entry])) };
}

const errorsOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity === 'error');

interface Case { name: string; format: ImageFormat; made: SampleTree; recorded: Tree }

/** All images of all cases in one container; by the case's name. */
async function findingsOf(cases: readonly Case[]): Promise<Record<string, Finding[]>> {
  const images: ExtractableImage[] = [];
  for (const { name, format, made } of cases) images.push({ ...await bench.image(made, format), name });
  const found = await reExtract(images, bench.means);
  return Object.fromEntries(cases.map(({ name, recorded }) => [name, errorsOf(compareExtracted(recorded, found.get(name)!))]));
}

describe('an image, unpacked by tools that are not ours', () => {
  it('of any format gives back one of everything, under difficult names and rights', async () => {
    const sample = difficult();
    const cases = FORMATS.map((format): Case => {
      const made = writable(sample, format);
      return { name: format, format, made, recorded: made.tree };
    });
    expect(await findingsOf(cases)).toEqual({ 'tar': [], 'cpio.gz': [], 'squashfs': [], 'ext4': [] });
  });

  it('of any format gives back any tree', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(anyTree({ xattrs: true, maxEntries: 20 }), fc.constantFrom(...FORMATS)), { minLength: 8, maxLength: 8 }), async (drawn) => {
      const cases = drawn.map(([sample, format], i): Case => {
        const made = writable(sample, format);
        return { name: `${i} ${format}`, format, made, recorded: made.tree };
      });
      expect(await findingsOf(cases)).toEqual(Object.fromEntries(cases.map(({ name }) => [name, []])));
    }), { numRuns: 3, endOnFailure: true });
  });

  const file = (content: string): TreeEntry => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(content), sizeBytes: content.length });
  const changed = (sample: SampleTree, path: string, change: (entry: TreeEntry) => TreeEntry | undefined): SampleTree => {
    const entries = new Map(sample.tree.entries);
    const after = change(entries.get(path as PathBytes)!);
    if (after === undefined) entries.delete(path as PathBytes);
    else entries.set(path as PathBytes, after);
    return { tree: makeTree(entries), blobs: sample.blobs };
  };
  const fieldsOf = (fields: object) => (entry: TreeEntry): TreeEntry => ({ ...entry, ...fields });

  interface Change { what: string; path: string; change: (entry: TreeEntry, tree: Tree) => TreeEntry | undefined; rule: string; says: string; attributes?: true }
  const CHANGES: readonly Change[] = [
    { what: 'one byte', path: 'etc/motd', change: fieldsOf({ sha256: sha256('q') }), rule: 'image-differs', says: `sha256 is ${sha256('q')}, on record ${sha256('p')}` },
    { what: 'a setuid bit', path: 'bin/busybox', change: fieldsOf({ mode: 0o755 }), rule: 'image-differs', says: 'mode is 0755, on record 4755' },
    { what: 'an owner', path: 'srv/\xff\xfe', change: fieldsOf({ uid: 1001 }), rule: 'image-differs', says: 'uid is 1001, on record 1000' },
    { what: 'a device', path: 'dev/console', change: fieldsOf({ minor: 2 }), rule: 'image-differs', says: 'minor is 2, on record 1' },
    { what: 'a link', path: 'bin/vi', change: fieldsOf({ target: 'sh' }), rule: 'image-differs', says: 'target is sh, on record busybox' },
    { what: 'a file that is no hard link any more', path: 'bin/zcat', change: (_entry, tree) => tree.entries.get('bin/busybox' as PathBytes)!, rule: 'image-differs', says: 'kind is file, on record hard-link' },
    { what: 'a missing path', path: 'run/fifo', change: () => undefined, rule: 'image-lacks-path', says: 'the record has a fifo, the image has nothing there' },
    { what: 'an added path', path: 'etc/added', change: () => file('added'), rule: 'image-adds-path', says: 'the image has a file, the record has nothing there' },
    { what: 'an attribute', path: 'tmp', change: fieldsOf({ xattrs: { 'trusted.x': '2' } }), rule: 'image-differs', says: 'xattrs is trusted.x=32, on record trusted.x=31', attributes: true },
    { what: 'a lost capability', path: 'bin/busybox', change: fieldsOf({ xattrs: {} }), rule: 'image-differs', says: 'xattrs is absent, on record security.capability=01', attributes: true },
  ];

  it.each(FORMATS)('%s: that differs from the record gives one finding, which says where and what', async (format) => {
    const base = writable(everything(), format);
    for (const content of ['q', 'added']) base.blobs.blobs.set(sha256(content), Buffer.from(content));
    const told = CHANGES.filter(({ attributes }) => attributes === undefined || format !== 'cpio.gz');
    const cases = told.map(({ what, path, change }): Case => ({ name: what, format, recorded: base.tree, made: changed(base, path, (entry) => change(entry, base.tree)) }));
    const shown = (path: string): string => path === 'srv/\xff\xfe' ? 'srv/\\xff\\xfe' : path;
    expect(await findingsOf(cases)).toEqual(Object.fromEntries(told.map(({ what, path, rule, says }) => [
      what, [{ severity: 'error', line: 0, path: `${what}:/${shown(path)}`, rule, message: expect.stringContaining(says) }],
    ])));
  });

  it('that is damaged or of a format that none of them takes is said to be, and hides no other', async () => {
    const sample = writable(everything(), 'squashfs');
    const whole = await bench.image(sample, 'squashfs');
    const bytes = await bench.store.readBlobBytes(whole.sha256);
    const cut = await bench.store.putBlob(bytes.subarray(0, 400));
    const images = [
      { ...whole, name: 'cut', sha256: cut.sha256 }, { ...whole, name: 'whole' }, { name: 'kernel', format: 'bzImage', sha256: whole.sha256 },
      ...FORMATS.map((format) => ({ name: `no ${format}`, format, sha256: sha256('') })),
    ];
    await bench.store.putBlob(new Uint8Array(0));
    const found = await reExtract(images, bench.means);
    const findings = Object.fromEntries([...found].map(([name, one]) => [name, errorsOf(compareExtracted(sample.tree, one))]));
    const notUnpacked = (path: string, says: RegExp): Finding[] => [{ severity: 'error', line: 0, rule: 'image-not-unpacked', path, message: expect.stringMatching(says) }];
    expect(findings).toMatchObject({
      'whole': [], 'cut': notUnpacked('cut', /unsquashfs ended with/), 'kernel': notUnpacked('kernel', /no tool .* "bzImage"/),
      'no squashfs': notUnpacked('no squashfs', /unsquashfs/), 'no ext4': notUnpacked('no ext4', /debugfs/), 'no cpio.gz': notUnpacked('no cpio.gz', /gzip|cpio/),
    });
    expect(findings['no tar']!.length).toBeGreaterThan(0);
  });

  it('gives back an attribute of many bytes, or is said not to be unpacked where the tools cannot keep it', async () => {
    const tree = makeTree([[pathBytes('a'), { kind: 'fifo', mode: 0o644, uid: 0, gid: 0, xattrs: { 'security.ima': 'x'.repeat(2500) } }]]);
    const cases = (['tar', 'ext4', 'squashfs'] as const).map((format): Case => ({ name: format, format, made: { tree, blobs: everything().blobs }, recorded: tree }));
    const { squashfs, ...rest } = await findingsOf(cases);
    expect(rest).toEqual({ tar: [], ext4: [] });
    expect(squashfs).toMatchObject([{ rule: 'image-not-unpacked', message: expect.stringContaining('attribute') }]);
  });

  it('leaves nothing but its listing in the store, and its tool is named', async () => {
    const secret = 'content that only the image has';
    const { store } = bench;
    const blobs = everything().blobs;
    blobs.blobs.set(sha256(secret), Buffer.from(secret));
    const image = await bench.image({ tree: makeTree([[pathBytes('a'), file(secret)]]), blobs }, 'ext4');
    const found = (await reExtract([image], bench.means)).get(image.name);
    expect(found).toMatchObject({ tool: expect.stringMatching(/^debugfs 1\./), tree: { entries: expect.any(Map) } });
    expect(await store.hasBlob(sha256(secret))).toBe(false);
  });

  it('ends when it is stopped, and says so when it cannot be run', async () => {
    const image = await bench.image(writable(everything(), 'tar'), 'tar');
    const hasty: ExtractionBench['means']['runner'] = { run: (command, events, signal) => bench.runner.run({ ...command, limits: { ...command.limits, timeMs: 1 } }, events, signal) };
    await expect(reExtract([image], { ...bench.means, signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(reExtract([image], { ...bench.means, runner: hasty })).rejects.toMatchObject({ code: 'EXTRACTION.RUN_FAILED' });
    await expect(reExtract([{ ...image, sha256: sha256('nowhere') }], bench.means)).rejects.toMatchObject({ code: 'STORE.MISSING' });
  });
});
