import type { ByteSource } from '../bytes/byte-source.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { MemberEntry } from './archive-collector.ts';
import type { EntryFacts } from './image-content.ts';
import { SameRun } from './same-run.ts';

/** More members than an archive has; what comes later is read as ever. */
const MOST = 500_000;

/** One member with all of its headers, from `start` up to the block where the next one begins. */
export interface KnownMember { start: number; end: number; path: PathBytes; entry: MemberEntry; facts: EntryFacts; dialects: readonly string[] }

/** The members of an archive that was read, whose own bytes alone say what they are, and of which nothing else was to be told. */
export class KnownMembers {
  readonly source: ByteSource;
  readonly rows: KnownMember[] = [];
  #places: Map<PathBytes, number> | undefined;

  constructor(source: ByteSource) {
    this.source = source;
  }

  add(member: KnownMember): void {
    if (this.rows.length < MOST) this.rows.push(member);
  }

  /** Of a path that comes more than once, the last. */
  placeOf(path: PathBytes): number | undefined {
    this.#places ??= new Map(this.rows.map((row, i) => [row.path, i]));
    return this.#places.get(path);
  }
}

/** Which members of another archive are the same bytes as those of one that was read before. */
export class TwinMembers {
  readonly #known: KnownMembers;
  readonly #run: SameRun;
  #next = 0;

  constructor(known: KnownMembers, source: ByteSource) {
    this.#known = known;
    this.#run = new SameRun(known.source, source);
  }

  /** The known member whose bytes stand at `at`, headers and filling included, if it is the one that is due. */
  at(at: number): KnownMember | undefined {
    const member = this.#known.rows[this.#next];
    if (member === undefined || !this.#run.holds(member.start, at, member.end - member.start)) return undefined;
    this.#next++;
    return member;
  }

  /** A member that is not the same bytes was read here: what follows it there is what is due now. */
  passed(path: PathBytes): void {
    const place = this.#known.placeOf(path);
    if (place !== undefined) this.#next = place + 1;
  }
}
