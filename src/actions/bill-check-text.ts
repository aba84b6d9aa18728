import type { PathDifference } from '../documents/check-owned-files.ts';
import { displayPath, pathBytes } from '../tree/entry.ts';
import type { BillReport } from './check-bill.ts';

const MARKS = { PASSED: 'ok    ', FAILED: 'FAILED', SKIPPED: '-     ' } as const;
const WORDS: Readonly<Record<PathDifference['kind'], string>> = { missing: 'missing in the image', extra: 'not in the document', changed: 'changed' };

/** For a terminal: whatever document and image hold of control characters is escaped. */
export function billCheckText(report: BillReport): string {
  const { steps, accepted, files, image } = report;
  const lines = steps.map(({ step, outcome, code, message }) => `${MARKS[outcome]}  ${step.padEnd(6)}  ${code === undefined ? '' : `${code}: `}${plain(message)}`);
  const end = accepted ? `Checked. ${plain(image.name ?? image.sha256)} is what its document says.` : 'Not as said: believe neither the document nor the image.';
  return `${[...lines, ...(files === undefined ? [] : differenceLines(files)), '', end].join('\n')}\n`;
}

function differenceLines({ listed, missing, extra, changed }: NonNullable<BillReport['files']>): string[] {
  const total = missing + extra + changed;
  if (total === 0) return [];
  const rows = listed.map(({ path, kind, fields }) => `  ${WORDS[kind]}: ${plain(path)}${fields.length === 0 ? '' : ` (${fields.map(fieldWords).join(', ')})`}`);
  return ['', ...rows, ...(total > listed.length ? [`  and ${total - listed.length} more`] : [])];
}

function fieldWords(field: PathDifference['fields'][number]): string {
  return field === 'ref' ? 'digest of all that is known of it' : field;
}

function plain(text: string): string {
  return displayPath(pathBytes(text));
}
