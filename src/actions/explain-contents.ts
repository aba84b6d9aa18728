import { DETAIL_VERSION, type ContentDetail } from '../compare/detail.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { comparersHere, type Comparers } from './comparers.ts';
import type { Workshop } from './workshop.ts';

/** What exactly differs between two blobs: as it is kept, else made and kept for whoever asks next, whichever builds they are of. */
export async function explainContents(left: Sha256, right: Sha256, { records, store }: Pick<Workshop, 'records' | 'store'>, comparers: Comparers = comparersHere(store)): Promise<ContentDetail> {
  const key = { left, right, version: DETAIL_VERSION };
  const known = await records.explanations.find(key);
  if (known !== undefined) return JSON.parse(known) as ContentDetail;
  const made = await comparers.contents(left, right);
  await records.explanations.keep(key, JSON.stringify(made));
  return made;
}
