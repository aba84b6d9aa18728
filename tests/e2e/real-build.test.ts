import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

import { sha256 } from '../../src/foundation/digest.ts';
import { catalogAt, planOf } from '../support/planning.ts';
import { otherPlace } from '../support/other-conditions.ts';
import { lastJson, runProvenroot, startProvenroot, type RunOptions } from '../support/provenroot-process.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
const BOARD = 'qemu-x86_64';
const BUILD_MS = 60 * 60 * 1000;
// eslint-disable-next-line node/no-process-env
const FULL = process.env['PROVENROOT_TEST_FULL'] === '1';

interface Build {
  build: string;
  state: string;
  definitionDigest: string;
  images: { name: string; format: string; path: string; sha256: string; sizeBytes: number }[];
  steps: { run: number; reused: number; failed: number };
}

const digests = ({ images }: Build): Record<string, string> => Object.fromEntries(images.map(({ name, sha256: digest }) => [name, digest]));

/** From source to a booted machine, and once more where everything around is different. Minutes of compiling. */
describe('a board built from source', () => {
  // Postgres runs as a user of its own when we are root: every directory above the home must let it through.
  const directory = mkdtempSync('/var/tmp/provenroot-real-');
  chmodSync(directory, 0o755);
  const first: RunOptions = { checkout: CHECKOUT, environment: { PROVENROOT_HOME: join(directory, 'home') } };
  let built: Build;
  let whole: Build;

  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  test('builds every step and gives images whose bytes have the digests that are printed', async () => {
    const ran = await runProvenroot(['build', BOARD, '--json'], first);
    built = lastJson<Build>(ran);
    expect({ code: ran.code, state: built.state, failed: built.steps.failed }).toEqual({ code: 0, state: 'SUCCEEDED', failed: 0 });
    expect(built.steps.run).toBeGreaterThan(10);
    expect(built.images.map(({ name }) => name)).toEqual(['bzImage', 'rootfs.cpio.gz', 'rootfs.ext4', 'rootfs.squashfs', 'rootfs.tar']);
    for (const { path, sha256: digest, sizeBytes } of built.images) {
      const bytes = readFileSync(path);
      expect([sha256(bytes), bytes.byteLength]).toEqual([digest, sizeBytes]);
    }
  }, BUILD_MS);

  test('does nothing the second time', async () => {
    const again = lastJson<Build>(await runProvenroot(['build', BOARD, '--json'], first));
    expect([again.build, again.steps.run, digests(again)]).toEqual([built.build, 0, digests(built)]);
  }, 120_000);

  test.each(['rootfs.ext4', 'rootfs.squashfs', 'rootfs.cpio.gz'])('boots from %s, lets root in on the serial line, answers a command, powers off', async (image) => {
    const ran = await runProvenroot(['boot', BOARD, '--check', '--image', image, '--command', 'uname -m; hostname', '--json'], first);
    expect({ code: ran.code, answer: lastJson<{ answer: string }>(ran).answer, stderr: ran.code === 0 ? '' : ran.stderr.slice(-3000) })
      .toEqual({ code: 0, answer: 'x86_64\nprovenroot', stderr: '' });
  }, 600_000);

  test('answers over ssh with the key of this boot, which is not in the image', async () => {
    const key = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const port = await freePort();
    const machine = startProvenroot(['boot', BOARD, '--ssh-port', String(port), '--authorized-keys', `${key}.pub`], first);
    let said = '';
    machine.stdout!.on('data', (chunk: Buffer) => { said += chunk.toString('latin1'); });
    machine.stderr!.on('data', (chunk: Buffer) => { said += chunk.toString('latin1'); });
    const ended = once(machine, 'exit');
    try {
      const answer = await untilSsh(port, key, 'id -un; uname -s', () => said);
      expect(answer).toBe('root\nLinux\n');
      await ssh(port, key, 'poweroff').catch(() => undefined);
      await Promise.race([ended, sleep(60_000, undefined, { ref: false }).then(() => { throw new Error(`no power-off; it said ${said.slice(-1000)}`); })]);
    } finally {
      machine.kill('SIGKILL');
    }
  }, 600_000);

  test('every package that this kernel is enough for builds with its template, and nothing that only builds need is shipped', async () => {
    const catalog = await catalogAt(CHECKOUT);
    const known = new Set(planOf(catalog, BOARD).resolution.kernelOptions.map(({ symbol }) => symbol));
    // Another kernel option compiles another kernel: those packages are built with --full.
    const packages = [...catalog.recipes.values()]
      .filter(({ role, kernelOptions }) => role === 'package' && (FULL || Object.keys(kernelOptions).every((symbol) => known.has(symbol)))).map(({ name }) => name);
    const file = join(directory, 'every-package.json');
    writeFileSync(file, JSON.stringify({ format: 1, board: BOARD, packages: Object.fromEntries(packages.map((name) => [name, {}])), images: [{ format: 'tar' }] }));
    const ran = await runProvenroot(['build', file, '--json'], first);
    whole = lastJson<Build>(ran);
    expect({ code: ran.code, state: whole.state, stderr: ran.code === 0 ? '' : ran.stderr.slice(-3000) }).toEqual({ code: 0, state: 'SUCCEEDED', stderr: '' });
    if (!FULL) expect(digests(whole)['bzImage']).toBe(digests(built)['bzImage']);
    const listing = execFileSync('tar', ['-tf', whole.images.find(({ name }) => name === 'rootfs.tar')!.path], { encoding: 'utf8' });
    expect(listing).not.toMatch(/usr\/include|\.a$|\.la$|pkgconfig/m);
  }, BUILD_MS);

  test('says what is in it: every gate passes, score cards are full, every shipped byte is as each document says', async () => {
    const file = join(directory, 'supplied.json');
    writeFileSync(file, JSON.stringify({ format: 1, board: BOARD, organization: { supplier: 'Example GmbH', contact: 'mailto:security@example.com', url: 'https://example.com/', publishing_url: 'https://example.com/images/', product: 'kiosk', product_version: '1.4.0', support_until: '2031-12-31' } }));
    const supplied = lastJson<Build>(await runProvenroot(['build', file, '--json'], first));
    expect([supplied.state, digests(supplied)]).toEqual(['SUCCEEDED', digests(built)]);
    const root = join(directory, 'bill-root.json');
    expect((await runProvenroot(['keys', 'root', '-o', root], first)).code).toBe(0);
    for (const format of ['cyclonedx', 'cyclonedx-1.6', 'spdx3', 'spdx2']) {
      for (const detail of ['packages', 'files']) {
        const output = join(directory, `${format}-${detail}.json`);
        const ran = await runProvenroot(['sbom', supplied.build, '--format', format, '--detail', detail, '-o', output, '--json'], first);
        expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr.slice(-3000) }).toEqual({ code: 0, stderr: '' });
        const { gates } = lastJson<Bill>(ran);
        expect(gates.filter(({ passed, findings }) => !passed || findings.some(({ severity }) => severity === 'error'))).toEqual([]);
        expect(gates.map(({ gate }) => gate)).toEqual(['inventory', 're-extraction', 'schema', 'lint', ...(format === 'spdx2' ? [] : format === 'spdx3' ? ['spdx3-schema', 'spdx3-shacl'] : ['cdx-validate'])]);
        if (format.startsWith('cyclonedx')) expect(gates.at(-1)!.scores).toMatchObject({ cra: { met: 8, of: 8 }, scvs: { met: 22, of: 22 } });
        for (const { name, path } of supplied.images) {
          const checked = await runProvenroot(['sbom', 'check', output, path, '--root', root, '--statement', `${output}.intoto.jsonl`, '--json'], { ...first, environment: { PROVENROOT_HOME: '/nonexistent' } });
          expect({ name, format, detail, code: checked.code, said: checked.code === 0 ? '' : checked.stdout }).toEqual({ name, format, detail, code: 0, said: '' });
        }
      }
    }
    const licenses = lastJson<{ summary: object; textFindings: { rule: string }[] }>(await runProvenroot(['licenses', supplied.build, '--json'], first));
    expect(licenses.textFindings.filter(({ rule }) => rule === 'text-changed' || rule === 'text-missing')).toEqual([]);
  }, BUILD_MS);

  /** As much compiling as the build itself. */
  const inFull = FULL ? test : test.skip;
  inFull('no file of the whole catalog depends on a condition of the profile `full`, or a recipe says why (--full)', async () => {
    const ran = await runProvenroot(['vary', whole.build, '--profile', 'full', '--json'], first);
    const varied = lastJson<{ outcome: string; steps: { step: string; state: string; files: { path: string; causes: string[][]; excused: string[] | null }[] }[] }>(ran);
    const leaks = varied.steps.flatMap(({ step, state, files }) => [
      ...(['same', 'differs', 'not-varied'].includes(state) ? [] : [`${step}: ${state}`]), ...files.filter(({ excused }) => excused === null).map(({ path, causes }) => `${step}: ${path} by ${JSON.stringify(causes)}`),
    ]);
    expect(leaks).toEqual([]);
    expect(varied.outcome).toBe('same');
  }, BUILD_MS);

  /** Another user and host name are root's to give. */
  const asRoot = process.getuid?.() === 0 ? test : test.skip;
  asRoot('is rebuilt bit for bit from its evidence alone, in an empty home: other path, user, host name, zone, locale, umask, no network (needs root)', async () => {
    const [root, evidence] = [join(directory, 'root.json'), join(directory, 'evidence.tar')];
    const released = await runProvenroot(['release', 'create', 'kiosk', '1.4.0', BOARD, '--json'], first);
    expect({ code: released.code, stderr: released.code === 0 ? '' : released.stderr.slice(-3000) }).toEqual({ code: 0, stderr: '' });
    expect((await runProvenroot(['keys', 'root', '-o', root], first)).code).toBe(0);
    expect((await runProvenroot(['evidence', 'kiosk@1.4.0', '-o', evidence, '--with-inputs'], first)).code).toBe(0);
    const attested = lastJson<{ completeness: { met: number; total: number } }>(await runProvenroot(['attest', BOARD, '--json'], first));
    expect(attested.completeness).toMatchObject({ met: 20, total: 20 });
    const bill = lastJson<Bill>(await runProvenroot(['sbom', BOARD, '--detail', 'files', '--json'], first));
    // What is left of the first home is the archive, and the image in hand.
    const image = join(directory, 'shipped.squashfs');
    copyFileSync(built.images.find(({ name }) => name === 'rootfs.squashfs')!.path, image);
    const place = otherPlace(CHECKOUT, mkdtempSync(join(directory, 'other-')));
    renameSync(join(directory, 'home'), join(directory, 'out of sight'));
    for (const path of [root, evidence, image]) chmodSync(path, 0o644);
    const second: RunOptions = {
      checkout: place.checkout, environment: { ...place.environment, PROVENROOT_OPERATOR: 'somebody-else' }, prefix: ['unshare', '--net', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh', ...place.prefix],
    };
    const ran = await runProvenroot(['verify', '--evidence', evidence, '--root', root, '--file', image, '--json'], second);
    expect({ code: ran.code, stderr: ran.code === 0 ? '' : ran.stderr.slice(-3000) }).toEqual({ code: 0, stderr: '' });
    const verified = lastJson<Verified>(ran);
    expect(verified).toMatchObject({ outcome: 'REPRODUCED', definitionDigest: built.definitionDigest, build: null, firstDifferingStep: null, file: { subject: 'rootfs.squashfs', verdict: 'REPRODUCED' } });
    expect(Object.fromEntries(verified.artifacts.map(({ name, actual }) => [name, actual]))).toEqual(digests(built));
    // What the rebuild is made of is told in the same bytes.
    const again = await runProvenroot(['sbom', verified.rebuild, '--detail', 'files', '--json'], second);
    expect({ code: again.code, stderr: again.code === 0 ? '' : again.stderr.slice(-3000) }).toEqual({ code: 0, stderr: '' });
    expect(lastJson<Bill>(again).sha256).toBe(bill.sha256);
  }, BUILD_MS);
});

interface Bill { sha256: string; state: string; gates: { gate: string; passed: boolean; scores: object; findings: { severity: string }[] }[] }
interface Verified { outcome: string; rebuild: string; definitionDigest: string; artifacts: { name: string; verdict: string; actual: string }[] }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function ssh(port: number, key: string, command: string): Promise<string> {
  const options = ['-p', String(port), '-i', key, '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=10', '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'];
  return (await promisify(execFile)('ssh', [...options, 'root@127.0.0.1', command], { timeout: 60_000 })).stdout;
}

/** Under emulation the first host keys take a while; refused and closed connections are tried again. */
async function untilSsh(port: number, key: string, command: string, said: () => string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ssh(port, key, command);
    } catch (error) {
      if (attempt === 60) throw new Error(`ssh never answered: ${String(error)}; the machine said ${said().slice(-1500)}`, { cause: error });
      await sleep(4_000);
    }
  }
}
