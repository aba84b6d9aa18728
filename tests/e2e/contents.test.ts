import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { documentBuild } from '../../src/actions/document-build.ts';
import { makeDocument } from '../../src/actions/make-documents.ts';
import type { DocumentFormat } from '../../src/documents/document.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { addClosed, addDual, CLOSED, MIT_TEXT, OTHER_TEXT } from '../support/licensed-recipes.ts';
import { runProvenroot } from '../support/provenroot-process.ts';
import { TinyHome, until, type BuildJson, type CliRun } from '../support/tiny-home.ts';

const ROOT = join(import.meta.dirname, '../..');
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const IMAGES = ['tar', 'cpio.gz', 'ext4', 'squashfs'].map((format) => ({ format }));
const ORGANIZATION = { supplier: 'Example Ltd', contact: 'security@example.org', url: 'https://example.org/', publishing_url: 'https://example.org/boxes/', product: 'box', product_version: '1.4' };
const FORMATS = { 'cyclonedx': 'cyclonedx-1.7', 'cyclonedx-1.6': 'cyclonedx-1.6', 'spdx3': 'spdx-3.0.1', 'spdx2': 'spdx-2.3' } as const satisfies Readonly<Record<string, DocumentFormat>>;
const DETAILS = ['packages', 'files'] as const;
const DOCUMENTS = Object.keys(FORMATS).flatMap((format) => DETAILS.map((detail) => [format as keyof typeof FORMATS, detail] as const));

/** The one JSON object that was printed, which must be of the verb's published shape. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
function shaped(verb: string, { code, stdout, stderr }: CliRun): any {
  if (stdout === '') throw new TypeError(`nothing was printed (exit code ${code}): ${stderr}`);
  const value = JSON.parse(stdout) as object;
  const schema = JSON.parse(readFileSync(join(ROOT, `docs/schema/cli-${'error' in value ? 'error' : verb}.schema.json`), 'utf8')) as { $id?: string };
  const check = (schema.$id === undefined ? undefined : ajv.getSchema(schema.$id)) ?? ajv.compile(schema);
  void check(value);
  expect(check.errors ?? []).toEqual([]);
  return value;
}

interface Step { step: string; outcome: string; code: string | null }
const failedSteps = (run: CliRun): string[] => (shaped('sbom-check', run).steps as Step[]).filter(({ outcome }) => outcome === 'FAILED').map(({ step, code }) => `${step} ${code}`);
const bytesOf = (path: string): Buffer => readFileSync(path);

/** One build of the tiny catalog, with license texts, an organization and every format of image: what a user is told of it. */
describe('what is in a build', () => {
  let home: TinyHome;
  let database: Database;
  let built: BuildJson;
  let plain: string;
  const at = (name: string): string => join(home.directory, name);
  const documentAt = (format: string, detail: string): string => at(`${format}-${detail}.json`);
  const imageAt = (name: string): string => built.images.find((image) => image.name === name)!.path!;

  beforeAll(async () => {
    home = await TinyHome.open();
    await addDual(home, '1.0');
    await addClosed(home);
    // Held open, so that not every command has to start it.
    database = await openDatabase({ home: home.home, clock: systemClock });
    plain = await policy('plain', 'require_choice: true\n');
    built = await buildOf('mine');
    expect((await home.cli('keys', 'root', '-o', at('root.json'))).code).toBe(0);
  }, 600_000);
  afterAll(async () => {
    await database.close();
    await home.close();
  });

  async function policy(name: string, text: string): Promise<string> {
    writeFileSync(at(`${name}.yaml`), `format: 1\nname: ${name}\n${text}`);
    return at(`${name}.yaml`);
  }

  async function buildOf(name: string, form: Record<string, unknown> = {}, inHome = home, ...argv: string[]): Promise<BuildJson & { code: number | null }> {
    const path = await inHome.configuration(name, { packages: { dual: {} }, organization: ORGANIZATION, images: IMAGES, ...form });
    const made = await inHome.build(path, ...argv);
    expect({ state: made.state, stderr: made.state === 'SUCCEEDED' ? '' : made.stderr }).toEqual({ state: 'SUCCEEDED', stderr: '' });
    return made;
  }

  /** Made as `sbom` makes it, by format and detail: the digests of all documents, none of them published. */
  async function unsigned(inHome: TinyHome, buildId: string): Promise<Record<string, string>> {
    const workshop = await openWorkshop({ ...readEnvironment(), home: inHome.home, databaseUrl: undefined, catalogRoot: join(inHome.directory, 'catalog') });
    try {
      const made = await documentBuild(buildId, workshop, { signal: new AbortController().signal, openYard: () => Promise.reject(new TypeError('a build ends with its texts captured')) });
      const digests: Record<string, string> = {};
      for (const [format, detail] of DOCUMENTS) digests[`${format} ${detail}`] = (await makeDocument(buildId, made, FORMATS[format], detail, workshop)).digests.sha256;
      return digests;
    } finally {
      await workshop.close();
    }
  }

  describe('its bills of materials', () => {
    const published: Record<string, string> = {};

    it.each(DOCUMENTS)('come as %s of %s once every gate has passed, signed and logged, and stay what they are', async (format, detail) => {
      const argv = ['sbom', 'mine', '--format', format, '--detail', detail, '-o', documentAt(format, detail), '--json'];
      const run = await home.cli(...argv);
      expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr + run.stdout }).toEqual({ code: 0, stderr: '' });
      const shape = shaped('sbom', run);
      const foreign = { 'cyclonedx': ['cdx-validate'], 'cyclonedx-1.6': ['cdx-validate'], 'spdx3': ['spdx3-schema', 'spdx3-shacl'], 'spdx2': [] }[format];
      expect(shape.gates.map(({ gate, passed }: { gate: string; passed: boolean }) => [gate, passed])).toEqual(['inventory', 're-extraction', 'schema', 'lint', ...foreign].map((gate) => [gate, true]));
      for (const { gate, scores } of shape.gates) if (gate === 'cdx-validate') expect(scores).toMatchObject({ cra: { met: 8, of: 8 }, scvs: { met: 22, of: 22 } });
      const bytes = bytesOf(documentAt(format, detail));
      expect(sha256(bytes)).toBe((shape.signed ?? shape).sha256);
      expect(shape.signed === null).toBe(format.startsWith('spdx'));
      expect((await home.rows('SELECT 1 FROM log_entries WHERE about = $1', [shape.statement])).length).toBe(1);
      expect(await home.rows('SELECT state FROM build_documents WHERE sha256 = $1', [shape.sha256])).toEqual([{ state: 'PUBLISHED' }]);
      published[`${format} ${detail}`] = shape.sha256;

      const again = await home.cli(...argv);
      expect([again.code, shaped('sbom', again), bytesOf(documentAt(format, detail)).equals(bytes)]).toEqual([0, shape, true]);
    }, 300_000);

    it('are printed whole where no file is named', async () => {
      const run = await home.cli('sbom', 'mine');
      expect([run.code, sha256(run.stdout)]).toEqual([0, sha256(bytesOf(documentAt('cyclonedx', 'packages')))]);
    });

    it('are the same, byte for byte, in another home that builds everything anew', async () => {
      const other = await TinyHome.open();
      try {
        await addDual(other, '1.0');
        const rebuilt = await buildOf('mine', {}, other, '--cold');
        expect([rebuilt.definitionDigest, rebuilt.build === built.build]).toEqual([built.definitionDigest, false]);
        expect(await unsigned(other, rebuilt.build)).toEqual(published);
      } finally {
        await other.close();
      }
    }, 300_000);

    it('are others for another organization, which changes no image', async () => {
      const theirs = await buildOf('theirs', { organization: { ...ORGANIZATION, supplier: 'Another Ltd' } });
      expect(theirs.images.map(({ sha256: digest }) => digest)).toEqual(built.images.map(({ sha256: digest }) => digest));
      const digests = await unsigned(home, theirs.build);
      for (const [name, digest] of Object.entries(published)) expect([name, digests[name] === digest]).toEqual([name, false]);
      expect(await unsigned(home, built.build)).toEqual(published);
    }, 300_000);
  });

  describe('a document checked against an image, on a machine that never saw the build', () => {
    const offline = process.getuid?.() === 0 ? ['unshare', '-n'] : [];
    const stranger = (): string => at('stranger');
    const argvOf = (document: string, image: string, ...more: string[]): string[] => ['sbom', 'check', document, image, '--root', at('root.json'), '--json', ...more];
    async function check(document: string, image: string, ...more: string[]): Promise<CliRun> {
      return runProvenroot(argvOf(document, image, ...more), { checkout: ROOT, environment: { HOME: stranger() }, prefix: offline });
    }
    function changed(name: string, path: string, change: (bytes: Buffer) => Buffer): string {
      writeFileSync(at(name), change(Buffer.from(bytesOf(path))));
      return at(name);
    }
    const statementOf = (document: string): string[] => ['--statement', `${document}.intoto.jsonl`];
    beforeAll(() => mkdirSync(stranger()));

    it.each(['rootfs.tar', 'rootfs.cpio.gz', 'rootfs.ext4', 'rootfs.squashfs', 'bzImage'])('accepts %s by the signature inside, and looks at every path of it', async (name) => {
      const run = await check(documentAt('cyclonedx', 'files'), imageAt(name));
      expect([run.code, failedSteps(run)]).toEqual([0, []]);
      const { signers, image, files } = shaped('sbom-check', run);
      expect([signers.map(({ form }: { form: string }) => form), image.name]).toEqual([['JSF'], name]);
      expect(files).toEqual(name === 'bzImage' ? null : { missing: 0, extra: 0, changed: 0, listed: [] });
    }, 60_000);

    it.each(DOCUMENTS)('accepts %s of %s with the envelope beside it', async (format, detail) => {
      const document = documentAt(format, detail);
      const run = await check(document, imageAt('rootfs.ext4'), ...statementOf(document));
      const { signers, document: told } = shaped('sbom-check', run);
      expect([run.code, signers.map(({ form }: { form: string }) => form), told.detail]).toEqual([0, format.startsWith('spdx') ? ['DSSE'] : ['JSF', 'DSSE'], detail]);
    }, 60_000);

    it('leaves nothing where it ran', () => {
      expect(readdirSync(stranger())).toEqual([]);
    });

    it('refuses one changed byte of an image, and names the file that it is in', async () => {
      const words = Buffer.from('stamped by greeting-tool');
      const image = changed('changed.tar', imageAt('rootfs.tar'), (bytes) => { bytes[bytes.indexOf(words)]! ^= 1; return bytes; });
      const run = await check(documentAt('cyclonedx', 'files'), image);
      expect([run.code, failedSteps(run)]).toEqual([1, ['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']]);
      expect(shaped('sbom-check', run).files).toMatchObject({ missing: 0, extra: 0, changed: 1, listed: [{ path: '/usr/bin/stamp.txt', kind: 'changed' }] });
    }, 60_000);

    it('refuses the document of another build', async () => {
      const loud = await buildOf('loud', { packages: { dual: {}, hello: { options: { loud: true } } }, images: [{ format: 'tar' }] });
      const run = await check(documentAt('cyclonedx', 'packages'), loud.images.find(({ name }) => name === 'rootfs.tar')!.path!);
      expect([run.code, failedSteps(run)]).toEqual([1, expect.arrayContaining(['IMAGE DOCUMENTS.OTHER_BUILD'])]);
    }, 120_000);

    it('refuses a changed document by its signature, inside or beside, and one that nobody signed', async () => {
      const rename = (text: Buffer): Buffer => Buffer.from(text.toString().replace('"Example Ltd"', '"Exomple Ltd"'));
      const inside = await check(changed('changed.cdx.json', documentAt('cyclonedx', 'files'), rename), imageAt('rootfs.tar'));
      expect([inside.code, failedSteps(inside)]).toEqual([1, ['SIGNED EVIDENCE.BAD_SIGNATURE']]);
      const document = documentAt('spdx3', 'files');
      const beside = await check(changed('changed.spdx3.json', document, rename), imageAt('rootfs.tar'), ...statementOf(document));
      expect([beside.code, failedSteps(beside)]).toEqual([1, ['SIGNED DOCUMENTS.OTHER_DOCUMENT']]);
      const unsignedRun = await check(document, imageAt('rootfs.tar'));
      expect([unsignedRun.code, failedSteps(unsignedRun)]).toEqual([1, ['SIGNED DOCUMENTS.NOT_SIGNED']]);
    }, 60_000);

    it('refuses a signature of a key that the root does not name', async () => {
      const other = await TinyHome.open();
      try {
        expect((await other.cli('keys', 'root', '-o', at('another-root.json'))).code).toBe(0);
        const document = documentAt('cyclonedx', 'files');
        const run = await check(document, imageAt('rootfs.tar'), '--root', at('another-root.json'));
        expect([run.code, failedSteps(run)]).toEqual([1, ['SIGNED EVIDENCE.UNKNOWN_SIGNER']]);
      } finally {
        await other.close();
      }
    }, 120_000);
  });

  describe('its licenses', () => {
    const judged = async (build: string, file: string): Promise<{ code: number | null; verdict: string; rules: string[] }> => {
      const run = await home.cli('licenses', build, '--policy', file, '--json');
      const { verdict, violations, reviews } = shaped('licenses', run);
      return { code: run.code, verdict, rules: [...violations, ...reviews].map(({ rule, package: name }: { rule: string; package: string }) => `${rule} ${name}`).toSorted() };
    };

    it('are told as table, CSV, notice and page, and nothing is judged without a policy', async () => {
      const told = async (format: string): Promise<string> => {
        const run = await home.cli('licenses', 'mine', '--format', format);
        expect(run.code).toBe(0);
        return run.stdout;
      };
      expect(await told('table')).toMatch(/dual +1\.0 +MIT +file +1/);
      expect((await told('csv')).split('\n').find((line) => line.startsWith('greeting-tool,'))).toMatch(/^greeting-tool,2,host,no,build-only,GPL-3\.0-or-later/);
      expect(await told('notice')).toContain('Copyright (c) 2020 Somebody');
      expect(await told('notice-html')).toMatch(/^<!DOCTYPE html>[^]*Copyright \(c\) 2020 Somebody[^]*<\/html>\n$/);
      const report = shaped('licenses', await home.cli('licenses', 'mine', '--json'));
      expect(report.packages.find(({ name }: { name: string }) => name === 'dual').texts).toMatchObject([{ path: 'COPYING', sha256: sha256(MIT_TEXT), match: { licenses: ['MIT'], exact: true } }]);
      expect((await home.cli('licenses', 'mine', '--format', 'csv', '-o', at('licenses.csv'))).stdout).toBe('');
      expect(bytesOf(at('licenses.csv')).toString()).toBe(await told('csv'));
    }, 120_000);

    it('pass a policy with 0, break one with 1, wait for a person with 5; each word is on record', async () => {
      const deny = await policy('deny', 'rules: [{ id: no-gpl, verdict: deny, licenses: [GPL-2.0-only], linkages: [file], reason: we ship none }]\n');
      const lenient = await policy('lenient', '');
      // The host tool under GPL-3.0-or-later is in none of them.
      expect(await judged('mine', lenient)).toEqual({ code: 0, verdict: 'ALLOWED', rules: [] });
      expect(await judged('mine', deny)).toEqual({ code: 1, verdict: 'VIOLATED', rules: ['no-gpl tiny-kernel'] });
      expect(await judged('mine', plain)).toEqual({ code: 5, verdict: 'REVIEW', rules: ['choice-open dual'] });
      expect(await home.rows('SELECT policy_name AS name, outcome FROM policy_reports ORDER BY id')).toEqual([{ name: 'lenient', outcome: 'ALLOWED' }, { name: 'deny', outcome: 'VIOLATED' }, { name: 'plain', outcome: 'REVIEW' }]);
      const bad = await home.cli('licenses', 'mine', '--policy', await policy('bad', 'rules: 3\n'), '--json');
      expect([bad.code, shaped('licenses', bad).error.code]).toEqual([2, 'COMPLIANCE.BAD_POLICY']);
    }, 120_000);

    it('raise a GPL-2.0-only library that a closed program has inside, with the way from the image to it', async () => {
      await buildOf('closed', { packages: { dual: {}, closed: {} }, images: [{ format: 'tar' }] });
      const run = await home.cli('licenses', 'closed', '--json');
      const { verdict, violations } = shaped('licenses', run);
      expect([run.code, verdict]).toEqual([0, 'VIOLATED']);
      expect(violations).toContainEqual(expect.objectContaining({ rule: 'copyleft-into-closed', package: 'fee', license: 'GPL-2.0-only', linkage: 'static', into: 'closed', path: ['rootfs.tar', '/usr/bin/closed', 'fee', 'GPL-2.0-only'] }));
    }, 120_000);

    it('let pass what an exception is made for until its last day, and no longer', async () => {
      const excepted = (expires: string): Promise<string> => policy(`until-${expires}`, `exceptions:
  - { id: fee-inside, package: fee, license: GPL-2.0-only, linkages: [static], reason: bought out, expires: "${expires}" }
  - { id: closed, package: closed, license: ${CLOSED}, reason: our own }
`);
      expect(await judged('closed', await excepted('9999-12-31'))).toMatchObject({ code: 0, verdict: 'ALLOWED' });
      const ended = await excepted('2020-12-31');
      expect(await judged('closed', ended)).toEqual({ code: 1, verdict: 'VIOLATED', rules: ['copyleft-into-closed fee'] });
      const { violations, passedByException } = shaped('licenses', await home.cli('licenses', 'closed', '--policy', ended, '--json'));
      expect(violations[0].expired).toEqual({ id: 'fee-inside', reason: 'bought out', expires: '2020-12-31' });
      expect(passedByException.map(({ exception }: { exception: { id: string } }) => exception.id)).toEqual(['closed']);
    }, 120_000);

    it('gate a build and a release: what violates is not released', async () => {
      const path = await home.configuration('closed', { packages: { dual: {}, closed: {} }, organization: ORGANIZATION, images: [{ format: 'tar' }] });
      const strict = await policy('strict', '');
      const run = await home.cli('build', path, '--policy', strict, '--json');
      expect([run.code, shaped('build', run).state, run.stderr]).toEqual([1, 'SUCCEEDED', expect.stringContaining('policy strict: VIOLATED')]);
      const release = await home.cli('release', 'create', 'box', '2.0', 'closed', '--policy', strict, '--json');
      expect([release.code, shaped('release-create', release).error.code]).toEqual([1, 'ACTIONS.POLICY_VIOLATED']);
      expect(await home.rows('SELECT 1 FROM releases')).toEqual([]);
      const late = await home.cli('build', path, '--policy', at('nowhere.yaml'));
      expect([late.code, late.stdout]).toEqual([2, '']);
    }, 120_000);
  });

  describe('a choice between its licenses', () => {
    const DECISION = ['--reason', 'counsel said so', '--by', 'jo', '--json'];
    const stateOf = async (build: string): Promise<{ state: string; code: number | null }> => {
      const run = await home.cli('licenses', build, '--policy', plain, '--json');
      return { state: shaped('licenses', run).choices.find((one: { package: string }) => one.package === 'dual').state as string, code: run.code };
    };
    let decision: string;

    it('is refused where it is not offered', async () => {
      const refused = await home.cli('license', 'choose', 'mine', 'dual', 'BSD-2-Clause', ...DECISION);
      expect([refused.code, shaped('license-decide', refused).error.code]).toEqual([2, 'ACTIONS.NOT_OFFERED']);
      const unknown = await home.cli('license', 'choose', 'mine', 'daul', 'MIT', ...DECISION);
      expect([unknown.code, shaped('license-decide', unknown).error.code]).toEqual([2, 'ACTIONS.UNKNOWN_PACKAGE']);
    }, 60_000);

    it('is made once and stands in the report', async () => {
      expect(await stateOf('mine')).toEqual({ state: 'open', code: 5 });
      decision = shaped('license-decide', await home.cli('license', 'choose', 'mine', 'dual', 'MIT', ...DECISION)).decision;
      expect(await stateOf('mine')).toEqual({ state: 'holds', code: 0 });
      expect(shaped('license-list', await home.cli('license', 'list', '--json')).decisions).toMatchObject([{ id: decision, kind: 'CHOICE', package: 'dual', decided: 'MIT', by: 'jo', withdrawnAt: null }]);
    }, 60_000);

    it('is carried to another version with the same license text', async () => {
      await addDual(home, '1.1');
      await buildOf('next', { images: [{ format: 'tar' }] });
      expect(await stateOf('next')).toEqual({ state: 'carried', code: 0 });
    }, 120_000);

    it('comes back with another license text', async () => {
      await addDual(home, '1.2', OTHER_TEXT);
      await buildOf('after', { images: [{ format: 'tar' }] });
      expect(await stateOf('after')).toEqual({ state: 'resurfaced', code: 5 });
    }, 120_000);

    it('counts no more once it is withdrawn', async () => {
      expect((await home.cli('license', 'withdraw', decision, ...DECISION)).code).toBe(0);
      expect(await stateOf('mine')).toEqual({ state: 'open', code: 5 });
      const again = await home.cli('license', 'withdraw', decision, ...DECISION);
      expect([again.code, shaped('license-withdraw', again).error.code]).toEqual([1, 'RECORDS.STALE']);
    }, 60_000);
  });

  describe('the owner of a path', () => {
    it('is told with step, license and why it is in the image, and links are followed', async () => {
      const told = shaped('owner', await home.cli('owner', 'mine', '/usr/lib/libgreeting.so.1', '--json'));
      expect(told).toMatchObject({
        file: { path: '/usr/lib/libgreeting.so.1', kind: 'file' },
        owner: { kind: 'package', name: 'hello-lib', licenses: { effective: 'Zlib' }, step: { name: 'hello-lib', template: 'shell' }, why: { path: [{ package: 'hello' }, { package: 'hello-lib' }] } },
      });
      const linked = shaped('owner', await home.cli('owner', 'mine', '/usr/share/another-name', '--json'));
      expect(linked).toMatchObject({ links: [{ path: '/usr/share/another-name', target: 'dual' }], file: { path: '/usr/share/dual' }, owner: { name: 'dual', sources: [{ file: 'dual-1.0.tar' }] } });
      expect((await home.cli('owner', 'mine', 'usr/bin/hello')).stdout).toMatch(/owner +package hello 1\.1/);
      expect(shaped('owner', await home.cli('owner', 'mine', '/etc/hostname', '--json')).owner).toMatchObject({ kind: 'generator' });
    }, 60_000);

    it('is not known of what is not there, but what was probably meant is', async () => {
      const run = await home.cli('owner', 'mine', '/usr/bin/helo', '--json');
      expect([run.code, shaped('owner', run).error]).toEqual([2, expect.objectContaining({ code: 'COMPLIANCE.UNKNOWN_PATH', hint: 'Did you mean /usr/bin/hello?' })]);
    });
  });

  describe('a report', () => {
    it.each(['bsi', 'ntia', 'cra'])('for %s says of each field if it is met and where that comes from, and exits by it', async (profile) => {
      const run = await home.cli('report', 'mine', '--profile', profile, '--json');
      const report = shaped('report', run);
      const open = report.rows.filter(({ demand, status }: { demand: string; status: string }) => demand === 'required' && status === 'not-met');
      expect([report.profile, report.met, run.code]).toEqual([profile, open.length === 0, open.length === 0 ? 0 : 1]);
      expect(report.rows.filter(({ status, remedy }: { status: string; remedy?: string }) => status === 'not-met' && remedy === undefined)).toEqual([]);
      expect(report.summary.some(({ met }: { met: number }) => met > 0)).toBe(true);
    }, 60_000);
  });

  describe('a document that a gate refuses', () => {
    it('is not handed out, and is on record as refused', async () => {
      const other = await buildOf('refused', { packages: { dual: {}, hello: { options: { loud: true } } } });
      // What is shipped under the name is the tar of another build.
      const [foreign] = await home.rows<{ sha256: string }>('SELECT sha256 FROM images WHERE build_id = $1 AND name = $2', [built.build, 'rootfs.tar']);
      await home.rows('ALTER TABLE images DISABLE TRIGGER ALL');
      await home.rows('UPDATE images SET sha256 = $2 WHERE build_id = $1 AND name = $3', [other.build, foreign!.sha256, 'rootfs.tar']);
      const run = await home.cli('sbom', 'refused', '-o', at('refused.json'), '--json');
      const shape = shaped('sbom', run);
      expect([run.code, shape.state, shape.signed, shape.statement, shape.output]).toEqual([1, 'REFUSED', null, null, null]);
      expect(shape.gates.filter(({ passed }: { passed: boolean }) => !passed).map(({ gate }: { gate: string }) => gate)).toEqual(['re-extraction']);
      expect(existsSync(at('refused.json'))).toBe(false);
      expect(await home.rows('SELECT state FROM build_documents WHERE build_id = $1 AND sha256 = $2', [other.build, shape.sha256])).toEqual([{ state: 'REFUSED' }]);
      const printed = await home.cli('sbom', 'refused');
      expect([printed.code, printed.stdout, printed.stderr]).toEqual([1, '', expect.stringContaining('the document is not handed out')]);
    }, 300_000);
  });

  describe('the source bundle', () => {
    /** Packages of the sandbox come from where this machine gets its own. */
    const ONLINE = { environment: { PROVENROOT_DEBIAN_MIRROR: '' } };

    it('is written with the sandbox beside it, and gives back the shipped digests from these two alone', async () => {
      const run = await home.cliWith(ONLINE, 'legal-info', 'mine', '-o', at('bundle.tar'), '--with-sandbox', '--json');
      expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr + run.stdout }).toEqual({ code: 0, stderr: '' });
      const shape = shaped('legal-info', run);
      expect([shape.leftOut, shape.sandbox.path, sha256(bytesOf(at('bundle.tar')))]).toEqual([[], at('bundle-sandbox.tar'), shape.bundle.sha256]);
      const names = execFileSync('tar', ['-tf', at('bundle.tar')], { encoding: 'utf8' }).split('\n');
      expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/licenses\/dual-1\.0\/COPYING$/), expect.stringMatching(/sources\/dual-1\.0\/dual-1\.0\.tar$/), expect.stringMatching(/recipes\/hello\/recipe\.yaml$/)]));
      const check = await home.cli('legal-info', 'check', at('bundle.tar'), at('bundle-sandbox.tar'), '--json');
      expect({ code: check.code, stderr: check.code === 0 ? '' : check.stderr + check.stdout }).toEqual({ code: 0, stderr: '' });
      const checked = shaped('legal-info-check', check);
      expect([checked.outcome, checked.definitionDigest, checked.index]).toEqual(['REPRODUCED', built.definitionDigest, shape.index]);
      expect(Object.fromEntries(checked.images.map(({ name, actual }: { name: string; actual: string }) => [name, actual]))).toEqual(Object.fromEntries(built.images.map(({ name, sha256: digest }) => [name, digest])));
    }, 300_000);

    it('is refused with a changed source', async () => {
      const bundle = bytesOf(at('bundle.tar'));
      bundle[bundle.indexOf('Copyright (c) 2020 Somebody')]! ^= 1;
      writeFileSync(at('changed-bundle.tar'), bundle);
      const run = await home.cli('legal-info', 'check', at('changed-bundle.tar'), at('bundle-sandbox.tar'), '--json');
      expect([run.code, shaped('legal-info-check', run).error.code]).toEqual([1, 'LEGAL.CHANGED']);
    }, 120_000);

    it('names what may not be passed on and leaves it out, and then decides nothing', async () => {
      const run = await home.cliWith(ONLINE, 'legal-info', 'closed', '-o', at('closed.tar'), '--json');
      const { leftOut } = shaped('legal-info', run);
      expect([run.code, [...new Set(leftOut.map(({ package: name, license, rule }: { package: string; license: string; rule: string }) => `${name} ${license} ${rule}`))]]).toEqual([0, [`closed ${CLOSED} closed-license`]]);
      const check = await home.cli('legal-info', 'check', at('closed.tar'), at('bundle-sandbox.tar'), '--json');
      expect([check.code, shaped('legal-info-check', check)]).toEqual([5, expect.objectContaining({ outcome: 'INCONCLUSIVE', subcode: 'left_out', leftOut })]);
    }, 300_000);
  });

  describe('a worker', () => {
    it('publishes the usual documents and judges a build, by what is asked of the server', async () => {
      const server = await home.serve();
      try {
        const job = async (mutation: string, input: object): Promise<void> => {
          const name = /\{ (\w+)\(/.exec(mutation)![1]!;
          const answer = (await server.ask(mutation, { input }))[name];
          expect(answer.userErrors).toEqual([]);
          await until(`the job of ${name} is done`, async () => {
            const { job: found } = await server.ask('query($id: ID!) { job(id: $id) { state error { code message } } }', { id: answer.job.id });
            if (found.state === 'FAILED') throw new RangeError(JSON.stringify(found.error));
            return found.state === 'DONE';
          }, 280_000);
        };
        const id = `bld_${built.build}`;
        await job('mutation($input: PublishDocumentsInput!) { publishDocuments(input: $input) { job { id } userErrors { code message } } }', { build: id });
        await job('mutation($input: JudgeBuildInput!) { judgeBuild(input: $input) { job { id } userErrors { code message } } }', { build: id, policy: 'format: 1\nname: over the wire\nrequire_choice: true\n' });
        const { build } = await server.ask('query($id: ID!) { build(id: $id) { policyReports { policyName outcome } } }', { id });
        expect(build.policyReports[0]).toEqual({ policyName: 'over the wire', outcome: 'REVIEW' });
        const states = await home.rows<{ format: string; state: string }>(`SELECT format, detail, state FROM build_documents WHERE build_id = $1 AND format <> 'legal-info' AND state <> 'PUBLISHED'
          AND inventory_digest = (SELECT inventory_digest FROM build_inventories WHERE build_id = $1 ORDER BY id DESC LIMIT 1)`, [built.build]);
        expect(states).toEqual([]);
        // A build that is started with a policy is judged once it has ended.
        const { startBuild } = await server.ask('mutation($input: StartBuildInput!) { startBuild(input: $input) { build { id } userErrors { code message } } }', { input: { board: 'tiny', policy: readFileSync(at('deny.yaml'), 'utf8') } });
        expect(startBuild.userErrors).toEqual([]);
        const word = await until('the build is judged', async () => {
          const { build: started } = await server.ask('query($id: ID!) { build(id: $id) { state policyReports { policyName outcome } } }', { id: startBuild.build.id });
          return started.policyReports.length > 0 && started;
        }, 280_000);
        expect(word).toEqual({ state: 'SUCCEEDED', policyReports: [{ policyName: 'deny', outcome: 'VIOLATED' }] });
      } finally {
        expect(await server.stop()).toBe(0);
      }
    }, 300_000);
  });
});
