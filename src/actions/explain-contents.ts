import type { KeepDetail } from '../compare/explain-path.ts';
import { DETAIL_VERSION, type ContentDetail } from '../detail/detail.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { comparersHere, type Comparers, type OfImages } from './comparers.ts';
import type { Workshop } from './workshop.ts';

/** As it is kept for two contents, else made and kept for whoever asks next, whichever builds they are of. */
export function detailsOnRecord({ records }: Pick<Workshop, 'records'>): KeepDetail {
  return async (digests, make) => {
    const key = { ...digests, version: DETAIL_VERSION };
    const known = await records.explanations.find(key);
    if (known !== undefined) return JSON.parse(known) as ContentDetail;
    const made = await make();
    await records.explanations.keep(key, JSON.stringify(made));
    return made;
  };
}

export interface ContentsToExplain {
  pairs: readonly Both<Sha256>[];
  /** Of each side that was uploaded. */
  uploads?: Both<string | undefined>;
}

/** So many are made together: images are read once for them, and what has been made is kept before the next begin. */
const AT_ONCE = 16;

const keyOf = ({ left, right }: Both<Sha256>): string => `${left} ${right}`;

/** What exactly differs between contents; who asks for what is being made waits for that. */
export class ContentExplanations {
  readonly #workshop: Pick<Workshop, 'records' | 'store'>;
  readonly #comparers: Comparers;
  readonly #readers: Comparers;
  readonly #underWay = new Map<string, Promise<ContentDetail>>();

  /** `readers` read what was uploaded, which may keep them for long. */
  constructor(workshop: Pick<Workshop, 'records' | 'store'>, comparers: Comparers = comparersHere(workshop.store), readers: Comparers = comparers) {
    this.#workshop = workshop;
    this.#comparers = comparers;
    this.#readers = readers;
  }

  /** In the order of the pairs; one that fails leaves the others as they are. Rejected with ACTIONS.COMPARISON_LIMIT, BYTES.IO, STORE.DAMAGED. */
  async explain({ pairs, uploads }: ContentsToExplain): Promise<PromiseSettledResult<ContentDetail>[]> {
    const known = await this.#workshop.records.explanations.findAll(pairs, DETAIL_VERSION);
    const missing = new Map(pairs.map((pair): [string, Both<Sha256>] => [keyOf(pair), pair]).filter(([key]) => !known.has(key) && !this.#underWay.has(key)));
    if (missing.size > 0) this.#begin([...missing.values()], uploads);
    return Promise.allSettled(pairs.map(async (pair) => {
      const kept = known.get(keyOf(pair));
      return kept === undefined ? this.#underWay.get(keyOf(pair))! : JSON.parse(kept) as ContentDetail;
    }));
  }

  #begin(pairs: readonly Both<Sha256>[], uploads: ContentsToExplain['uploads']): void {
    let before: Promise<unknown> = Promise.resolve();
    const images = this.#imagesOf(uploads);
    for (let at = 0; at < pairs.length; at += AT_ONCE) {
      const some = pairs.slice(at, at + AT_ONCE);
      const made = before.then(async () => this.#make(some, await images));
      before = made.catch(() => undefined);
      for (const [index, pair] of some.entries()) {
        const one = made.then((details) => details[index]!);
        this.#underWay.set(keyOf(pair), one);
        one.catch(() => undefined).finally(() => { this.#underWay.delete(keyOf(pair)); });
      }
    }
  }

  async #make(pairs: readonly Both<Sha256>[], images: OfImages): Promise<ContentDetail[]> {
    const made = await (images.left === null && images.right === null ? this.#comparers : this.#readers).contents(pairs, images);
    for (const [index, { detail, lasting }] of made.entries()) {
      if (lasting) await this.#workshop.records.explanations.keep({ ...pairs[index]!, version: DETAIL_VERSION }, JSON.stringify(detail));
    }
    return made.map(({ detail }) => detail);
  }

  async #imagesOf(uploads: ContentsToExplain['uploads']): Promise<OfImages> {
    return { left: await this.#imageOf(uploads?.left), right: await this.#imageOf(uploads?.right) };
  }

  /** What was removed is not read again, though its bytes may lie there until they are swept. */
  async #imageOf(uploadId: string | undefined): Promise<Sha256 | null> {
    const upload = uploadId === undefined ? undefined : await this.#workshop.records.uploads.find(uploadId);
    return upload === undefined || upload.state === 'REMOVED' ? null : upload.sha256;
  }
}
