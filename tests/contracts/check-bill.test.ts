import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { checkBill, type BillReport } from '../../src/actions/check-bill.ts';
import { imageStep } from '../../src/image/image-formats.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { trustedRoot, type TrustRoot } from '../../src/signing/trust-root.ts';
import { bytesOf, everything, type SampleTree } from '../support/sample-trees.ts';
import { documentText, IMAGE_WRITERS, shippedBuild } from '../support/shipped-build.ts';
import { testRing, type TestRing } from '../support/signing-fixture.ts';

let directory: string;
let keys: TestRing;
let root: TrustRoot;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'provenroot-check-bill-'));
  keys = await testRing();
  root = trustedRoot((await keys.ring.roots()).at(-1)!, 'root');
});
afterAll(async () => {
  await keys.remove();
  rmSync(directory, { recursive: true });
});

/** As the pinned tools finish it in the sandbox. */
async function squashfs({ tree, blobs }: SampleTree): Promise<Buffer> {
  const step = imageStep({ format: 'squashfs' }, tree, 1_700_000_000);
  writeFileSync(join(directory, step.inputName), await bytesOf(step.write(blobs)));
  rmSync(join(directory, 'images'), { recursive: true, force: true });
  execFileSync('sh', ['-euc', step.phase!.replaceAll('/src/', `${directory}/`).replaceAll('/out/', `${directory}/`)], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'ignore', 'pipe'] });
  return readFileSync(join(directory, 'images', step.fileName));
}

const WRITERS = { 'rootfs.squashfs': squashfs, 'rootfs.tar': IMAGE_WRITERS['rootfs.tar']!, 'rootfs.ext4': IMAGE_WRITERS['rootfs.ext4']! };

function check(document: string, image: Buffer): BillReport {
  writeFileSync(join(directory, 'bom.json'), document);
  writeFileSync(join(directory, 'image'), image);
  return checkBill({ document: join(directory, 'bom.json'), image: join(directory, 'image'), root, now: keys.clock.now().toISOString() });
}

const failures = ({ steps }: BillReport): string[] => steps.filter(({ outcome }) => outcome === 'FAILED').map(({ step, code }) => `${step} ${code}`);
const withAttribute = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]) => [path, path === 'etc/motd' && entry.kind === 'file' ? { ...entry, xattrs: { ...entry.xattrs, 'user.note': 'another' } } : entry]));

it.each(Object.keys(WRITERS))('a signed document accepts its own %s, attributes and all, and names the one path of another', async (name) => {
  const sample = everything();
  const { inventory, images } = await shippedBuild(sample, WRITERS);
  const text = documentText(inventory, 'cyclonedx-1.7');
  const document = JSON.stringify({ ...JSON.parse(text) as object, signature: await keys.ring.signDocument('builder', Buffer.from(text)) });
  expect(failures(check(document, images.get(name)!))).toEqual([]);
  const other = check(document, await WRITERS[name as keyof typeof WRITERS]({ ...sample, tree: withAttribute(sample.tree) }));
  expect(failures(other)).toEqual(['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']);
  expect(other.files!.listed).toEqual([{ path: '/etc/motd', kind: 'changed', fields: ['ref'] }]);
});
