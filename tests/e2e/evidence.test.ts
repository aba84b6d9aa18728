import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { TinyHome, type CliRun } from '../support/tiny-home.ts';

interface Verify {
  outcome: string; subcode: string | null; message: string | null; rebuildStatement: string; rebuild: string | null;
  artifacts: { name: string; verdict: string; expected: string; actual: string }[];
  firstDifferingStep: { step: string; inputs: string[]; files: { path: string; kind: string; fields: string[] }[] } | null;
  file: { subject: string | null; verdict: string | null } | null;
}
interface Who { aggregate: { state: string; count: number }; builds: { build: string }[]; statements: { predicateType: string; operator: string | null; verdict: string | null }[]; releases: { product: string }[] }
interface BundleCheck { ok: boolean; steps: { step: string; outcome: string; code: string | null }[] }

const json = <T>({ stdout, stderr }: CliRun): T => {
  if (stdout === '') throw new TypeError(`nothing was printed: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
};
const ELSEWHERE = { environment: { PROVENROOT_OPERATOR: 'elsewhere' } };
/** Packages of the sandbox come from where this machine gets its own. */
const ONLINE = { environment: { PROVENROOT_DEBIAN_MIRROR: '' } };

/** Two operators, each with a home of its own: what one ships, the other checks. */
describe('proving what was shipped', () => {
  let home: TinyHome;
  let other: TinyHome;
  let image: { path: string; sha256: string };
  let statement: string;
  const at = (name: string): string => join(home.directory, name);
  beforeAll(async () => {
    home = await TinyHome.open();
    other = await TinyHome.open();
  });
  afterAll(async () => {
    await home.close();
    await other.close();
  });

  it('ends every build with a signed and logged provenance', async () => {
    const built = await home.build('tiny');
    statement = (built as unknown as { statement: string }).statement;
    expect(statement).toMatch(/^[0-9a-f]{64}$/);
    const found = built.images.find(({ name }) => name === 'rootfs.ext4')!;
    image = { path: found.path!, sha256: found.sha256 };
    const attested = json<{ statement: string; logIndex: number; completeness: { met: number; total: number } }>(await home.cli('attest', 'tiny', '-o', at('tiny.intoto.jsonl'), '--json'));
    expect(attested).toMatchObject({ statement, completeness: { met: 20, total: 20 } });
    expect(attested.logIndex).toBeGreaterThan(0);
    expect(readFileSync(at('tiny.intoto.jsonl'), 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('keeps its private keys where only their owner reads them, and from every step', async () => {
    expect(execFileSync('find', [join(home.home, 'keys'), '-perm', '/077'], { encoding: 'utf8' })).toBe('');
  });

  it('says of the bytes alone who built them, before anybody has rebuilt them', async () => {
    const who = json<Who>(await home.cli('who', image.path, '--json'));
    expect(who).toMatchObject({ aggregate: { state: 'UNVERIFIED', count: 0 }, statements: [{ operator: 'local' }] });
    expect(who.builds).toHaveLength(1);
    const stranger = at('nobody-knows-me');
    writeFileSync(stranger, 'no image');
    expect((await home.cli('who', stranger)).code).toBe(5);
  });

  it('rebuilds a build from its statement and finds it the same; a rebuild never stands for the build', async () => {
    const run = await home.cli('verify', 'tiny', '--json');
    const verified = json<Verify>(run);
    expect([run.code, verified.outcome, verified.firstDifferingStep]).toEqual([0, 'REPRODUCED', null]);
    expect(verified.artifacts.every(({ verdict, expected, actual }) => verdict === 'REPRODUCED' && expected === actual)).toBe(true);
    const shown = json<{ build: string }>(await home.cli('show', 'tiny', '--json'));
    expect(shown.build).not.toBe(verified.rebuild);
    expect(json<Who>(await home.cli('who', image.sha256, '--json')).aggregate).toMatchObject({ state: 'VERIFIED_BY_ONE', count: 0 });
  });

  it('puts product and version on the digests, once', async () => {
    const released = json<{ unchanged: boolean; logIndex: number }>(await home.cliWith(ONLINE, 'release', 'create', 'kiosk', '1.4.0', 'tiny', '--json'));
    expect(released.unchanged).toBe(false);
    expect(json<{ unchanged: boolean }>(await home.cli('release', 'create', 'kiosk', '1.4.0', 'tiny', '--json')).unchanged).toBe(true);
    expect(json<Who>(await home.cli('who', image.sha256, '--json')).releases).toMatchObject([{ product: 'kiosk' }]);
  });

  it('hands out evidence that a stranger checks offline against a root of another way', async () => {
    expect((await home.cli('keys', 'root', '-o', at('root.json'))).code).toBe(0);
    const made = await home.cli('evidence', 'kiosk@1.4.0', '-o', at('e.tar'), '--with-inputs', '--json');
    expect({ code: made.code, stderr: made.code === 0 ? '' : made.stderr }).toEqual({ code: 0, stderr: '' });
    const check = await home.cli('verify-bundle', at('e.tar'), '--root', at('root.json'), '--file', image.path, '--json');
    expect([check.code, json<BundleCheck>(check).ok]).toEqual([0, true]);
    expect((await other.cliWith(ELSEWHERE, 'keys', 'root', '-o', at('another-root.json'))).code).toBe(0);
    const wrong = await home.cli('verify-bundle', at('e.tar'), '--root', at('another-root.json'), '--json');
    expect([wrong.code, json<BundleCheck>(wrong).ok]).toEqual([1, false]);
    expect((await home.cli('verify-bundle', at('e.tar'), '--root', at('root.json'), '--file', at('nobody-knows-me'))).code).toBe(1);
  });

  it('is rebuilt by another operator from the evidence and the bytes alone, in an empty home without network', async () => {
    const before = process.getuid?.() === 0 ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'] : [];
    const run = await other.cliWith({ ...ELSEWHERE, before }, 'verify', '--evidence', at('e.tar'), '--root', at('root.json'), '--file', image.path, '-o', at('verdict.intoto.jsonl'), '--json');
    expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' });
    expect(json<Verify>(run)).toMatchObject({ outcome: 'REPRODUCED', file: { subject: 'rootfs.ext4', verdict: 'REPRODUCED' } });
    expect((await other.cli('log', 'fsck')).code).toBe(0);
  });

  it('counts the word of another operator once its key is bound to that operator, not before', async () => {
    const unknown = await home.cli('import', at('verdict.intoto.jsonl'), '--json');
    expect([unknown.code, json<{ error: { code: string } }>(unknown).error.code]).toEqual([1, 'SIGNING.NOT_SIGNED']);
    expect((await other.cli('keys', 'public', 'rebuilder', '-o', at('elsewhere.pem'))).code).toBe(0);
    const trusted = await home.cli('keys', 'trust', at('elsewhere.pem'), '--operator', 'elsewhere', '--role', 'rebuilder', '--json');
    expect([trusted.code, json<{ version: number }>(trusted).version]).toEqual([0, 2]);
    const taken = await home.cli('import', at('verdict.intoto.jsonl'), '--json');
    expect(json<{ statements: { operator: string }[] }>(taken).statements).toMatchObject([{ operator: 'elsewhere' }]);
    expect(json<Who>(await home.cli('who', image.sha256, '--json')).aggregate).toMatchObject({ state: 'VERIFIED_BY_ONE', count: 1 });
  });

  it('names the step, its inputs and the file that a rebuild gets otherwise, exits with 1, and logs that word too', async () => {
    const stamp = '    stamp /out/target/usr/bin/stamp.txt\n';
    await home.edit('recipes/hello/recipe.yaml', stamp, `${stamp}    mkdir -p /out/target/etc && head -c 8 /dev/urandom >/out/target/etc/lucky-number\n`);
    const built = await home.build('tiny');
    expect({ state: built.state, stderr: built.state === 'SUCCEEDED' ? '' : built.stderr }).toEqual({ state: 'SUCCEEDED', stderr: '' });
    const run = await home.cli('verify', 'tiny', '--json');
    const verified = json<Verify>(run);
    expect([run.code, verified.outcome]).toEqual([1, 'NOT_REPRODUCED']);
    expect(verified.firstDifferingStep).toMatchObject({ step: 'hello', files: [{ path: 'target/etc/lucky-number', kind: 'changed', fields: ['sha256'] }] });
    expect(verified.artifacts.find(({ name }) => name === 'bzImage')!.verdict).toBe('REPRODUCED');
    expect(verified.artifacts.find(({ name }) => name === 'rootfs.ext4')!.verdict).toBe('NOT_REPRODUCED');
    const proof = await home.cli('log', 'proof', verified.rebuildStatement);
    expect([proof.code, proof.stdout.split('\n')[0]]).toEqual([0, 'c2sp.org/tlog-proof@v1']);
    const fsck = await home.cli('log', 'fsck');
    expect({ code: fsck.code, said: fsck.code === 0 ? '' : fsck.stdout }).toEqual({ code: 0, said: '' });
  });

  it('decides nothing where an input was not retained', async () => {
    await other.rows('ALTER TABLE catalog_files DISABLE TRIGGER ALL');
    await other.rows("DELETE FROM catalog_files WHERE version_digest IN (SELECT digest FROM catalog_versions WHERE name = 'hello')");
    const run = await other.cliWith(ELSEWHERE, 'verify', image.sha256, '--json');
    const verified = json<Verify>(run);
    expect([run.code, verified.outcome, verified.subcode, verified.rebuild]).toEqual([5, 'INCONCLUSIVE', 'input_missing', null]);
    expect(verified.message).toMatch(/recipe hello/);
  });

  it('finds a verdict that somebody turned in its row, behind the back of its statement', async () => {
    await home.rows('ALTER TABLE verdicts DISABLE TRIGGER ALL');
    await home.rows("UPDATE verdicts SET verdict = 'REPRODUCED', actual_sha256 = expected_sha256 WHERE verdict = 'NOT_REPRODUCED'");
    const fsck = await home.cli('log', 'fsck', '--json');
    expect([fsck.code, json<{ findings: { flaw: string; place: string }[] }>(fsck).findings.map(({ flaw, place }) => `${flaw} ${place.split(' ')[0]}`)]).toEqual([1, ['row-differs verification']]);
  });

  it('finds a row that somebody edited behind our back', async () => {
    await other.rows('ALTER TABLE statement_subjects DISABLE TRIGGER ALL');
    await other.rows("UPDATE statement_subjects SET verdict = 'NOT_REPRODUCED' WHERE verdict = 'REPRODUCED'");
    const fsck = await other.cli('log', 'fsck', '--json');
    expect([fsck.code, json<{ sound: boolean; findings: { flaw: string }[] }>(fsck).findings.some(({ flaw }) => flaw === 'row-differs')]).toEqual([1, true]);
  });
});
