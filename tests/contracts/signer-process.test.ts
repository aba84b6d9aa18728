import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { openSigner } from '../../src/main/open-signer.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/signing/envelope.ts';
import { makeEnvelope } from '../../src/signing/envelope-files.ts';
import { verifyJsf } from '../../src/signing/jsf.ts';
import { openKeyRing } from '../../src/signing/key-ring.ts';
import { openKeyDirectory } from '../../src/signing/key-store.ts';
import { connectToSigner, serveSigner } from '../../src/signing/serve-signer.ts';
import { SocketSigner } from '../../src/signing/socket-signer.ts';
import { keysFor, trustedRoot, walkRoots } from '../../src/signing/trust-root.ts';
import { verifyEnvelope } from '../../src/signing/verify-envelope.ts';
import { BUILDER } from '../support/signing-fixture.ts';

const statement = (predicateType: string, filler = ''): Buffer => Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType, subject: [], predicate: { filler } }));
const PROVENANCE = statement('https://slsa.dev/provenance/v1');

let home: string;
let opened: SocketSigner[];
const open = (at = home): SocketSigner => { const one = openSigner(at, { builderIds: [BUILDER] }); opened.push(one); return one; };

beforeEach(async () => {
  opened = [];
  home = await mkdtemp(join(tmpdir(), 'provenroot-signer-'));
});

afterEach(async () => {
  await Promise.all(opened.map((one) => one.close()));
  for (const pid of await signersOf(home)) process.kill(pid, 'SIGKILL');
  await rm(home, { recursive: true, force: true });
});

/** Processes whose arguments name the home. */
async function signersOf(at: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name)).toSorted();
  const found = await Promise.all(pids.map(async (pid) => {
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    return args.some((arg) => arg.endsWith('/src/main/signer.ts')) && args.some((arg) => arg.startsWith(at)) ? [Number(pid)] : [];
  }));
  return found.flat();
}

describe('the signer of a home', () => {
  it('starts when it is asked for the first time, and signs what a stranger can check', async () => {
    const signer = open();
    const signature = await signer.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, PROVENANCE);
    const root = trustedRoot((await signer.roots())[0]!, 'root');
    const keys = keysFor(root, { role: 'builder', at: systemClock.now().toISOString(), builderId: BUILDER });
    expect(verifyEnvelope(makeEnvelope(IN_TOTO_PAYLOAD_TYPE, PROVENANCE, [signature]), keys, 1, 'it').payload).toEqual(PROVENANCE);
    expect(await signersOf(home)).toHaveLength(1);
  });

  it('is a process of its own, whose keys and socket nobody else may touch', async () => {
    const keys = await open().keys();
    const [pid] = await signersOf(home);
    expect(pid).not.toBe(process.pid);
    expect((await stat(join(home, 'keys'))).mode & 0o777).toBe(0o700);
    for (const name of (await readdir(join(home, 'keys'))).toSorted()) expect([name, (await stat(join(home, 'keys', name))).mode & 0o777]).toEqual([name, 0o600]);
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').map((line) => line.split('=')[0]).filter((name) => name !== '');
    expect(environment).toEqual(['PATH']);
    expect(JSON.stringify(keys)).not.toContain('PRIVATE');
  });

  it('survives being killed: the next question starts it again, with the same keys', async () => {
    const signer = open();
    const before = await signer.keys();
    for (const pid of await signersOf(home)) process.kill(pid, 'SIGKILL');
    await expect(signer.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, PROVENANCE)).resolves.toMatchObject({ keyId: before.find(({ role }) => role === 'builder')!.keyId });
    expect(await open().keys()).toEqual(before);
  });

  it('has one set of keys, however many start it at once, and some are killed meanwhile', async () => {
    const asking = Array.from({ length: 6 }, () => open().keys());
    for (let i = 0; i < 3; i++) { await new Promise((resolve) => { setTimeout(resolve, 150); }); for (const pid of (await signersOf(home)).slice(0, 1)) process.kill(pid, 'SIGKILL'); }
    const seen = await Promise.all(asking);
    for (const keys of seen) expect(keys).toEqual(seen[0]);
    const roots = await open().roots();
    expect(roots).toHaveLength(1);
  });

  it('rotates for several at once and loses none', async () => {
    const signers = [open(), open(), open()];
    await signers[0]!.roots();
    await Promise.all(signers.map((one) => one.rotate('builder')));
    const roots = await open().roots();
    expect(walkRoots(trustedRoot(roots[0]!, 'v1'), roots, 'roots').content.version).toBe(4);
  });

  it('says no with the code of the reason', async () => {
    await expect(open().signPayload('releaser', IN_TOTO_PAYLOAD_TYPE, PROVENANCE)).rejects.toMatchObject({ name: 'Failure', code: 'SIGNING.NOT_ITS_ROLE' });
    await expect(open().distrustKey('x')).rejects.toMatchObject({ name: 'Failure', code: 'SIGNING.UNKNOWN_KEY' });
  });

  it('works in a home with a path longer than a socket\'s address', async () => {
    const deep = join(home, 'a-home-with-a-long-name'.repeat(5), 'and-below-it-another'.repeat(5));
    await expect(open(deep).keys()).resolves.toHaveLength(6);
  });

  it('signs payloads of megabytes, many at once', async () => {
    const large = statement('https://slsa.dev/provenance/v1', 'x'.repeat(3_000_000));
    const signatures = await Promise.all(Array.from({ length: 4 }, () => open().signPayload('builder', IN_TOTO_PAYLOAD_TYPE, large)));
    expect(new Set(signatures.map(({ signature }) => Buffer.from(signature).toString('hex'))).size).toBe(1);
    await expect(open().signPayload('builder', IN_TOTO_PAYLOAD_TYPE, Buffer.alloc(9_000_000, 'x'))).rejects.toMatchObject({ code: 'SIGNING.NOT_ITS_ROLE' });
  });

  it('signs documents of megabytes inside, and none beyond its limit', async () => {
    const bill = (size: number): Buffer => Buffer.from(JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.7', version: 1, properties: [{ name: 'x', value: 'x'.repeat(size) }] }));
    const signer = open();
    const signature = await signer.signDocument('builder', bill(15_000_000));
    const document = Buffer.from(JSON.stringify({ ...JSON.parse(bill(15_000_000).toString()) as object, signature }));
    const keys = keysFor(trustedRoot((await signer.roots())[0]!, 'root'), { role: 'builder', at: systemClock.now().toISOString(), builderId: BUILDER });
    expect(verifyJsf(document, keys, 'it').keyId).toBe(signature.keyId);
    await expect(signer.signDocument('builder', bill(17_000_000))).rejects.toMatchObject({ code: 'SIGNING.NOT_ITS_ROLE' });
    await expect(signer.signDocument('builder', bill(60_000_000))).rejects.toMatchObject({ code: 'SIGNING.NOT_ITS_ROLE' });
  });

  it.each([
    ['no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n')], ['a frame without end', Buffer.from('ffffffff00', 'hex')], ['no JSON', Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('{{{')])],
    ['an unknown question', Buffer.concat([Buffer.from([0, 0, 0, 40]), Buffer.from('{"id":0,"op":"privateKeys","args":[]}   ')])],
    ['a question of another shape', Buffer.concat([Buffer.from([0, 0, 0, 37]), Buffer.from('{"id":0,"op":"constructor","args":[]}')])],
  ])('hangs up on %s and goes on for others', async (_, bytes) => {
    const signer = open();
    await signer.keys();
    const socket = await connectToSigner(join(home, 'keys'));
    const heard: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    const closed = new Promise((resolve) => { socket.once('close', resolve); });
    socket.write(bytes);
    await closed;
    expect(Buffer.concat(heard)).toHaveLength(0);
    await expect(signer.keys()).resolves.toHaveLength(6);
  });
});

describe('a signer that nobody uses', () => {
  const serve = async (idleMs: number): Promise<{ ended: Promise<void>; stop: AbortController }> => {
    const directory = join(home, 'keys');
    const ring = openKeyRing(await openKeyDirectory(directory), { clock: systemClock, operator: 'local', builderIds: [BUILDER] });
    const stop = new AbortController();
    return { stop, ended: serveSigner(directory, ring, { idleMs, signal: stop.signal, note: () => undefined }) };
  };
  const client = (): SocketSigner => {
    const one = new SocketSigner({ directory: join(home, 'keys'), clock: systemClock, start: () => Promise.resolve(), lastWords: () => Promise.resolve('') });
    opened.push(one);
    return one;
  };

  it('ends', async () => {
    const { ended } = await serve(50);
    await expect(ended).resolves.toBeUndefined();
  });

  it('does not end while somebody is connected, and ends when the last one leaves', async () => {
    const { ended } = await serve(200);
    let over = false;
    void ended.then(() => { over = true; });
    const signer = client();
    await signer.keys();
    await new Promise((resolve) => { setTimeout(resolve, 800); });
    expect(over).toBe(false);
    await signer.close();
    await ended;
  });

  it('is not started twice: the second sees that the first answers', async () => {
    const { ended, stop } = await serve(60_000);
    const signer = client();
    await signer.keys();
    const second = await serve(60_000);
    await expect(second.ended).resolves.toBeUndefined();
    stop.abort();
    await ended;
  });

  it('is told to end, and does', async () => {
    const { ended, stop } = await serve(60_000);
    await client().keys();
    stop.abort();
    await expect(ended).resolves.toBeUndefined();
  });
});
