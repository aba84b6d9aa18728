import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { WebSocket } from 'ws';

import { systemClock } from '../../src/foundation/clock.ts';
import { EventFeed } from '../../src/records/event-feed.ts';
import { createRecords } from '../../src/records/records.ts';
import { TestApi } from '../support/api-server.ts';
import { TestSocket } from '../support/graphql-socket.ts';
import { buildIdOf, timeOf } from '../support/synthetic-record.ts';

const EVENTS = 'subscription($id: ID!, $after: Int) { buildEvents(id: $id, afterSequence: $after) { sequence kind step time detail } }';
const LOG = 'subscription($id: ID!, $step: String, $offset: Long, $after: String) { buildLog(id: $id, step: $step, offset: $offset, after: $after) { step offset nextOffset text cursor } }';

interface Piece { step: string; offset: number; nextOffset: number; text: string; cursor: string }
interface Event { sequence: number; kind: string }

let api: TestApi;
let number = 0;
const LIMITS = { followMs: 20, socketInitMs: 300, subscriptionsPerSocket: 3, sockets: 20 };
beforeAll(async () => { api = await TestApi.open({ limits: LIMITS }); });
afterAll(async () => { await api.close(); });

async function runningBuild(): Promise<string> {
  const { id } = await api.record.build({ number: ++number, state: 'RUNNING' });
  return id;
}

describe('events', () => {
  it('are replayed from a sequence number and end with the build', async () => {
    const { id } = await api.record.build({ number: ++number });
    const socket = await TestSocket.open(api);
    const all = await socket.collect<Event>(EVENTS, { id: `bld_${id}` });
    expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(all[0]).toMatchObject({ kind: 'build-started', step: null, detail: { sequence: 1 } });
    expect((await socket.collect<Event>(EVENTS, { id, after: 2 })).map(({ sequence }) => sequence)).toEqual([3]);
    expect(await socket.collect<Event>(EVENTS, { id, after: 3 })).toEqual([]);
    socket.close();
  });

  it('come to every subscriber once and without a gap, however often it has to come back', async () => {
    const id = await runningBuild();
    const total = 400;
    const write = (async () => {
      for (let from = 4; from <= total; from += 7) {
        await api.record.events(id, from, Math.min(from + 6, total));
        await sleep(5);
      }
      await api.record.endBuild(id, 'SUCCEEDED');
    })();
    const follow = async (breakAfter: number): Promise<number[]> => {
      const seen: number[] = [];
      while (seen.length < total) {
        const socket = await TestSocket.open(api);
        const got = await socket.collect<Event>(EVENTS, { id, after: seen.at(-1) ?? 0 }, breakAfter);
        seen.push(...got.map(({ sequence }) => sequence));
        socket.terminate();
      }
      return seen;
    };
    const expected = Array.from({ length: total }, (_, i) => i + 1);
    for (const seen of await Promise.all([follow(Infinity), follow(37), follow(111)])) expect(seen).toEqual(expected);
    await write;
  });

  it('wake who follows at once, where the record notifies', async () => {
    const feed = new EventFeed(api.database.pool);
    await api.stop();
    await api.serve({ feed, limits: { followMs: 60_000 } });
    const { id } = await api.record.build({ number: ++number, state: 'RUNNING' });
    const records = createRecords(api.database.pool, systemClock);
    const socket = await TestSocket.open(api);
    const got = socket.collect<Event>(EVENTS, { id, after: 3 });
    await sleep(200);
    for (let i = 0; i < 3; i++) await records.events.append({ id }, { type: 'step-started', data: {}, at: timeOf(1) });
    await records.events.append({ id }, { type: 'build-finished', data: {}, at: timeOf(1) });
    await api.record.endBuild(id, 'CANCELLED');
    expect((await got).map(({ sequence, kind }) => [sequence, kind])).toEqual([[4, 'step-started'], [5, 'step-started'], [6, 'step-started'], [7, 'build-finished']]);
    await records.close();
    await api.stop();
    feed.close();
    await api.serve({ limits: LIMITS });
  });

  it('of a build that is not there are refused with a code', async () => {
    const socket = await TestSocket.open(api);
    expect(await socket.refusal(EVENTS, { id: buildIdOf(999) })).toBe('RECORDS.UNKNOWN');
    expect(await socket.refusal(EVENTS, { id: 'x' })).toBe('API.BAD_ID');
    expect(await socket.refusal(EVENTS, { id: buildIdOf(1), after: -1 })).toBe('API.BAD_PAGE');
    expect(await socket.refusal(LOG, { id: buildIdOf(1), step: 'none' })).toBe('RECORDS.UNKNOWN');
    expect(await socket.refusal(LOG, { id: buildIdOf(1), offset: 5 })).toBe('API.BAD_PAGE');
    expect(await socket.refusal(LOG, { id: buildIdOf(1), after: 'AAAA' })).toBe('API.BAD_CURSOR');
    socket.close();
  });

  it('are no longer read for a subscriber that left', async () => {
    const id = await runningBuild();
    const socket = await TestSocket.open(api);
    await socket.collect<Event>(EVENTS, { id }, 3);
    socket.terminate();
    await sleep(100);
    api.statements = [];
    await sleep(200);
    expect(api.statements).toEqual([]);
  });
});

describe('logs', () => {
  it('of a finished build are replayed whole', async () => {
    const { id } = await api.record.build({ number: ++number });
    const socket = await TestSocket.open(api);
    const pieces = await socket.collect<Piece>(LOG, { id });
    expect(pieces.map(({ step, text }) => [step, text])).toEqual([['p000', `configuring ${number}\ncompiling ${number}\n`]]);
    expect((await socket.collect<Piece>(LOG, { id, step: 'p000', offset: 12 })).map(({ text }) => text).join('')).toBe(`configuring ${number}\ncompiling ${number}\n`.slice(12));
    expect(await socket.collect<Piece>(LOG, { id, after: pieces[0]!.cursor })).toEqual([]);
    socket.close();
  });

  it('begin again at 0 where another worker had to begin the step anew', async () => {
    const id = await runningBuild();
    await api.record.logChunk(id, 'p000', 0, Buffer.from('first try, a long line\n'));
    const socket = await TestSocket.open(api);
    const [first] = await socket.collect<Piece>(LOG, { id, step: 'p000' }, 1);
    await api.database.pool.query('DELETE FROM log_chunks WHERE build_id = $1', [id]);
    await api.record.logChunk(id, 'p000', 0, Buffer.from('second try\n'));
    expect(await socket.collect<Piece>(LOG, { id, after: first!.cursor }, 1)).toMatchObject([{ offset: 0, text: 'second try\n' }]);
    socket.terminate();
  });

  it('of steps that run together come whole and in order for each, over any number of breaks, and over the move into a blob', async () => {
    const id = await runningBuild();
    const texts: Record<string, string> = { p000: '', root: '' };
    const print = async (step: string, i: number): Promise<void> => {
      const text = `${step} line ${i} é${i % 3 === 0 ? ' \x1b[31m' : ''}\n`;
      await api.record.logChunk(id, step, Buffer.byteLength(texts[step]!), Buffer.from(text));
      texts[step] += text;
    };
    const write = (async () => {
      for (let i = 0; i < 150; i++) {
        await print('p000', i);
        if (i % 2 === 0) await print('root', i);
        await sleep(3);
      }
      await finish(id, 'p000', texts['p000']!);
      for (let i = 150; i < 180; i++) { await print('root', i); await sleep(3); }
      await finish(id, 'root', texts['root']!);
      await api.record.endBuild(id, 'SUCCEEDED');
    })();
    const follow = async (breakAfter: number): Promise<Piece[]> => {
      const pieces: Piece[] = [];
      for (;;) {
        const socket = await TestSocket.open(api);
        const got = await socket.collect<Piece>(LOG, { id, after: pieces.at(-1)?.cursor ?? null }, breakAfter);
        socket.terminate();
        pieces.push(...got);
        if (got.length < breakAfter) return pieces;
      }
    };
    const followers = await Promise.all([follow(Infinity), follow(9), follow(23)]);
    await write;
    for (const pieces of followers) {
      for (const [step, text] of Object.entries(texts)) {
        const own = pieces.filter((piece) => piece.step === step);
        let offset = 0;
        for (const piece of own) { expect(piece.offset).toBe(offset); offset = piece.nextOffset; }
        expect(own.map((piece) => piece.text).join('')).toBe(text.replaceAll('\x1b', String.raw`\x1b`));
      }
    }
  });

  async function finish(build: string, step: string, text: string): Promise<void> {
    const log = await api.record.blob(Buffer.from(text));
    await api.record.finishStep(build, step, log);
  }
});

describe('sockets', () => {
  const url = (): string => `ws://127.0.0.1:${api.port}/graphql`;
  const status = async (target: string, headers: Record<string, string>): Promise<number> => {
    const socket = new WebSocket(target, 'graphql-transport-ws', { headers });
    socket.on('error', () => undefined);
    const [, response] = await once(socket, 'unexpected-response') as [unknown, { statusCode: number }];
    socket.terminate();
    return response.statusCode;
  };
  const closing = (socket: WebSocket): Promise<number> => new Promise((resolve) => { socket.once('close', resolve); });

  it('are opened only by own or allowed pages, and only at their address', async () => {
    expect(await status(url(), { host: 'evil.example' })).toBe(421);
    expect(await status(url(), { origin: 'http://evil.example' })).toBe(403);
    expect(await status(url(), { origin: 'null' })).toBe(403);
    expect(await status(`ws://127.0.0.1:${api.port}/other`, {})).toBe(404);
    const socket = new WebSocket(url(), 'graphql-transport-ws', { headers: { origin: `http://127.0.0.1:${api.port}` } });
    await once(socket, 'open');
    socket.terminate();
  });

  it('must say hello in time, in the right protocol, in frames of 64 KiB', async () => {
    const silent = new WebSocket(url(), 'graphql-transport-ws');
    expect(await closing(silent)).toBe(4408);
    const other = new WebSocket(url(), 'graphql-ws');
    other.on('error', () => undefined);
    expect([1006, 4406]).toContain(await closing(other));
    const large = await TestSocket.open(api);
    large.send({ id: 'x', type: 'subscribe', payload: { query: 'x'.repeat(70_000) } });
    expect(await closing(large.socket)).toBe(1009);
    const early = new WebSocket(url(), 'graphql-transport-ws');
    await once(early, 'open');
    early.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }));
    expect(await closing(early)).toBe(4401);
  });

  it.each(['{', '[]', '{"type":"nonsense"}', '{"type":"subscribe"}', '{"type":"subscribe","id":"1","payload":{}}', '\u0000'])('are closed for what is no message: %s', async (text) => {
    const socket = await TestSocket.open(api);
    api.logged.length = 0;
    socket.socket.send(text);
    expect(await closing(socket.socket)).toBeGreaterThanOrEqual(4400);
    expect(api.logged).toEqual([]);
  });

  it('take the same documents as posts do, and subscriptions only', async () => {
    const socket = await TestSocket.open(api);
    expect(await socket.refusal('{ builds { nodes { id } } }')).toBe('API.BAD_REQUEST');
    expect(await socket.refusal('subscription {')).toBe('API.INVALID_DOCUMENT');
    expect(await socket.refusal('subscription { nothing }')).toBe('API.INVALID_DOCUMENT');
    expect(await socket.refusal(`subscription { ${'a '.repeat(3000)} }`)).toBe('API.TOO_MANY_TOKENS');
    expect(await socket.refusal(`subscription { buildEvents(id: "x") { ${Array.from({ length: 31 }, (_, i) => `a${i}: sequence`).join(' ')} } }`)).toBe('API.TOO_MANY_ALIASES');
    expect(await socket.refusal('subscription($id: ID!) { buildEvents(id: $id) { sequence } }', { id: null })).toBe('API.INVALID_DOCUMENT');
    socket.close();
  });

  it('hold a limited number of subscriptions', async () => {
    const id = await runningBuild();
    const socket = await TestSocket.open(api);
    for (let i = 0; i < 3; i++) socket.send({ id: `s${i}`, type: 'subscribe', payload: { query: EVENTS, variables: { id } } });
    expect(await socket.refusal(EVENTS, { id })).toBe('API.TOO_MANY_SUBSCRIPTIONS');
    socket.terminate();
  });

  it('that do not read are closed, and lose nothing by coming back', async () => {
    await api.stop();
    await api.serve({ limits: { followMs: 20, stalledMs: 1500 } });
    const id = await runningBuild();
    const text = `${'x'.repeat(1000)}\n`;
    for (let i = 0; i < 60; i++) await api.record.logChunk(id, 'p000', i * text.length * 300, Buffer.from(text.repeat(300)));
    const slow = await TestSocket.open(api);
    slow.socket.pause();
    const closed = closing(slow.socket);
    slow.send({ id: 'slow', type: 'subscribe', payload: { query: LOG, variables: { id } } });
    await sleep(4000);
    slow.socket.resume();
    expect([4429, 1006]).toContain(await closed);
    expect((await api.ask('/metrics')).text).toContain('provenroot_refused_total{code="API.SLOW_CONSUMER"} 1');
    const back = await TestSocket.open(api);
    const first = slow.received.filter(({ type }) => type === 'next').map(({ payload }) => payload.data.buildLog as Piece);
    const rest = await back.collect<Piece>(LOG, { id, after: first.at(-1)?.cursor ?? null }, 50);
    expect(rest[0]!.offset).toBe(first.at(-1)?.nextOffset ?? 0);
    back.terminate();
  });

  it('are closed when the server ends', async () => {
    const socket = await TestSocket.open(api);
    const closed = closing(socket.socket);
    await api.stop();
    expect(await closed).toBe(1001);
    await api.serve();
  });
});
