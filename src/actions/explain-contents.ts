import type { KeepDetail } from '../compare/explain-path.ts';
import { DETAIL_VERSION, type ContentDetail } from '../detail/detail.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { comparersHere, type Comparers } from './comparers.ts';
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

/** What exactly differs between two blobs of the store. */
export async function explainContents(left: Sha256, right: Sha256, { records, store }: Pick<Workshop, 'records' | 'store'>, comparers: Comparers = comparersHere(store)): Promise<ContentDetail> {
  return detailsOnRecord({ records })({ left, right }, () => comparers.contents(left, right));
}
