import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { createRecords } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { digestOf, recordSampleSandbox, runningBuild, sampleExecution } from '../support/sample-records.ts';
import { refusal, SCRIPTED_PLAN } from '../support/scripted-actions.ts';
import { buildIdOf, timeOf } from '../support/synthetic-record.ts';

const AS_IT_STANDS = `{ builds(first: 5, board: "qemu-x86_64", state: SUCCEEDED) { nodes { id definitionDigest images { name sha256 url }
    packages(first: 200) { nodes { name version license { expression } } } } } }`;

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open();
  const { record } = api;
  await record.catalogItem('board', 'tiny', { architecture: 'x86_64' });
  for (const name of ['p000', 'p001', 'p002']) await record.catalogItem('recipe', name, { purl: `pkg:generic/${name}`, cpe: null, homepage: 'https://example.org' }, ['1', '2']);
  await record.configuration('mine', 'tiny', [{ board: 'tiny' }, { board: 'tiny', packages: {} }]);
  for (let number = 1; number <= 7; number++) {
    await record.build({ number, state: number === 4 ? 'FAILED' : 'SUCCEEDED', ...(number % 2 === 0 ? { configuration: 'mine' } : {}), files: ['bin/sh', 'etc/passwd', 'usr/bin/env', 'usr/bin/\xff', 'usr/bin0'] });
  }
});
afterAll(async () => { await api.close(); });
beforeEach(() => { api.actions.answers = {}; api.actions.asked.length = 0; });

const numberOf = (id: string): number => Number.parseInt(id.slice(4, 12), 16);

describe('queries', () => {
  it('answers the query of the README as it stands', async () => {
    for (let number = 100; number < 107; number++) await api.record.build({ number, board: 'qemu-x86_64', packages: 60, state: number === 106 ? 'FAILED' : 'SUCCEEDED' });
    const { builds } = await api.data(AS_IT_STANDS);
    expect(builds.nodes.map(({ id }: { id: string }) => numberOf(id))).toEqual([105, 104, 103, 102, 101]);
    const [first] = builds.nodes;
    expect(first.definitionDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(first.packages.nodes).toHaveLength(60);
    expect(first.packages.nodes[2]).toEqual({ name: 'p002', version: '1.2', license: { expression: 'MIT AND Zlib' } });
    const { url, sha256: digest } = first.images[0];
    const download = await fetch(url);
    expect(sha256(new Uint8Array(await download.arrayBuffer()))).toBe(digest);
  });

  it('sends as many SQL statements for fifty builds as for one', async () => {
    for (let number = 200; number < 250; number++) await api.record.build({ number, board: 'crowded', packages: 5 });
    const deep = `query($n: Int!) { builds(first: $n, board: "crowded") { nodes { id board { name } revision { id } images { name } events(first: 2) { sequence }
      packages(first: 5) { nodes { name recipeVersion { version } } } inputs(first: 5) { nodes { name } } steps(first: 5) { nodes { name needs outputs { tree } build { id } } } } } }`;
    const count = async (n: number): Promise<string[]> => {
      api.statements = [];
      const { builds } = await api.data(deep, { n });
      expect(builds.nodes).toHaveLength(n);
      return api.statements.toSorted();
    };
    const one = await count(1);
    expect(await count(50)).toEqual(one);
    expect(one.length).toBeLessThanOrEqual(11);
    api.statements = [];
    await api.data(AS_IT_STANDS.replace('qemu-x86_64', 'crowded').replace('first: 5', 'first: 50'));
    expect(api.statements.toSorted()).toEqual(['builds root no rebuilds board state', 'images of builds', 'packages children']);
  });

  it('finds a build by what stands for one on the command line', async () => {
    const found = async (reference: string): Promise<number | string | undefined> => {
      const { data, errors } = await api.query('query($r: String) { build(reference: $r) { id } }', { r: reference });
      return errors?.[0]?.extensions.code ?? numberOf(data.build.id);
    };
    expect(await found('mine')).toBe(6);
    expect(await found('mine~1')).toBe(2);
    expect(await found('tiny')).toBe(7);
    expect(await found(sha256('image of build 3'))).toBe(3);
    expect(await found('none')).toBe('RECORDS.UNKNOWN');
    expect(await found("'; DROP TABLE builds")).toBe('RECORDS.BAD_REFERENCE');
    expect((await api.query('{ build { id } }')).errors![0]!.extensions.code).toBe('API.BAD_REQUEST');
  });

  it('filters builds by board, configuration, state and time', async () => {
    const numbers = async (filter: string): Promise<number[]> =>
      (await api.data(`{ builds(${filter}) { nodes { id } } }`)).builds.nodes.map(({ id }: { id: string }) => numberOf(id));
    expect(await numbers('board: "tiny"')).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(await numbers('configuration: "mine"')).toEqual([6, 4, 2]);
    expect(await numbers('configuration: "mine", state: FAILED')).toEqual([4]);
    expect(await numbers(`board: "tiny", createdFrom: "${timeOf(3).toISOString()}", createdBefore: "${timeOf(5).toISOString()}"`)).toEqual([4, 3]);
    expect(await numbers('board: "none"')).toEqual([]);
  });

  it('pages through a list without gap or repetition', async () => {
    const seen: number[] = [];
    for (let after: string | null = null; ;) {
      const { builds } = await api.data('query($after: String) { builds(board: "tiny", first: 3, after: $after) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }', { after });
      expect(builds.pageInfo.hasPreviousPage).toBe(after !== null);
      expect(builds.pageInfo.startCursor).toBe(builds.edges[0].cursor);
      seen.push(...builds.edges.map(({ node }: { node: { id: string } }) => numberOf(node.id)));
      after = builds.pageInfo.endCursor as string;
      if (!builds.pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('finds files by path, owner and digest, in byte order, and escapes what is no text', async () => {
    const id = buildIdOf(1);
    const paths = async (filter: string): Promise<string[]> =>
      (await api.data(`{ build(id: "${id}") { files(${filter}) { nodes { path owner } } } }`)).build.files.nodes.map(({ path }: { path: string }) => path);
    expect(await paths('first: 10')).toEqual(['bin', 'bin/sh', 'etc', 'etc/passwd', 'usr', 'usr/bin', 'usr/bin/env', String.raw`usr/bin/\xff`, 'usr/bin0']);
    expect(await paths('pathPrefix: "usr/bin/"')).toEqual(['usr/bin/env', String.raw`usr/bin/\xff`]);
    expect(await paths('owner: "passwd"')).toEqual(['etc/passwd']);
    expect(await paths(`sha256: "${sha256('bin/sh')}"`)).toEqual(['bin/sh']);
    const { build } = await api.data(`{ build(id: "${id}") { files(first: 3) { pageInfo { endCursor } } } }`);
    expect(await paths(`first: 3, after: "${build.files.pageInfo.endCursor}"`)).toEqual(['etc/passwd', 'usr', 'usr/bin']);
    expect((await api.data(`{ build(id: "${id}") { files(first: 1, pathPrefix: "bin/") { nodes { kind mode uid gid sizeBytes sha256 target ownerReason } } } }`)).build.files.nodes[0])
      .toEqual({ kind: 'FILE', mode: '0644', uid: 0, gid: 0, sizeBytes: 6, sha256: sha256('bin/sh'), target: null, ownerReason: 'installs it' });
  });

  it('tells of steps what they needed, gave, used and printed', async () => {
    const { build } = await api.data(`{ build(id: "${buildIdOf(1)}") { steps { nodes { name position kind recipe stage state execution planKey actionKey wallMs cpuMs peakMemoryBytes
      needs outputs { name tree } failure { code } log(offset: 12, limitBytes: 5) { offset nextOffset sizeBytes ended text } } } } }`);
    const [step, root] = build.steps.nodes;
    expect(step).toMatchObject({ name: 'p000', kind: 'container', stage: 'main', state: 'SUCCEEDED', execution: 'RUN', wallMs: 2000, cpuMs: 1500, peakMemoryBytes: 5_000_000_000, needs: [], outputs: [{ name: 'target', tree: sha256('tree 1') }], failure: null });
    expect(step.log).toEqual({ offset: 12, nextOffset: 17, sizeBytes: 26, ended: false, text: '1\ncom' });
    expect(root).toMatchObject({ name: 'root', recipe: null, needs: ['p000'], outputs: [], log: null });
  });

  it('tells why a build failed', async () => {
    expect((await api.data(`{ build(id: "${buildIdOf(4)}") { state failure { code message step } } }`)).build)
      .toEqual({ state: 'FAILED', failure: { code: 'BUILD.STEP_FAILED', message: 'it broke', step: 'p000' } });
  });

  it('tells of packages why they are in, and under which names others know them', async () => {
    const { build } = await api.data(`{ build(id: "${buildIdOf(1)}") { packages(first: 2, role: PACKAGE) { nodes { name purl cpe role why { kind by text } recipeVersion { version folderDigest recipe { latest { version } } } } } } }`);
    expect(build.packages.nodes[0]).toEqual({
      name: 'p001', purl: 'pkg:generic/p001', cpe: null, role: 'PACKAGE',
      why: [{ kind: 'BOARD', by: null, text: 'the board lists it' }, { kind: 'RUN_NEED', by: 'p000', text: 'p000 needs it in the image' }],
      recipeVersion: { version: '1', folderDigest: sha256('recipe p001 1'), recipe: { latest: { version: '2' } } },
    });
  });

  it('lists recipes with their versions, boards with configurations and builds', async () => {
    const data = await api.data(`{ recipes(first: 2) { nodes { name latest { version license { expression } homepage } versions { nodes { version } } } pageInfo { hasNextPage } }
      board(name: "tiny") { name summary architecture configurations { nodes { name latest { number content } revisions(first: 1) { nodes { number message } pageInfo { hasNextPage } } } } builds(first: 1, state: FAILED) { nodes { id } } } recipe(name: "none") { id } }`);
    expect(data.recipes.nodes[0]).toEqual({ name: 'p000', latest: { version: '2', license: { expression: 'MIT' }, homepage: 'https://example.org' }, versions: { nodes: [{ version: '2' }, { version: '1' }] } });
    expect(data.recipes.pageInfo.hasNextPage).toBe(true);
    expect(data.board).toMatchObject({ summary: 'about tiny', architecture: 'x86_64', configurations: { nodes: [{ name: 'mine', latest: { number: 2, content: { board: 'tiny', packages: {} } }, revisions: { nodes: [{ number: 2, message: 'r2' }], pageInfo: { hasNextPage: true } } }] } });
    expect(data.board.builds.nodes.map(({ id }: { id: string }) => numberOf(id))).toEqual([4]);
    expect(data.recipe).toBeNull();
  });

  it('gives every object again by its id', async () => {
    const data = await api.data(`{ builds(first: 1, configuration: "mine") { nodes { id board { id } revision { id configuration { id } } images { id } steps(first: 1) { nodes { id } } packages(first: 1) { nodes { id recipeVersion { id recipe { id } } } } } } }`);
    const [build] = data.builds.nodes;
    const [pack] = build.packages.nodes;
    const expected = { [build.id]: 'Build', [build.board.id]: 'Board', [build.revision.id]: 'ConfigurationRevision', [build.revision.configuration.id]: 'Configuration', [build.images[0].id]: 'Image', [build.steps.nodes[0].id]: 'Step', [pack.id]: 'Package', [pack.recipeVersion.id]: 'RecipeVersion', [pack.recipeVersion.recipe.id]: 'Recipe' };
    const { nodes } = await api.data('query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: Object.keys(expected) });
    expect(Object.fromEntries(nodes.map(({ __typename, id }: { __typename: string; id: string }) => [id, __typename]))).toEqual(expected);
  });

  it('says which builds have some bytes, and as what', async () => {
    const image = sha256('image of build 3');
    const { artifact, artifacts } = await api.data(`query($many: [Sha256!]!) { artifact(sha256: "${image}") { sha256 sha512 sizeBytes url uses { role name build { id } } } artifacts(sha256: $many) { sha256 url uses { role name } } }`,
      { many: [sha256('bin/sh'), sha256('nothing'), sha256('tree 2'), sha256('one')] });
    expect(artifact).toMatchObject({ sizeBytes: 16, url: `${api.address}/blobs/sha256/${image}`, uses: [{ role: 'IMAGE', name: 'rootfs.ext4', build: { id: `bld_${buildIdOf(3)}` } }] });
    expect(artifact.sha512).toMatch(/^[0-9a-f]{128}$/);
    expect(artifacts[0].uses).toContainEqual({ role: 'FILE', name: 'bin/sh' });
    expect(artifacts[0].url).toBeNull();
    expect(artifacts[1]).toBeNull();
    expect(artifacts[2].uses).toEqual([{ role: 'OUTPUT', name: 'p000 target' }]);
    expect(artifacts[3].uses[0]).toEqual({ role: 'INPUT', name: 'one.tar.gz' });
  });

  it('previews a plan, explains a package and tries a change through the use cases', async () => {
    const { configuration } = await api.data('{ configuration(name: "mine") { latest { id } } }');
    api.actions.answers = {
      planPreview: async () => SCRIPTED_PLAN,
      explain: async () => ({ package: 'p000', included: true, shipped: false, reasons: [{ kind: 'role', role: 'kernel' }], needs: [], neededBy: ['x'], leavesWithIt: [] }),
      whatIf: async () => ({ packagesAdded: ['p001'], packagesRemoved: [], packagesChanged: [], findings: [{ severity: 'warning', path: 'packages', line: 0, rule: 'r', message: 'm' }], plan: SCRIPTED_PLAN }),
    };
    const data = await api.data(`{ planPreview(board: "tiny") { board configuration reused willRun mayBeCutOff steps { name outcome reason lastCpuMs recipe } }
      node(id: "${configuration.latest.id}") { ... on ConfigurationRevision { explain(package: "p000") { included shipped reasons { kind by text } neededBy }
        whatIf(change: { set: [{ name: "p001", options: [{ name: "tls", value: true }] }], remove: ["p002"] }) { packagesAdded findings { severity message } plan { definitionDigest } } } } }`);
    expect(data.planPreview).toMatchObject({ board: 'tiny', configuration: null, reused: 1, willRun: 0, mayBeCutOff: 1, steps: [{ outcome: 'REUSED' }, { outcome: 'MAY_BE_CUT_OFF', lastCpuMs: 12, recipe: null }] });
    expect(data.node.explain).toEqual({ included: true, shipped: false, reasons: [{ kind: 'ROLE', by: 'kernel', text: "it is the board's kernel" }], neededBy: ['x'] });
    expect(data.node.whatIf).toEqual({ packagesAdded: ['p001'], findings: [{ severity: 'WARNING', message: 'm' }], plan: { definitionDigest: SCRIPTED_PLAN.definitionDigest } });
    expect(api.actions.asked.find(({ name }) => name === 'whatIf')!.input).toMatchObject({ change: { set: [{ name: 'p001', options: { tls: true } }], remove: ['p002'] } });
  });

  it('tells what the own writers of the record wrote', async () => {
    const records = createRecords(api.database.pool, systemClock);
    await recordSampleSandbox(records);
    const build = await runningBuild(records, 'written', '1');
    const outputs = { target: digestOf('written target') };
    const log = await api.record.blob(Buffer.from('made\n'));
    await records.steps.started(build, 'libc');
    await records.steps.logged(build, 'libc', 0, Buffer.from('mad'));
    const live = '{ builds(first: 1, board: "written") { nodes { state stepsTotal steps { nodes { name state execution failure { kind message phase } outputs { name tree } needs cpuMs log { text ended } } } } } }';
    expect((await api.data(live)).builds.nodes).toMatchObject([{ state: 'RUNNING', stepsTotal: 2, steps: { nodes: [{ name: 'libc', state: 'RUNNING', execution: null, log: { text: 'mad', ended: false } }, { name: 'shell', state: 'PENDING', needs: ['libc'] }] } }]);
    await records.steps.executed(build, sampleExecution('libc', '1', outputs, { log }));
    await records.steps.executed(build, sampleExecution('shell', '1', {}, { log, outcome: 'failed', failure: { kind: 'compile', message: 'no \x1b[31mluck', phase: 'build' } }));
    await records.events.append(build, { type: 'step-failed', stepName: 'shell', data: { lastLines: ['\x1b]0;title\x07'] }, at: timeOf(1) });
    await records.builds.finish(build, { state: 'FAILED', failure: { kind: 'compile', message: 'no luck', step: 'shell' } });
    expect((await api.data(`${live.slice(0, -6)} events { kind detail } packages { nodes { name why { kind } } } inputs { nodes { role name sha256 } } } } }`)).builds.nodes).toMatchObject([{
      state: 'FAILED', events: [{ kind: 'step-failed', detail: { lastLines: [String.raw`\x1b]0;title\x07`] } }], packages: { nodes: [{ name: 'libc', why: [{ kind: 'BOARD' }] }, { name: 'shell' }] }, inputs: { nodes: [{ role: 'source', name: 'a.tar', sha256: digestOf('a.tar') }] },
      steps: { nodes: [
        { name: 'libc', state: 'SUCCEEDED', execution: 'RUN', cpuMs: 900, outputs: [{ name: 'target', tree: outputs.target }], log: { text: 'made\n', ended: true } },
        { name: 'shell', state: 'FAILED', failure: { kind: 'compile', message: String.raw`no \x1b[31mluck`, phase: 'build' } },
      ] },
    }]);
    await records.close();
  });

  it('says how it does', async () => {
    expect((await api.data('{ health { ready version checks { name ok } } }')).health)
      .toEqual({ ready: true, version: '0.0.0-test', checks: [{ name: 'database', ok: true }, { name: 'store', ok: true }] });
  });
});

describe('mutations', () => {
  const START = 'mutation($input: StartBuildInput!) { startBuild(input: $input) { build { id state } reused userErrors { code message path } } }';

  it('start a build and say whether it was there already', async () => {
    api.actions.answers = { startBuild: async () => ({ buildId: buildIdOf(1), reused: true }) };
    expect((await api.data(START, { input: { board: 'tiny' } })).startBuild).toEqual({ build: { id: `bld_${buildIdOf(1)}`, state: 'SUCCEEDED' }, reused: true, userErrors: [] });
    expect(api.actions.asked).toEqual([{ name: 'startBuild', input: { board: 'tiny' } }]);
  });

  it('give what the caller can mend as data, not as errors', async () => {
    api.actions.answers = { startBuild: async () => refusal() };
    expect((await api.data(START, { input: { board: 'none' } })).startBuild)
      .toEqual({ build: null, reused: false, userErrors: [{ code: 'RECORDS.UNKNOWN', message: expect.stringContaining('there is no board of this name'), path: ['input', 'board'] }] });
    for (const input of [{}, { board: 'a', configuration: 'b' }, { board: 'a', revision: 1 }]) {
      expect((await api.data(START, { input })).startBuild.userErrors[0].code).toBe('API.BAD_REQUEST');
    }
  });

  it('tell nothing of what is not the caller\'s to mend, but log it', async () => {
    api.logged.length = 0;
    api.actions.answers = { startBuild: async () => { throw Object.assign(new TypeError('secret: SELECT * FROM builds'), { detail: 'secret' }); } };
    const answer = await api.post({ query: START, variables: { input: { board: 'tiny' } } });
    expect(answer.json.errors![0]).toMatchObject({ path: ['startBuild'], extensions: { code: 'FOUNDATION.BUG', requestId: answer.headers['x-request-id'] } });
    expect(answer.text).not.toMatch(/secret|stack|at .*\.ts/);
    expect(api.logged).toHaveLength(1);
  });

  it('create a configuration and save a revision with what was given', async () => {
    const { id, revisions } = await api.record.configuration('made', 'tiny', [{ a: 1 }]);
    api.actions.answers = { createConfiguration: async () => ({ configurationId: id, revisionId: revisions[0]! }), saveRevision: async () => ({ revisionId: revisions[0]!, unchanged: true }) };
    const content = { packages: [{ name: 'p001', options: [{ name: 'level', value: 9 }, { name: 'kconfig', value: { CONFIG_A: 'y' } }] }], system: { hostname: 'h' }, images: [{ format: 'CPIO_GZ' }, { format: 'EXT4', sizeBytes: 8_589_934_592 }] };
    const data = await api.data(`mutation($content: ConfigurationContentInput!) {
      createConfiguration(input: { name: "made", board: "tiny", content: $content }) { configuration { name boardName } userErrors { code } }
      saveRevision(input: { configuration: "made", content: $content, basedOn: 1 }) { revision { number content } unchanged userErrors { code } } }`, { content });
    expect(data).toEqual({ createConfiguration: { configuration: { name: 'made', boardName: 'tiny' }, userErrors: [] }, saveRevision: { revision: { number: 1, content: { a: 1 } }, unchanged: true, userErrors: [] } });
    expect(api.actions.asked[0]!.input).toEqual({
      name: 'made', board: 'tiny', message: '',
      content: { packages: [{ name: 'p001', options: { level: 9, kconfig: { CONFIG_A: 'y' } } }], without: [], system: { hostname: 'h' }, images: [{ format: 'cpio.gz' }, { format: 'ext4', sizeBytes: 8_589_934_592 }] },
    });
    expect(api.actions.asked[1]!.input).toMatchObject({ basedOn: 1, updatePins: false });
    await api.data('mutation { saveRevision(input: { configuration: "made", updatePins: true }) { unchanged } }');
    expect(api.actions.asked[2]!.input).toEqual({ configuration: 'made', updatePins: true, message: '' });
  });

  it('cancel a build by its id only', async () => {
    api.actions.answers = { cancelBuild: async () => undefined };
    const cancel = 'mutation($id: ID!) { cancelBuild(input: { id: $id }) { build { id } userErrors { code } } }';
    expect((await api.data(cancel, { id: `bld_${buildIdOf(2)}` })).cancelBuild.build.id).toBe(`bld_${buildIdOf(2)}`);
    expect((await api.data(cancel, { id: `cfg_${buildIdOf(2)}` })).cancelBuild.userErrors).toEqual([{ code: 'API.BAD_ID' }]);
    expect(api.actions.asked).toHaveLength(1);
  });

  it('publish an uploaded folder at the address for large bodies, with all findings', async () => {
    const PUBLISH = 'mutation($input: PublishRecipeVersionInput!) { publishRecipeVersion(input: $input) { recipeVersion { name version } unchanged userErrors { code message path } } }';
    const digest = sha256('recipe p000 2');
    api.actions.answers = { publishRecipeVersion: async () => ({ folderDigest: digest, unchanged: false }) };
    const files = [{ path: 'recipe.yaml', content: Buffer.from('format: 1\n').toString('base64') }, { path: 'big.patch', content: Buffer.alloc(300_000, 'x').toString('base64'), executable: true }];
    const body = { query: PUBLISH, variables: { input: { name: 'p000', files } } };
    expect((await api.post(body)).json.errors![0]!.extensions.code).toBe('API.BODY_TOO_LARGE');
    expect((await api.post(body, '/graphql/bulk')).json.data.publishRecipeVersion).toEqual({ recipeVersion: { name: 'p000', version: '2' }, unchanged: false, userErrors: [] });
    const { files: sent } = api.actions.asked[0]!.input as { files: { path: string; bytes: Uint8Array; executable: boolean }[] };
    expect(sent.map(({ path, bytes, executable }) => [path, bytes.length, executable])).toEqual([['recipe.yaml', 10, false], ['big.patch', 300_000, true]]);
    const bad = await api.post({ query: PUBLISH, variables: { input: { name: 'p000', files: [{ path: 'a', content: '*' }] } } }, '/graphql/bulk');
    expect(bad.json.data.publishRecipeVersion.userErrors).toEqual([{ code: 'API.BAD_UPLOAD', message: expect.any(String), path: ['input', 'a'] }]);
  });

  it('take no other query at the address for large bodies', async () => {
    for (const query of ['{ boards { nodes { id } } }', '{ artifacts(sha256: []) { sha256 } boards { nodes { id } } }', 'query { ...f } fragment f on Query { boards { nodes { id } } }']) {
      expect((await api.post({ query }, '/graphql/bulk')).json.errors![0]!.extensions.code).toBe('API.NOT_BULK');
    }
    expect((await api.post({ query: 'query($d: [Sha256!]!) { artifacts(sha256: $d) { sha256 } }', variables: { d: Array.from({ length: 400 }, (_, i) => sha256(String(i))) } }, '/graphql/bulk')).json.data.artifacts).toHaveLength(400);
  });
});
