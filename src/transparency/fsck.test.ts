import { MemoryLog } from '../../tests/support/memory-log.ts';
import { testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { encodeNote, type NoteKey } from '../signing/note.ts';
import { parseRootContent } from '../signing/root-content.ts';
import { logKeys, trustedRoot } from '../signing/trust-root.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import { checkpointText, parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { checkLog, type FsckReport, type LoggedRows } from './fsck.ts';
import { leafHash } from './hashing.ts';
import { openLog } from './log.ts';

const SIZE = 270;
const BATCH = 30;

let keys: TestRing;
let origin: string;
let noteKeys: NoteKey[];
let honest: MemoryLog;
let seen: Checkpoint;

beforeAll(async () => {
  keys = await testRing();
  const [root] = await keys.ring.roots();
  ({ origin } = parseRootContent(payloadBytes(root!), 'root').log);
  noteKeys = logKeys(trustedRoot(root!, 'root'), origin, keys.clock.now().toISOString());
  honest = new MemoryLog();
  const log = openLog({ storage: honest, signer: keys.ring, origin, clock: keys.clock });
  for (let from = 0; from < SIZE; from += BATCH) {
    await log.record(Array.from({ length: BATCH }, (_, i) => ({ t: 'statement' as const, sha256: sha256(`payload ${from + i}`), type: 'https://slsa.dev/provenance/v1', keys: [sha256('key')] })));
    keys.clock.forward(1000);
  }
  seen = parseCheckpoint(Buffer.from(honest.notes.at(-1)!.note), 'seen').checkpoint;
});

afterAll(() => keys.remove());

const DIGESTS = Array.from({ length: SIZE }, (_, n) => sha256(`payload ${n}`));

/** Statements as a database holds them: payload and signers by digest. */
class Rows implements LoggedRows {
  readonly statements = new Map<Sha256, { payload: string; keys: string[] }>(
    DIGESTS.map((digest, n) => [digest, { payload: `payload ${n}`, keys: [sha256('key')] }]));

  look: LoggedRows['look'] = (entries) => Promise.resolve(entries.map(({ sha256: digest }) => {
    const row = this.statements.get(digest);
    return row === undefined ? undefined : { sha256: sha256(row.payload), keys: row.keys };
  }));

  async* digests(): AsyncIterable<string> {
    yield* this.statements.keys();
    await Promise.resolve();
  }
}

const check = (storage: MemoryLog, rows = new Rows(), handedIn: Checkpoint[] = [seen]): Promise<FsckReport> => checkLog(storage, { origin, keys: noteKeys, seen: handedIn, rows });
const flaws = async (storage: MemoryLog, rows?: Rows, handedIn?: Checkpoint[]): Promise<string[]> => [...new Set((await check(storage, rows, handedIn)).findings.map(({ flaw }) => flaw))].toSorted();
const firstFinding = async (storage: MemoryLog, rows?: Rows): Promise<string> => { const [first] = (await check(storage, rows)).findings; return `${first!.flaw}: ${first!.place}`; };

describe('fsck', () => {
  it('finds nothing in an honest log and says how much it read', async () => {
    expect(await check(honest)).toEqual({ entries: SIZE, tiles: 1, checkpoints: SIZE / BATCH, findings: [] });
  });

  it('names the entry whose bytes were edited', async () => {
    const storage = honest.copy();
    storage.log[200]!.entry[20]! ^= 1;
    expect((await check(storage)).findings.map(({ flaw, place }) => `${flaw}: ${place}`)).toContain('leaf-differs: entry 200');
  });

  it('finds an entry that was edited with its leaf hash, by the tile and every checkpoint over it', async () => {
    const storage = honest.copy();
    const entry = Buffer.from(Buffer.from(storage.log[200]!.entry).toString().replace(sha256('payload 200'), sha256('payload 201')));
    storage.log[200] = { ...storage.log[200]!, entry, leafHash: leafHash(entry) };
    expect(await flaws(storage)).toEqual(['checkpoint-differs', 'forked', 'logged-twice', 'row-unlogged', 'tile-differs']);
  });

  it('finds a log that was cut back and signed anew, only by a checkpoint that was handed in', async () => {
    const storage = new MemoryLog();
    const log = openLog({ storage, signer: keys.ring, origin, clock: keys.clock });
    await log.record(Array.from({ length: 200 }, (_, n) => ({ t: 'statement' as const, sha256: sha256(`payload ${n}`), type: 'https://slsa.dev/provenance/v1', keys: [sha256('key')] })));
    const rows = new Rows();
    for (let n = 200; n < SIZE; n++) rows.statements.delete(sha256(`payload ${n}`));
    expect(await flaws(storage, rows, [])).toEqual([]);
    expect(await flaws(storage, rows)).toEqual(['rolled-back']);
  });

  it('finds a log that was written anew in the same length', async () => {
    const storage = new MemoryLog();
    const log = openLog({ storage, signer: keys.ring, origin, clock: keys.clock });
    await log.record(Array.from({ length: SIZE }, (_, n) => ({ t: 'statement' as const, sha256: sha256(`payload ${n}`), type: 'https://slsa.dev/provenance/v1', keys: [sha256('key')] })));
    expect(await flaws(storage)).toEqual(['forked']);
  });

  it('names a statement that the log has and the record has not, one that was edited, one whose signature is gone, and one that was kept from the log', async () => {
    const rows = new Rows();
    rows.statements.delete(sha256('payload 3'));
    rows.statements.get(sha256('payload 4'))!.payload = 'another';
    rows.statements.get(sha256('payload 5'))!.keys = [];
    rows.statements.set(sha256('hidden'), { payload: 'hidden', keys: [sha256('key')] });
    expect((await check(honest, rows)).findings.map(({ flaw, place }) => `${flaw}: ${place}`)).toEqual([
      `row-missing: entry 3, statement ${sha256('payload 3')}`, `row-differs: entry 4, statement ${sha256('payload 4')}`,
      `signature-missing: entry 5, statement ${sha256('payload 5')}`, `row-unlogged: row ${sha256('hidden')}`,
    ]);
  });

  it('says which entries are under no checkpoint yet', async () => {
    const storage = honest.copy();
    await openLog({ storage, signer: keys.ring, origin, clock: keys.clock }).append([{ t: 'root', sha256: sha256('root'), version: 2 }]);
    expect(await firstFinding(storage, Object.assign(new Rows(), { look: (entries: readonly { sha256: string }[]) => Promise.resolve(entries.map((entry) => ({ sha256: entry.sha256, keys: [sha256('key')] }))) }))).toBe(`not-under-checkpoint: entry ${SIZE}`);
  });

  it('finds each of 1,000 random tampers', async () => {
    const random = seeded(20_261_123);
    const silent: string[] = [];
    const count: Record<string, number> = {};
    for (let run = 0; run < 1000; run++) {
      const storage = honest.copy();
      const rows = new Rows();
      const [name, tamper] = TAMPERS[run % TAMPERS.length]!;
      await tamper(storage, rows, random);
      count[name] = (count[name] ?? 0) + 1;
      if ((await check(storage, rows)).findings.length === 0) silent.push(`${run}: ${name}`);
    }
    expect(silent).toEqual([]);
    expect(Object.keys(count)).toHaveLength(TAMPERS.length);
  });
});

type Random = (below: number) => number;

const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)]!;
const flipBit = (bytes: Uint8Array, random: Random): void => { bytes[random(bytes.byteLength)]! ^= 1 << random(8); };
const resign = async (storage: MemoryLog, at: number, treeSize: number, rootHash: Buffer): Promise<void> => {
  const text = checkpointText({ origin, treeSize, rootHash });
  storage.notes[at] = { ...storage.notes[at]!, treeSize, rootHash, note: encodeNote({ text, signatures: [await keys.ring.signNote(text)] }) };
};

const TAMPERS: readonly [string, (storage: MemoryLog, rows: Rows, random: Random) => void | Promise<void>][] = [
  ['a bit of an entry', ({ log }, _, random) => flipBit(pick(log, random).entry, random)],
  ['a bit of a leaf hash', ({ log }, _, random) => flipBit(pick(log, random).leafHash, random)],
  ['a bit of an entry and the leaf hash to it', ({ log }, _, random) => {
    const at = random(log.length);
    flipBit(log[at]!.entry, random);
    log[at] = { ...log[at]!, leafHash: leafHash(log[at]!.entry) };
  }],
  ['the time of an entry\'s row', ({ log }, _, random) => { pick(log, random).loggedAt = '2020-01-01T00:00:00.000Z'; }],
  ['an entry taken out', ({ log }, _, random) => { log.splice(random(log.length), 1); }],
  ['an entry taken out and the rest moved up', ({ log }, _, random) => {
    log.splice(random(log.length), 1);
    for (const [index, entry] of log.entries()) entry.index = index;
  }],
  ['the end cut off, with its tiles and checkpoints', (storage, _, random) => {
    const size = random(SIZE);
    storage.log.length = size;
    storage.notes = storage.notes.filter(({ treeSize }) => treeSize <= size);
    storage.fullTiles = storage.fullTiles.filter(({ number }) => (number + 1) * 256 <= size);
  }],
  ['two entries swapped', ({ log }, _, random) => {
    const a = random(SIZE - 1);
    const b = a + 1 + random(SIZE - a - 1);
    [log[a], log[b]] = [{ ...log[b]!, index: a }, { ...log[a]!, index: b }];
  }],
  ['an entry said twice', ({ log }, _, random) => { log.push({ ...pick(log, random), index: SIZE }); }],
  ['an entry slipped in', ({ log }) => { const entry = Buffer.from('{}'); log.push({ index: SIZE, entry, leafHash: leafHash(entry), loggedAt: log.at(-1)!.loggedAt }); }],
  ['a bit of a tile', ({ fullTiles }, _, random) => flipBit(pick(fullTiles, random).hashes, random)],
  ['a tile taken out', ({ fullTiles }, _, random) => { fullTiles.splice(random(fullTiles.length), 1); }],
  ['a tile too many', ({ fullTiles }, _, random) => { fullTiles.push({ level: random(3), number: 2 + random(9), hashes: Buffer.alloc(8192, random(256)) }); }],
  ['a bit of a checkpoint\'s root', ({ notes }, _, random) => flipBit(pick(notes, random).rootHash, random)],
  ['a character of a note', ({ notes }, _, random) => {
    const note = pick(notes, random);
    const at = random(note.note.length);
    note.note = `${note.note.slice(0, at)}${note.note[at] === 'x' ? 'y' : 'x'}${note.note.slice(at + 1)}`;
  }],
  ['a checkpoint\'s size', ({ notes }, _, random) => { pick(notes, random).treeSize += 1; }],
  ['a checkpoint signed anew over another root', (storage, _, random) => {
    const at = random(storage.notes.length);
    return resign(storage, at, storage.notes[at]!.treeSize, Buffer.from(sha256(String(random(1e9))), 'hex'));
  }],
  ['the newest checkpoints taken away', (storage, _, random) => { storage.notes.length = random(storage.notes.length); }],
  ['the payload of a statement', (_, { statements }, random) => { pick([...statements.values()], random).payload += ' '; }],
  ['a statement deleted', (_, { statements }, random) => { statements.delete(pick([...statements.keys()], random)); }],
  ['a statement\'s signature', (_, { statements }, random) => { pick([...statements.values()], random).keys = [sha256('another')]; }],
  ['a statement kept from the log', (_, { statements }, random) => { const payload = `hidden ${random(1e9)}`; statements.set(sha256(payload), { payload, keys: [] }); }],
];

/** mulberry32: the same tampers on every machine. */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}
