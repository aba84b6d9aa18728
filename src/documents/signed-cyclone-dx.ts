import { canonicalJson } from '../foundation/canonical-json.ts';
import type { JsfSignature } from '../signing/jsf.ts';

/** How a document of ours ends. */
const END = '}\n';

/** A CycloneDX document of ours with its signature as the last member: without that member it is the unsigned text again. */
export function* signedCycloneDx(unsigned: Iterable<string>, signature: JsfSignature): Generator<string> {
  let held = '';
  for (const chunk of unsigned) {
    const text = held + chunk;
    const end = Math.max(0, text.length - END.length);
    held = text.slice(end);
    yield text.slice(0, end);
  }
  yield `,\n"signature":${canonicalJson(signature)}${held}`;
}
