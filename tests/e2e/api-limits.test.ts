import { connect } from 'node:net';

import fc from 'fast-check';
import { getIntrospectionQuery } from 'graphql';

import { buildIdOf } from '../support/synthetic-record.ts';
import { TestApi, type Answer } from '../support/api-server.ts';

let api: TestApi;
beforeAll(async () => {
  api = await TestApi.open({ origins: { hosts: ['builds.example'], origins: ['https://ci.example'] } });
  await api.record.catalogItem('board', 'tiny', { architecture: 'x86_64' });
  for (let number = 1; number <= 3; number++) await api.record.build({ number, files: ['a', 'b', 'c'] });
});
afterAll(async () => { await api.close(); });

const codeOf = (answer: Answer): string | undefined => answer.json.errors?.[0]?.extensions.code;
const times = (count: number, text: (i: number) => string): string => Array.from({ length: count }, (_, i) => text(i)).join(' ');

describe('hostile documents', () => {
  const nested = (depth: number): string => `{ ${'board(name: "a") { builds { nodes { '.repeat(depth)} id ${'} } }'.repeat(depth)} }`;
  const cases: [name: string, query: string, code: string][] = [
    ['five thousand aliases', `{ ${times(5000, (i) => `a${i}: health { ready }`)} }`, 'API.BODY_TOO_LARGE'],
    ['aliases in a body that fits', `{ ${times(31, (i) => `a${i}: health { ready }`)} }`, 'API.TOO_MANY_ALIASES'],
    ['one field fifteen hundred times', `{ ${times(1500, () => 'health { ready }')} }`, 'API.TOO_MANY_TOKENS'],
    ['sixty fragments of twenty aliases', `{ ${times(60, (i) => `...f${i}`)} } ${times(60, (i) => `fragment f${i} on Query { ${times(20, (k) => `a${k}: __typename`)} }`)}`, 'API.TOO_MANY_TOKENS'],
    ['aliases multiplied by fragments', `{ ...a } fragment a on Query { ...b ...b ...b ...b } fragment b on Query { ${times(10, (i) => `x${i}: __typename`)} }`, 'API.TOO_MANY_ALIASES'],
    ['ten thousand directives', `{ health { ${times(10_000, () => 'ready @include(if: true)')} } }`, 'API.BODY_TOO_LARGE'],
    ['directives in a body that fits', `{ health { ready ${times(60, () => '@include(if: true)')} } }`, 'API.TOO_MANY_DIRECTIVES'],
    ['two thousand nested inline fragments', `{ ${'... { '.repeat(2000)} __typename ${'} '.repeat(2000)} }`, 'API.TOO_MANY_TOKENS'],
    ['nested inline fragments in a document that fits', `{ ${'... { '.repeat(300)} __typename ${'} '.repeat(300)} }`, 'API.TOO_DEEP'],
    ['fields nested too deep', nested(5), 'API.TOO_DEEP'],
    ['depth hidden in fragments', `{ board(name: "a") { ...f0 } } ${times(4, (i) => `fragment f${i} on Board { builds { nodes { board { ...f${i + 1} } } } }`)} fragment f4 on Board { id }`, 'API.TOO_DEEP'],
    ['a fragment that spreads itself', '{ board(name: "a") { ...f } } fragment f on Board { id ...g } fragment g on Board { ...f }', 'API.INVALID_DOCUMENT'],
    ['fragments that double thirty times', `{ board(name: "a") { ...f0 } } ${times(30, (i) => `fragment f${i} on Board { ...f${i + 1} ...f${i + 1} }`)} fragment f30 on Board { builds(first: 200) { nodes { id } } }`, 'API.TOO_COSTLY'],
    ['pages within pages', '{ builds(first: 200) { nodes { files(first: 200) { nodes { path } } steps(first: 200) { nodes { name } } } } }', 'API.TOO_COSTLY'],
    ['a page size hidden in a default', 'query($n: Int = 200) { boards(first: $n) { nodes { builds(first: $n) { nodes { images { name } } } } } }', 'API.TOO_COSTLY'],
    ['introspection that recurses', `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`, 'API.INVALID_DOCUMENT'],
    ['no document', '{', 'API.INVALID_DOCUMENT'],
    ['a list nested two thousand deep', `{ board(name: ${'['.repeat(900)}${']'.repeat(900)}) { id } }`, 'API.INVALID_DOCUMENT'],
    ['a field that is not there', '{ passwords }', 'API.INVALID_DOCUMENT'],
    ['two operations and no name', 'query a { health { ready } } query b { health { ready } }', 'API.INVALID_DOCUMENT'],
    ['a subscription posted', `subscription { buildEvents(id: "${buildIdOf(1)}") { sequence } }`, 'API.BAD_REQUEST'],
  ];

  it.each(cases)('are refused before any resolver runs: %s', async (_, query, code) => {
    api.statements = [];
    api.logged.length = 0;
    const answer = await api.post({ query });
    expect(codeOf(answer)).toBe(code);
    expect(answer.status).toBe(code === 'API.BODY_TOO_LARGE' ? 413 : 400);
    expect([api.statements, api.logged]).toEqual([[], []]);
  });

  it('cost little: all of them together leave the server answering at once', async () => {
    const before = process.cpuUsage();
    await Promise.all(cases.map(([, query]) => api.post({ query })));
    const used = process.cpuUsage(before);
    expect((used.user + used.system) / 1000 / cases.length).toBeLessThan(50);
    expect((await api.ask('/healthz')).json).toEqual({ ok: true });
  });

  it('do not include the standard introspection query', async () => {
    for (const options of [{}, { specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true }]) {
      const { data } = await api.query(getIntrospectionQuery(options));
      expect(data.__schema.queryType.name).toBe('Query');
    }
  });

  it('say in a header what a document costs', async () => {
    const cost = async (query: string, variables = {}): Promise<string | undefined> => (await api.post({ query, variables })).headers['x-query-cost'] as string | undefined;
    expect(await cost('{ builds(first: 5) { nodes { id images { name } packages(first: 10) { nodes { name license { expression } } } } } }')).toBe(`${1 + 5 * (1 + 8 + 1 + 10 * 2)} of 50000`);
    expect(await cost('query($n: Int) { builds(first: $n) { edges { node { id } } } }', { n: 3 })).toBe(`${1 + 3 * 2} of 50000`);
    expect(await cost('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b'] })).toBe('2 of 50000');
    expect(await cost('{ builds { nodes { id } } }')).toBe('21 of 50000');
  });
});

describe('requests', () => {
  it('must be JSON, of one object, with text in the right places', async () => {
    const code = async (body: string, headers = {}): Promise<string | undefined> => codeOf(await api.post(body, '/graphql', headers));
    expect(await code('{"query":"{ health { ready } }"}', { 'content-type': 'text/plain' })).toBe('API.NOT_JSON');
    expect(await code('query={health{ready}}', { 'content-type': 'application/x-www-form-urlencoded' })).toBe('API.NOT_JSON');
    expect(await code('{"query":"{ health { ready } }"}', { 'content-type': 'application/json; charset=utf-16' })).toBe('API.NOT_JSON');
    expect(await code('{"query":"{ health { ready } }"}', { 'content-encoding': 'gzip' })).toBe('API.NOT_JSON');
    for (const body of ['', 'null', '[]', '"x"', '{', '{"query":1}', '{"query":""}', '[{"query":"{ health { ready } }"}]', '{"query":"{__typename}","variables":[]}', '{"query":"{__typename}","operationName":1}', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, '{"a":1e400}', '\ud800']) {
      expect(await code(body)).toBe('API.BAD_REQUEST');
    }
  });

  it('are never changed by a GET', async () => {
    const page = await api.ask('/graphql?query={health{ready}}', { headers: { accept: 'application/json' } });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect((await api.ask('/graphql', { method: 'PUT' })).headers.allow).toBe('GET, HEAD, POST');
  });

  it('may have 64 KiB and not a byte more, even where no length is stated', async () => {
    const body = (bytes: number): string => { const query = '{"query":"{__typename}","x":"'; return `${query}${'x'.repeat(bytes - query.length - 2)}"}`; };
    expect((await api.post(body(65_536))).json).toEqual({ data: { __typename: 'Query' } });
    expect(codeOf(await api.post(body(65_537)))).toBe('API.BODY_TOO_LARGE');
    expect(codeOf(await api.post(body(65_537), '/graphql', { 'transfer-encoding': 'chunked' }))).toBe('API.BODY_TOO_LARGE');
  });

  it('do not reach prototypes', async () => {
    const query = 'mutation($c: ConfigurationContentInput!) { createConfiguration(input: { name: "n", board: "b", content: $c }) { userErrors { code } } }';
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const answer = await api.post(`{"query":${JSON.stringify(query)},"variables":{"c":{"packages":[{"name":"p","options":[{"name":"o","value":{"${key}":{"polluted":true}}}]}]}}}`);
      expect(codeOf(answer)).toBe('API.BAD_REQUEST');
    }
    const inherited = await api.post(`{"query":"query($first: Int) { builds(first: $first) { nodes { id } } }","variables":{"__proto__":{"first":200},"constructor":1}}`);
    expect(inherited.json.data.builds.nodes).toHaveLength(3);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('end after a time, with a code', async () => {
    await api.stop();
    await api.serve({ limits: { requestMs: 50 } });
    api.actions.answers = { planPreview: () => new Promise(() => undefined) };
    const answer = await api.post({ query: '{ planPreview(board: "a") { board } }' });
    expect([answer.status, codeOf(answer)]).toEqual([503, 'API.TIME_LIMIT']);
    await api.stop();
    await api.serve({ origins: { hosts: ['builds.example'], origins: ['https://ci.example'] } });
  });
});

describe('hosts and origins', () => {
  const ask = async (headers: Record<string, string>): Promise<[number, string | undefined]> => {
    const answer = await api.post({ query: '{ __typename }' }, '/graphql', headers);
    return [answer.status, codeOf(answer)];
  };

  it('of this machine and those that were allowed may ask', async () => {
    const own = `127.0.0.1:${api.port}`;
    for (const headers of [{ host: own }, { host: `localhost:${api.port}` }, { host: '[::1]:9' }, { host: 'LOCALHOST' }, { host: own, origin: `http://${own}` }, { host: 'builds.example', origin: 'https://builds.example' }, { host: own, origin: 'https://ci.example' }]) {
      expect(await ask(headers)).toEqual([200, undefined]);
    }
  });

  it('that are foreign are refused, on every address', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.nip.io', '0.0.0.0', 'localhost:80@evil.example', 'evil.example:4000', '127.0.0.1:port', 'localhost, evil.example']) {
      expect(await ask({ host })).toEqual([421, 'API.FOREIGN_HOST']);
    }
    const own = `127.0.0.1:${api.port}`;
    for (const origin of ['http://evil.example', 'null', `http://127.0.0.1:${api.port + 1}`, `http://${own}.evil.example`, 'https://ci.example.evil', 'file://', `http://${own}/`]) {
      expect(await ask({ host: own, origin })).toEqual([403, 'API.FOREIGN_ORIGIN']);
    }
    for (const path of ['/', '/healthz', '/metrics', '/openapi.json', '/schema.graphql', `/builds/${buildIdOf(1)}/log`]) {
      expect((await api.ask(path, { headers: { host: 'evil.example' } })).status).toBe(421);
    }
  });

  it.each([
    ['two hosts', 'Host: localhost\r\nHost: evil.example\r\n'], ['an empty host', 'Host: \r\n'], ['two origins', 'Host: localhost\r\nOrigin: http://localhost\r\nOrigin: http://evil.example\r\n'],
  ])('are refused where a request has %s', async (_, headers) => {
    const raw = await new Promise<string>((resolve) => {
      const socket = connect(api.port, '127.0.0.1', () => socket.write(`GET /healthz HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`));
      let text = '';
      socket.on('data', (chunk) => { text += String(chunk); }).on('close', () => resolve(text));
    });
    expect(raw).toMatch(/^HTTP\/1\.1 4/);
  });
});

describe('ids, cursors and pages', () => {
  const code = async (query: string, variables = {}): Promise<string | undefined> => (await api.query(query, variables)).errors?.[0]?.extensions.code;

  it('of the wrong type or malformed are refused by code; unknown ones are null', async () => {
    const id = buildIdOf(1);
    for (const bad of ['', 'x', id, `bld_${id}x`, `bld_${id.toUpperCase()}`, `xxx_${id}`, `stp_${id}`, `stp_${id}.`, `stp_${id}.!!`, `rcv_${id}`, '__proto___x', 'constructor_x', `bld_${id}\0`, 'x'.repeat(10_000), 'QnVpbGQ6MQ==']) {
      expect(await code('query($id: ID!) { node(id: $id) { id } }', { id: bad })).toBe('API.BAD_ID');
    }
    for (const other of [`cfg_${id}`, `img_${id}`, `stp_${id}.cDAwMA`]) expect(await code('query($id: ID!) { build(id: $id) { id } }', { id: other })).toBe('API.BAD_ID');
    const missing = buildIdOf(999_999);
    const ids = [`bld_${missing}`, `cfg_${missing}`, `rev_${missing}`, `img_${missing}`, `board_${missing}`, `rcp_${missing}`, `rcv_${'0'.repeat(64)}`, `stp_${missing}.cDAwMA`, `pkg_${id}.eHh4`];
    expect((await api.data('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).nodes).toEqual(ids.map(() => null));
    expect((await api.data(`{ build(id: "${missing}") { id } }`)).build).toBeNull();
  });

  it('refuse a cursor that was changed, or that another list gave', async () => {
    const { builds, boards } = await api.data('{ builds(first: 1) { pageInfo { endCursor } } boards(first: 1) { pageInfo { endCursor } } }');
    const cursor = builds.pageInfo.endCursor as string;
    const page = 'query($after: String) { builds(first: 1, after: $after) { nodes { id } } }';
    expect(await code(page, { after: cursor })).toBeUndefined();
    for (const bad of ['', 'x', `${cursor}A`, cursor.slice(0, -1), `${cursor}=`, boards.pageInfo.endCursor, Buffer.from('["builds","zzz"]').toString('base64url'), 'A'.repeat(100_000 / 2)]) {
      expect(await code(page, { after: bad })).toBe('API.BAD_CURSOR');
    }
    await fc.assert(fc.asyncProperty(fc.nat(cursor.length - 1), fc.constantFrom(...'AZaz09-_'), async (at, letter) => {
      fc.pre(cursor[at] !== letter);
      expect(await code(page, { after: `${cursor.slice(0, at)}${letter}${cursor.slice(at + 1)}` })).toBe('API.BAD_CURSOR');
    }), { numRuns: 40 });
  });

  it('have a size from 1 to 200', async () => {
    for (const first of [0, -1, 201]) expect(await code('query($n: Int) { builds(first: $n) { nodes { id } } }', { n: first })).toBe('API.BAD_PAGE');
    expect(await code(`{ build(id: "${buildIdOf(1)}") { events(afterSequence: -1) { sequence } } }`)).toBe('API.BAD_PAGE');
    expect(await code(`{ build(id: "${buildIdOf(1)}") { steps(first: 2) { nodes { log(limitBytes: 0) { text } } } } }`)).toBe('API.BAD_PAGE');
    expect(await code('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array.from({ length: 101 }, () => `bld_${buildIdOf(1)}`) })).toBe('API.BAD_PAGE');
  });

  it('refuse values that their scalars do not have', async () => {
    for (const sha256 of ['', 'A'.repeat(64), 'a'.repeat(63), `sha256:${'a'.repeat(64)}`]) expect(await code('query($d: Sha256!) { artifact(sha256: $d) { sha256 } }', { d: sha256 })).toBe('API.BAD_REQUEST');
    for (const from of ['', '2025-01-01', '2025-13-01T00:00:00Z', 'now', "2025-01-01T00:00:00Z'; DROP TABLE builds"]) expect(await code('query($f: DateTime) { builds(createdFrom: $f) { nodes { id } } }', { f: from })).toBe('API.BAD_REQUEST');
    for (const offset of [-1, 1.5, 2 ** 53]) expect(await code(`query($o: Long) { build(id: "${buildIdOf(1)}") { steps { nodes { log(offset: $o) { text } } } } }`, { o: offset })).toBe('API.BAD_REQUEST');
    expect(await code('{ builds(state: "SUCCEEDED") { nodes { id } } }')).toBe('API.INVALID_DOCUMENT');
  });
});

describe('text of any kind', () => {
  const QUERY = `query($s: String!) { board(name: $s) { id } recipe(name: $s) { id } configuration(name: $s) { id } configurations(board: $s) { nodes { id } }
    builds(board: $s, configuration: $s) { nodes { id } } build(id: "${buildIdOf(1)}") { files(pathPrefix: $s, owner: $s) { nodes { path } } inputs(role: $s) { nodes { name } } } }`;
  const pieces = fc.constantFrom("'", '"', '\\', '--', ';', '/*', '$1', '$$', '%', '_', '\n', '\u0000', '\ud800', '\u202e', 'é', "' OR 1=1 --", '\\x00', 'NULL', "E'\\''", '){', '🙂');

  it('is a value and never SQL', async () => {
    api.logged.length = 0;
    await fc.assert(fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')), async (s) => {
      const { data, errors } = await api.query(QUERY, { s });
      if (s.includes('\0')) { expect(errors!.every(({ extensions }) => extensions.code === 'API.BAD_REQUEST')).toBe(true); return; }
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({ board: null, recipe: null, configuration: null, configurations: { nodes: [] }, builds: { nodes: [] }, build: { files: { nodes: [] }, inputs: { nodes: [] } } });
    }), { numRuns: 60 });
    expect(api.logged).toEqual([]);
    expect((await api.data('{ builds { nodes { id } } }')).builds.nodes).toHaveLength(3);
  });
});
