import type { ByteSource } from '../bytes/byte-source.ts';
import type { Budget } from '../bytes/caps.ts';
import { jffs2Crc, NODE, nodesOf, type Numbers, type RawNode, type ScanCounts } from './jffs2-node.ts';

/** One write to an inode: what it is since then, and maybe a piece of its content. */
export interface Jffs2Write {
  version: number;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  accessed: number;
  modified: number;
  changed: number;
  offset: number;
  packedBytes: number;
  plainBytes: number;
  compressor: number;
  dataAt: number;
}

export interface Jffs2Entry { version: number; inode: number; changed: number }
export interface Jffs2Attribute { version: number; name: string; value: string }

const FIXED_BYTES: Readonly<Record<number, number>> = { [NODE.entry]: 40, [NODE.inode]: 68, [NODE.attribute]: 32, [NODE.reference]: 28 };
const PREFIXES: Readonly<Record<number, string>> = { 1: 'user.', 2: 'security.', 3: 'system.posix_acl_access', 4: 'system.posix_acl_default', 5: 'trusted.' };
/** Of the number of a reference: it was taken away. */
const DEAD = 1;
const DELETED = 0xffff_ffff;
/** What a node costs us in memory. */
const KEPT_BYTES = 200;

/** The whole log, newest versions only where older ones are forgotten: writes are kept all, since they overlap. */
export class Jffs2Log {
  readonly writes = new Map<number, Jffs2Write[]>();
  /** By directory and name. Inode 0: taken away. */
  readonly entries = new Map<number, Map<string, Jffs2Entry>>();
  readonly counts: ScanCounts = { nodes: 0, damaged: 0, obsolete: 0 };
  readonly #attributes = new Map<number, Jffs2Attribute>();
  readonly #references = new Map<number, Map<number, number>>();
  readonly #source: ByteSource;
  readonly #numbers: Numbers;
  readonly #budget: Budget;

  constructor(source: ByteSource, numbers: Numbers, budget: Budget) {
    this.#source = source;
    this.#numbers = numbers;
    this.#budget = budget;
    for (const node of nodesOf(source, numbers, this.counts)) this.#take(node);
  }

  /** Name to value; those whose value is lost are left out and counted. */
  attributesOf(inode: number): { pairs: [string, string][]; lost: number } {
    const live = [...this.#references.get(inode) ?? []].filter(([, sequence]) => (sequence & DEAD) === 0).map(([id]) => this.#attributes.get(id));
    const found = live.filter((attribute) => attribute !== undefined);
    return { pairs: found.map(({ name, value }) => [name, value]), lost: live.length - found.length };
  }

  #take({ type, at, sizeBytes }: RawNode): void {
    const fixed = FIXED_BYTES[type];
    if (fixed === undefined) return;
    this.#budget.held(`jffs2 node at byte ${at}`, KEPT_BYTES);
    const bytes = this.#source.read(at, Math.min(sizeBytes, fixed));
    const taken = sizeBytes >= fixed && this.#isIntact(type, bytes) && this.#keep(type, bytes, at, sizeBytes);
    if (!taken) this.counts.damaged++;
  }

  /** The checksum of a node's fixed part; in an inode's and an entry's, that of their content stands in front of it or behind. */
  #isIntact(type: number, bytes: Buffer): boolean {
    const { u32 } = this.#numbers;
    const [covered, stated] = { [NODE.entry]: [32, 32], [NODE.inode]: [60, 64], [NODE.attribute]: [28, 28], [NODE.reference]: [24, 24] }[type] as [number, number];
    return jffs2Crc(bytes.subarray(0, covered)) === u32(bytes, stated);
  }

  #keep(type: number, bytes: Buffer, at: number, sizeBytes: number): boolean {
    switch (type) {
      case NODE.inode: return this.#write(bytes, at, sizeBytes);
      case NODE.entry: return this.#entry(bytes, at, sizeBytes);
      case NODE.attribute: return this.#attribute(bytes, at, sizeBytes);
      default: return this.#reference(bytes);
    }
  }

  #write(b: Buffer, at: number, sizeBytes: number): boolean {
    const { u16, u32 } = this.#numbers;
    const packedBytes = u32(b, 48);
    if (68 + packedBytes > sizeBytes) return false;
    // Content whose checksum is not its own was not written to its end: as if it had not been.
    if (packedBytes > 0 && jffs2Crc(this.#source.read(at + 68, packedBytes)) !== u32(b, 60)) return false;
    listOf(this.writes, u32(b, 12)).push({
      version: u32(b, 16), mode: u32(b, 20), uid: u16(b, 24), gid: u16(b, 26), sizeBytes: u32(b, 28), accessed: u32(b, 32), modified: u32(b, 36), changed: u32(b, 40),
      offset: u32(b, 44), packedBytes, plainBytes: u32(b, 52), compressor: b[56]!, dataAt: at + 68,
    });
    return true;
  }

  #entry(b: Buffer, at: number, sizeBytes: number): boolean {
    const { u32 } = this.#numbers;
    const nameBytes = b[28]!;
    if (40 + nameBytes > sizeBytes) return false;
    const raw = this.#source.read(at + 40, nameBytes);
    if (jffs2Crc(raw) !== u32(b, 36)) return false;
    const [directory, version, name] = [u32(b, 12), u32(b, 16), raw.toString('latin1')];
    const names = this.entries.get(directory) ?? new Map<string, Jffs2Entry>();
    this.entries.set(directory, names);
    if ((names.get(name)?.version ?? -1) < version) names.set(name, { version, inode: u32(b, 20), changed: u32(b, 24) });
    return true;
  }

  #attribute(b: Buffer, at: number, sizeBytes: number): boolean {
    const { u16, u32 } = this.#numbers;
    const [nameBytes, valueBytes] = [b[21]!, u16(b, 22)];
    if (32 + nameBytes + 1 + valueBytes > sizeBytes) return false;
    const data = this.#source.read(at + 32, nameBytes + 1 + valueBytes);
    if (jffs2Crc(data) !== u32(b, 24)) return false;
    const [id, version, prefix] = [u32(b, 12), u32(b, 16), PREFIXES[b[20]!]];
    if (prefix === undefined) return false;
    if (version === DELETED) this.#attributes.delete(id);
    else if ((this.#attributes.get(id)?.version ?? -1) < version) {
      this.#attributes.set(id, { version, name: prefix.startsWith('system.') ? prefix : prefix + data.toString('latin1', 0, nameBytes), value: data.toString('latin1', nameBytes + 1) });
    }
    return true;
  }

  #reference(b: Buffer): boolean {
    const { u32 } = this.#numbers;
    const [inode, id, sequence] = [u32(b, 12), u32(b, 16), u32(b, 20)];
    const known = this.#references.get(inode) ?? new Map<number, number>();
    this.#references.set(inode, known);
    if ((known.get(id) ?? -1) < sequence) known.set(id, sequence);
    return true;
  }
}

function listOf<T>(all: Map<number, T[]>, key: number): T[] {
  const known = all.get(key);
  if (known !== undefined) return known;
  const made: T[] = [];
  all.set(key, made);
  return made;
}
