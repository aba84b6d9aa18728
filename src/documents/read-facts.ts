import { parseDocument } from './document-fields.ts';
import { inOrder, type DocumentFacts } from './facts.ts';
import { cycloneFacts } from './read-cyclone-facts.ts';
import { spdx2Facts } from './read-spdx2-facts.ts';
import { spdx3Facts } from './read-spdx3-facts.ts';

/** What a document of ours says, read back out of its bytes: the same for every format of one inventory and one detail. */
export function factsOf(bytes: Uint8Array | string, place = 'the document'): DocumentFacts {
  const { format, fields } = parseDocument(bytes, place);
  if (format === 'spdx-2.3') return inOrder(spdx2Facts(fields));
  return inOrder(format === 'spdx-3.0.1' ? spdx3Facts(fields) : cycloneFacts(fields));
}
