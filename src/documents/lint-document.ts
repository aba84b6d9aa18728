import { sortFindings, type Finding } from '../foundation/finding.ts';
import { parseDocument } from './document-fields.ts';
import { RULES } from './lint-rules.ts';
import type { LintView } from './lint-view.ts';
import { cycloneView } from './view-cyclone.ts';
import { spdx2View } from './view-spdx2.ts';
import { spdx3View } from './view-spdx3.ts';

/** What schemas let pass in a document, all of it. The path of a finding is `place` and a JSON pointer. */
export function lintDocument(bytes: Uint8Array | string, place = 'the document'): Finding[] {
  const view = viewOf(bytes, place);
  const complaints = RULES.flatMap((rule) => rule(view));
  return sortFindings(complaints.map(({ rule, severity, at, message }) => ({ severity, path: `${place}#${at}`, line: 0, rule, message })));
}

function viewOf(bytes: Uint8Array | string, place: string): LintView {
  const { format, fields } = parseDocument(bytes, place);
  if (format === 'spdx-2.3') return spdx2View(fields);
  return format === 'spdx-3.0.1' ? spdx3View(fields) : cycloneView(fields);
}
