import { readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';

import { sha256 } from '../../src/foundation/digest.ts';
import { TestSocket } from '../support/graphql-socket.ts';
import { part } from '../support/upload-client.ts';
import { ended, TinyHome, until, type BuildJson, type TinyServer } from '../support/tiny-home.ts';

interface Event { sequence: number; kind: string; step: string | null }
interface Step { name: string; state: string; execution: string | null }

const RECIPE = `format: 1
name: motd
version: "1.0"
summary: A message of the day
license: CC0-1.0
sources: []
options:
  text: { type: string, description: What it says, default: welcome }
uses: shell
phases:
  build: |
    i=0; while [ "$i" -lt 3 ]; do echo "building $i"; sleep 0.5; i=$((i + 1)); done
  install: |
    mkdir -p /out/target/etc
    printf '%s\\n' "$opt_text" >/out/target/etc/motd
epoch_seconds: 1700000000
`;

const upload = (text: string): { path: string; content: string }[] => [{ path: 'recipe.yaml', content: Buffer.from(text).toString('base64') }];

/** One user, from an uploaded recipe to a downloaded image, through the doors alone. Later issues go on telling it. */
describe('a user of the server', () => {
  let home: TinyHome;
  let server: TinyServer;
  let socket: TestSocket;
  let first: string;
  beforeAll(async () => {
    home = await TinyHome.open();
    // Packages of the sandbox, which a release retains, come from where this machine gets its own.
    server = await home.serveWith({ PROVENROOT_DEBIAN_MIRROR: '' });
    socket = await TestSocket.open(server);
  });
  afterAll(async () => {
    socket.close();
    await home.close();
  });

  it('is told all that is wrong with a recipe, and nothing of it is kept', async () => {
    const { publishRecipeVersion } = await server.ask(PUBLISH, { name: 'motd', files: upload(RECIPE.replace('uses: shell', 'uses: shel\nlicence: MIT')) });
    expect(publishRecipeVersion.recipeVersion).toBeNull();
    expect(publishRecipeVersion.userErrors.map(({ message }: { message: string }) => message).join('\n')).toMatch(/licence.*license/s);
    expect((await server.ask('{ recipe(name: "motd") { name } }')).recipe).toBeNull();
  });

  it('publishes a recipe; the same folder again is the same version', async () => {
    const { publishRecipeVersion } = await server.ask(PUBLISH, { name: 'motd', files: upload(RECIPE) });
    expect(publishRecipeVersion).toMatchObject({ unchanged: false, userErrors: [], recipeVersion: { name: 'motd', version: '1.0', license: { expression: 'CC0-1.0' } } });
    const again = await server.ask(PUBLISH, { name: 'motd', files: upload(RECIPE) });
    expect(again.publishRecipeVersion).toMatchObject({ unchanged: true, recipeVersion: { folderDigest: publishRecipeVersion.recipeVersion.folderDigest } });
  });

  it('is refused a configuration that does not resolve, with what was probably meant', async () => {
    const { createConfiguration } = await server.ask(CREATE, { input: { name: 'mine', board: 'tiny', content: { packages: [{ name: 'modt' }] } } });
    expect(createConfiguration.configuration).toBeNull();
    expect(createConfiguration.userErrors[0].message).toMatch(/modt.*motd/s);
    const board = await server.ask(CREATE, { input: { name: 'tiny', board: 'tiny' } });
    expect(board.createConfiguration.userErrors[0].message).toMatch(/there is a board called "tiny"/);
  });

  it('makes a configuration with it, which says why each package is in', async () => {
    const { createConfiguration } = await server.ask(CREATE, { input: { name: 'mine', board: 'tiny', content: { packages: [{ name: 'motd' }], images: [{ format: 'TAR' }, { format: 'EXT4' }] } } });
    expect(createConfiguration.userErrors).toEqual([]);
    const { latest } = createConfiguration.configuration;
    expect(latest.content).toEqual({ format: 1, board: 'tiny', packages: { motd: {} }, images: [{ format: 'tar' }, { format: 'ext4' }] });
    expect(latest.pins.map(({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`)).toEqual(expect.arrayContaining(['recipe motd', 'recipe hello-lib', 'template shell', 'board tiny', 'architecture tiny64']));
    const { configuration } = await server.ask(`{ configuration(name: "mine") { latest { number
      motd: explain(package: "motd") { included shipped reasons { kind } }
      lib: explain(package: "hello-lib") { shipped neededBy reasons { kind by } }
      tool: explain(package: "greeting-tool") { included shipped }
      hello: explain(package: "hello") { needs leavesWithIt }
      whatIf(change: { remove: ["hello"] }) { packagesRemoved findings { message } plan { definitionDigest steps { name } } }
      wrong: whatIf(change: { set: [{ name: "nothing" }] }) { findings { message } plan { board } } } } }`);
    expect(configuration.latest).toMatchObject({
      number: 1,
      motd: { included: true, shipped: true, reasons: [{ kind: 'CONFIGURATION' }] },
      lib: { shipped: true, neededBy: ['hello'], reasons: expect.arrayContaining([{ kind: 'BUILD_NEED', by: 'hello' }, { kind: 'RUN_NEED', by: 'hello' }]) },
      tool: { included: true, shipped: false },
      hello: { needs: ['greeting-tool', 'hello-lib'], leavesWithIt: ['greeting-tool', 'hello-lib'] },
      whatIf: { packagesRemoved: ['greeting-tool', 'hello', 'hello-lib'], findings: [] },
      wrong: { plan: null },
    });
    expect(configuration.latest.wrong.findings).toHaveLength(1);
  });

  it('sees beforehand what a build would do', async () => {
    const { planPreview } = await server.ask('{ planPreview(configuration: "mine") { reused willRun mayBeCutOff steps { name outcome reason needs } } }');
    expect(planPreview).toMatchObject({ reused: 0, mayBeCutOff: 0, willRun: planPreview.steps.length });
    expect(planPreview.steps.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['motd', 'hello-lib', 'root', 'image.tar', 'image.ext4']));
    const reasons = new Map((planPreview.steps as { name: string; reason: string }[]).map(({ name, reason }) => [name, reason]));
    expect(reasons.get('tiny-toolchain')).toBe('nothing was built here from this definition and these inputs');
    expect(reasons.get('motd')).toBe('it takes what tiny-toolchain will give, which is not known before');
    expect(reasons.get('image.tar')).toBe('it takes what root will give, which is not known before');
  });

  it('starts the build and follows it to its end, events without a gap and the log as it is written', async () => {
    const started = await server.startBuild({ configuration: 'mine' });
    expect(started).toMatchObject({ reused: false });
    first = started.id;
    const [events, log] = await Promise.all([
      socket.collect<Event>('subscription($id: ID!) { buildEvents(id: $id) { sequence kind step } }', { id: first }),
      socket.collect<{ text: string }>('subscription($id: ID!) { buildLog(id: $id, step: "motd") { text } }', { id: first }),
    ]);
    expect(await server.end(first)).toBe('SUCCEEDED');
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    expect([events[0]!.kind, events.at(-1)!.kind]).toEqual(['build-started', 'build-finished']);
    expect(events.filter(({ step }) => step === 'motd').map(({ kind }) => kind)).toEqual(['step-started', 'step-finished']);
    expect(log.length).toBeGreaterThan(1);
    expect(log.map(({ text }) => text).join('')).toContain('building 0\nbuilding 1\nbuilding 2\n');
    const replayed = await socket.collect<Event>('subscription($id: ID!) { buildEvents(id: $id, afterSequence: 3) { sequence kind step } }', { id: first });
    expect(replayed).toEqual(events.slice(3));
  });

  it('is answered by a server that has no connection to the engine', async () => {
    const holders = (): boolean => connectionsTo('/docker.sock').has(server.child.pid!);
    await until('an idle connection of the set-up is gone', async () => !holders(), 10_000);
    expect(await readlink(`/proc/${await server.worker()}/exe`)).toBe(process.execPath);
  });

  it('asks what is in: packages with licenses, files with owners, why', async () => {
    const { builds } = await server.ask('{ builds(first: 5, board: "tiny", state: SUCCEEDED) { nodes { id definitionDigest images { name sha256 url } packages(first: 200) { nodes { name version license { expression } } } } } }');
    expect(builds.nodes).toHaveLength(1);
    expect(builds.nodes[0].id).toBe(first);
    expect(builds.nodes[0].packages.nodes).toContainEqual({ name: 'motd', version: '1.0', license: { expression: 'CC0-1.0' } });
    expect(builds.nodes[0].images.map(({ name }: { name: string }) => name)).toEqual(['bzImage', 'rootfs.ext4', 'rootfs.tar']);
    const { build } = await server.ask(`query($id: ID!) { build(id: $id) { revision { number configuration { name } }
      files(pathPrefix: "etc/motd") { nodes { path owner sha256 } }
      packages { nodes { name why { kind by } } } inputs(role: "recipe") { nodes { name sha256 } } } }`, { id: first });
    expect(build.files.nodes).toEqual([{ path: 'etc/motd', owner: 'motd', sha256: sha256('welcome\n') }]);
    expect(build.packages.nodes.find(({ name }: { name: string }) => name === 'hello-lib').why).toContainEqual({ kind: 'RUN_NEED', by: 'hello' });
    expect(build.revision).toEqual({ number: 1, configuration: { name: 'mine' } });
  });

  it('downloads an image, also in two parts; its digest tells which build made it', async () => {
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { images { name sha256 sizeBytes url } } }', { id: first });
    const image = build.images.find(({ name }: { name: string }) => name === 'rootfs.tar') as { sha256: string; sizeBytes: number; url: string };
    const whole = await fetch(image.url);
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect([sha256(bytes), bytes.byteLength, whole.headers.get('etag')]).toEqual([image.sha256, image.sizeBytes, `"${image.sha256}"`]);
    const parts = await Promise.all(['bytes=0-999', 'bytes=1000-'].map((range) => fetch(image.url, { headers: { range } })));
    expect(parts.map(({ status }) => status)).toEqual([206, 206]);
    expect(sha256(Buffer.concat(await Promise.all(parts.map(async (part) => Buffer.from(await part.arrayBuffer())))))).toBe(image.sha256);
    const { artifact, file } = await server.ask(`query($image: Sha256!, $file: Sha256!) {
      artifact(sha256: $image) { uses { role name build { id } } } file: artifact(sha256: $file) { uses { role name build { id } } } }`, { image: image.sha256, file: sha256('welcome\n') });
    expect(artifact.uses).toContainEqual({ role: 'IMAGE', name: 'rootfs.tar', build: { id: first } });
    expect(file.uses).toContainEqual({ role: 'FILE', name: 'etc/motd', build: { id: first } });
  });

  it('starts the same again and is given the build that there is', async () => {
    expect(await server.startBuild({ configuration: 'mine' })).toEqual({ id: first, reused: true, state: 'SUCCEEDED' });
  });

  it('changes one option: only what follows from it runs', async () => {
    const content = { packages: [{ name: 'motd', options: [{ name: 'text', value: 'hello again' }] }], images: [{ format: 'TAR' }, { format: 'EXT4' }] };
    const { saveRevision } = await server.ask(SAVE, { input: { configuration: 'mine', content, basedOn: 1 } });
    expect(saveRevision).toMatchObject({ unchanged: false, userErrors: [], revision: { number: 2 } });
    const stale = await server.ask(SAVE, { input: { configuration: 'mine', content: {}, basedOn: 1 } });
    expect(stale.saveRevision.userErrors[0].code).toBe('RECORDS.STALE');
    const { planPreview } = await server.ask('{ planPreview(configuration: "mine") { steps { name outcome reason } } }');
    const outcomes = new Map((planPreview.steps as { name: string; outcome: string }[]).map(({ name, outcome }) => [name, outcome]));
    expect([outcomes.get('motd'), outcomes.get('hello'), outcomes.get('tiny-kernel')]).toEqual(['WILL_RUN', 'REUSED', 'REUSED']);
    expect(outcomes.get('root')).toBe('MAY_BE_CUT_OFF');
    const { reason } = (planPreview.steps as { name: string; reason: string }[]).find(({ name }) => name === 'motd')!;
    expect(reason).toBe('its definition or an input differs from what was built before');
    const second = await server.startBuild({ configuration: 'mine' });
    expect(second.reused).toBe(false);
    expect(await server.end(second.id)).toBe('SUCCEEDED');
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { stepsRun steps { nodes { name state execution } } } }', { id: second.id });
    expect((build.steps.nodes as Step[]).filter(({ execution }) => execution === 'RUN').map(({ name }) => name).toSorted()).toEqual(['image.ext4', 'image.tar', 'motd', 'root']);
  });

  it('reads in one answer what changed, why, and under which licenses, and in one screen too', async () => {
    const { builds } = await server.ask('{ builds(first: 5, state: SUCCEEDED) { nodes { id } } }');
    const [newest] = builds.nodes as { id: string }[];
    await until('the inventory of the build that has just ended is on record', async () =>
      (await server.ask('query($id: ID!) { build(id: $id) { inventory { digest } } }', { id: newest!.id })).build.inventory as object | null ?? undefined);
    const { compare } = await server.ask(`query($left: ID!, $right: ID!) { compare(left: $left, right: $right) {
      exit counts { added removed changed moved } packages { nodes { name reasons { reason detail } } } licenses { changes { nodes { kind } } } configuration { nodes { section key } }
      changes { nodes { path owner causes { code evidence } packageAfter { version license { expression } } detail { texts { lines } } } } } }`, { left: first, right: newest!.id });
    expect(compare).toMatchObject({ exit: 1, counts: { added: 0, removed: 0, changed: 1, moved: 0 }, licenses: { changes: { nodes: [] } } });
    expect(compare.packages.nodes).toEqual([{ name: 'motd', reasons: [{ reason: 'OPTION', detail: '-text=welcome +text=hello again' }] }]);
    expect(compare.changes.nodes).toMatchObject([{ path: '/etc/motd', owner: 'motd', causes: [{ code: 'option-change' }], packageAfter: { version: '1.0', license: { expression: 'CC0-1.0' } } }]);
    expect(compare.changes.nodes[0].detail.texts[0].lines).toEqual(expect.arrayContaining(['-welcome', '+hello again']));
    expect(compare.configuration.nodes.length).toBeGreaterThan(0);
    const screen = await home.cli('diff', first, newest!.id);
    expect([screen.code, screen.stdout.split('\n').length <= 41]).toEqual([1, true]);
    for (const told of ['motd 1.0: 1 path', 'option -text=welcome +text=hello again', '~ /etc/motd  content']) expect(screen.stdout).toContain(told);
    const { history } = await server.ask('{ history(configuration: "mine", path: "/etc/motd", last: 10) { nodes { since { id } change { before { id } } } } }');
    expect(history.nodes.map(({ since }: { since: { id: string } }) => since.id)).toEqual([newest!.id, first]);
  });

  it('builds an older revision with the recipes of its time, whatever was published since', async () => {
    const newer = await server.ask(PUBLISH, { name: 'motd', files: upload(RECIPE.replace('version: "1.0"', 'version: "1.1"').replace("'%s\\n'", "'%s!\\n'")) });
    expect(newer.publishRecipeVersion.userErrors).toEqual([]);
    const { startBuild } = await server.ask('mutation { startBuild(input: { configuration: "mine", revision: 1 }) { reused build { id } userErrors { message } } }');
    expect(startBuild).toEqual({ reused: true, build: { id: first }, userErrors: [] });
    const { recipe } = await server.ask('{ recipe(name: "motd") { latest { version } versions { nodes { version } } } }');
    expect(recipe).toEqual({ latest: { version: '1.1' }, versions: { nodes: [{ version: '1.1' }, { version: '1.0' }] } });
  });

  it('keeps the recipes that a configuration had while it is edited, through either door, until it is asked to move to those of now', async () => {
    const pinned = async (): Promise<string> => {
      const { configuration } = await server.ask('{ configuration(name: "mine") { latest { number pins { kind name folderDigest } } } }');
      const { number, pins } = configuration.latest as { number: number; pins: { kind: string; name: string; folderDigest: string }[] };
      return `${number} ${pins.find(({ kind, name }) => kind === 'recipe' && name === 'motd')!.folderDigest}`;
    };
    const { recipe } = await server.ask('{ recipe(name: "motd") { versions { nodes { version folderDigest } } } }');
    const [newer, older] = (recipe.versions.nodes as { folderDigest: string }[]).map(({ folderDigest }) => folderDigest);
    const save = async (input: object): Promise<unknown> => (await server.ask(SAVE, { input: { configuration: 'mine', ...input } })).saveRevision;
    expect(await save({ content: { packages: [{ name: 'motd', options: [{ name: 'text', value: 'edited' }] }] } })).toMatchObject({ unchanged: false, userErrors: [] });
    expect(await pinned()).toBe(`3 ${older}`);
    expect(await save({})).toMatchObject({ unchanged: true, revision: { number: 3 } });
    expect((await home.cli('config', 'set', 'mine', 'motd.text=set')).code).toBe(0);
    expect(await pinned()).toBe(`4 ${older}`);
    expect(await save({ updatePins: true })).toMatchObject({ unchanged: false, revision: { number: 5 } });
    expect(await pinned()).toBe(`5 ${newer}`);
  });

  it('finds the build\'s signed provenance on record, and has the build verified by a worker', async () => {
    const { provenance, completeness } = await until('the provenance is signed', async () => {
      const { build } = await server.ask('query($id: ID!) { build(id: $id) { provenance { sha256 logIndex } completeness { score of points { id met } } } }', { id: first });
      return build.provenance === null ? undefined : build as { provenance: { sha256: string; logIndex: number }; completeness: { score: number; of: number } };
    });
    expect([provenance.logIndex > 0, completeness.score, completeness.of]).toEqual([true, 20, 20]);
    const { startVerification } = await server.ask('mutation($id: ID!) { startVerification(input: { build: $id }) { verification { id } userErrors { code message } } }', { id: first });
    expect(startVerification.userErrors).toEqual([]);
    const verification = await until('the verification is done', async () => {
      const found = await server.ask('query($id: ID!) { verification(id: $id) { state outcome firstDifferingStep verdicts { artifact verdict } rebuild { id purpose } } }', { id: startVerification.verification.id });
      return ['QUEUED', 'RUNNING'].includes(found.verification.state as string) ? undefined : found.verification as { outcome: string; verdicts: { verdict: string }[]; rebuild: { id: string } };
    }, 300_000);
    expect(verification).toMatchObject({ state: 'DONE', outcome: 'REPRODUCED', firstDifferingStep: null });
    expect(verification.verdicts.map(({ verdict }) => verdict)).toEqual(['REPRODUCED', 'REPRODUCED', 'REPRODUCED']);
    const { builds } = await server.ask('{ builds(first: 50) { nodes { id } } }');
    expect((builds.nodes as { id: string }[]).map(({ id }) => id)).not.toContain(verification.rebuild.id);
  });

  it('releases the build; on a second home with an empty database it is rebuilt from the evidence and the bytes alone', async () => {
    const { createRelease } = await server.ask('mutation($id: ID!) { createRelease(input: { product: "kiosk", version: "1.4.0", build: $id }) { job { id } userErrors { code message } } }', { id: first });
    expect(createRelease.userErrors).toEqual([]);
    await until('the release is signed', async () => {
      const { job } = await server.ask('query($id: ID!) { job(id: $id) { state error { code message } } }', { id: createRelease.job.id });
      if (job.state === 'FAILED') throw new RangeError(JSON.stringify(job.error));
      return job.state === 'DONE';
    }, 300_000);
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { evidenceUrl images { name sha256 url } } }', { id: first });
    const [archive, root, file] = ['evidence.tar', 'root.json', 'shipped.ext4'].map((name) => join(home.directory, name)) as [string, string, string];
    const image = (build.images as { name: string; sha256: string; url: string }[]).find(({ name }) => name === 'rootfs.ext4')!;
    for (const [url, path] of [[`${build.evidenceUrl}?inputs=1`, archive], [image.url, file]] as const) {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      await writeFile(path, Buffer.from(await answer.arrayBuffer()));
    }
    expect((await home.cli('keys', 'root', '-o', root)).code).toBe(0);
    const second = await TinyHome.open();
    try {
      const verified = await second.cliWith({ environment: { PROVENROOT_OPERATOR: 'second' } }, 'verify', '--evidence', archive, '--root', root, '--file', file, '--json');
      expect({ code: verified.code, stderr: verified.code === 0 ? '' : verified.stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(verified.stdout)).toMatchObject({ outcome: 'REPRODUCED', file: { subject: 'rootfs.ext4', verdict: 'REPRODUCED' } });
    } finally {
      await second.close();
    }
    const { artifact } = await server.ask('query($image: Sha256!) { artifact(sha256: $image) { aggregate { state } timeline(first: 50) { nodes { kind } } } }', { image: image.sha256 });
    expect(artifact.aggregate.state).toBe('VERIFIED_BY_ONE');
    expect((artifact.timeline.nodes as { kind: string }[]).map(({ kind }) => kind)).toEqual(expect.arrayContaining(['BUILT', 'LOGGED', 'VERIFICATION_ENDED', 'RELEASED']));
  });

  it('cancels a build, which ends within seconds with its container; the same again starts anew and is finished', async () => {
    const slow = RECIPE.replace('name: motd', 'name: slow').replaceAll('/etc/motd', '/etc/slow').replace('[ "$i" -lt 3 ]', '[ "$i" -lt 600 ]');
    expect((await server.ask(PUBLISH, { name: 'slow', files: upload(slow) })).publishRecipeVersion.userErrors).toEqual([]);
    await server.ask(CREATE, { input: { name: 'slow-one', board: 'tiny', content: { packages: [{ name: 'slow' }], images: [{ format: 'TAR' }] } } });
    const { id } = await server.startBuild({ configuration: 'slow-one' });
    await until('the slow step runs', async () => {
      const { build } = await server.ask('query($id: ID!) { build(id: $id) { steps(state: RUNNING) { nodes { name } } } }', { id });
      return (build.steps.nodes as Step[]).some(({ name }) => name === 'slow');
    });
    const asked = performance.now();
    const { cancelBuild } = await server.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id });
    expect(cancelBuild.userErrors).toEqual([]);
    expect(await server.end(id)).toBe('CANCELLED');
    expect(performance.now() - asked).toBeLessThan(15_000);
    expect(await home.leftovers()).toEqual([]);
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { steps { nodes { name state } } } }', { id });
    expect((build.steps.nodes as Step[]).find(({ name }) => name === 'slow')!.state).toBe('CANCELLED');
    const anew = await server.startBuild({ configuration: 'slow-one' });
    expect([anew.reused, anew.id === id]).toEqual([false, false]);
    await server.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id: anew.id });
    expect(await server.end(anew.id)).toBe('CANCELLED');
    await server.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id: first });
    expect(await server.state(first)).toBe('SUCCEEDED');
  });

  it('compares a shipped image with a build while another build runs', async () => {
    const { build } = await server.ask('query($id: ID!) { build(id: $id) { images { name url } } }', { id: first });
    const { url } = (build.images as { name: string; url: string }[]).find(({ name }) => name === 'rootfs.tar')!;
    const shipped = Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1').replace('welcome\n', 'WELCOME\n');
    const { uploadImage: { upload: { id: uploaded, url: to } } } = await server.ask('mutation($sizeBytes: Long!) { uploadImage(input: { name: "shipped.tar", sizeBytes: $sizeBytes }) { upload { id url } } }', { sizeBytes: shipped.length });
    expect((await part(server.port, to as string, 0, Buffer.from(shipped, 'latin1'))).status).toBe(204);
    const { id: running } = await server.startBuild({ configuration: 'slow-one' });
    await until('the build runs', async () => await server.state(running) === 'RUNNING');
    const { startComparison: { comparison, userErrors } } = await server.ask('mutation($left: ID!, $right: ID!) { startComparison(input: { left: $left, right: $right }) { comparison { id } userErrors { message } } }', { left: first, right: uploaded });
    expect(userErrors).toEqual([]);
    const told = await until('the comparison is done', async () => {
      const asked = await server.ask('query($id: ID!) { comparison(id: $id) { state result { changes { nodes { path owner packageBefore { name recipeVersion { version } } } } } } }', { id: comparison.id });
      return asked.comparison.state === 'DONE' && asked.comparison as { result: { changes: { nodes: unknown[] } } };
    });
    expect(await server.state(running)).toBe('RUNNING');
    expect(told.result.changes.nodes).toEqual([{ path: '/etc/motd', owner: 'motd', packageBefore: { name: 'motd', recipeVersion: { version: '1.0' } } }]);
    await server.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id: running });
    expect(await server.end(running)).toBe('CANCELLED');
  });

  it('cancels a build that a command line runs', async () => {
    const run = ended(home.start('build', 'slow-one', '--json'));
    const id = await until('the build runs', async () =>
      (await server.ask('{ builds(first: 1, configuration: "slow-one", state: RUNNING) { nodes { id } } }')).builds.nodes[0]?.id as string | undefined);
    expect(await server.startBuild({ configuration: 'slow-one' })).toMatchObject({ id, reused: true });
    await server.ask('mutation($id: ID!) { cancelBuild(input: { id: $id }) { userErrors { message } } }', { id });
    const { code, stdout } = await run;
    expect([code, (JSON.parse(stdout) as BuildJson).state, await server.state(id)]).toEqual([1, 'CANCELLED', 'CANCELLED']);
    expect(await home.leftovers()).toEqual([]);
  });

  it('ends the server in order: worker, database and all', async () => {
    socket.close();
    expect(await server.stop()).toBe(0);
    await until('nothing of the home runs', async () => (await home.processes()).length === 0, 15_000);
    expect(server.notes()).not.toMatch(/Error|BUG/);
  });
});

/** Process numbers at the other end of a Unix socket. */
function connectionsTo(path: string): Set<number> {
  const lines = execFileSync('ss', ['-xpH'], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/));
  const peers = new Set(lines.filter((words) => words[4]?.endsWith(path)).map((words) => words[7]));
  return new Set(lines.filter((words) => peers.has(words[5])).flatMap((words) => [...(words[8] ?? '').matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid))));
}

const PUBLISH = `mutation($name: String!, $files: [UploadedFileInput!]!) { publishRecipeVersion(input: { name: $name, files: $files }) {
  unchanged recipeVersion { name version folderDigest license { expression } } userErrors { code message path } } }`;
const CREATE = `mutation($input: CreateConfigurationInput!) { createConfiguration(input: $input) {
  configuration { latest { number content pins { kind name } } } userErrors { code message path } } }`;
const SAVE = `mutation($input: SaveRevisionInput!) { saveRevision(input: $input) { unchanged revision { number } userErrors { code message } } }`;
