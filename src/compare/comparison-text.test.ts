import { sha256 } from '../foundation/digest.ts';
import { pathBytes, type TreeEntry } from '../tree/entry.ts';
import { comparisonText, EVERY_LINE } from './comparison-text.ts';
import type { Change, Comparison, LayoutDifference, SideFinding } from './comparison.ts';

const file: TreeEntry = { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(''), sizeBytes: 0 };
const changed = (path: string, more: Partial<Change> = {}): Change => ({
  place: '', path: pathBytes(path), kind: 'changed', classes: ['content'], causes: [{ code: 'unknown', confidence: 0, coverage: 1, evidence: [] }], noise: false, sizeDelta: 0, before: file, after: file, ...more,
});
const layout = (count: number): LayoutDifference[] => Array.from({ length: count }, (_, i) => ({ place: '', key: `key${i}`, left: 1, right: 2, cause: 'fs-layout', noise: true }));
const findings = (count: number): SideFinding[] => Array.from({ length: count }, (_, i) => ({ side: 'right', severity: 'error', place: `inode ${i}`, rule: 'bad', message: 'is bad' }));
const comparison = (more: Partial<Comparison>): Comparison => ({ verdict: { bytesEqual: false, layoutEqual: true, metadataEqual: true, contentEqual: false }, layout: [], changes: [], findings: [], ...more });
const SUMS = (['build-id', 'build-path', 'compression', 'locale', 'ordering', 'random-id', 'real-change', 'time-zone', 'toolchain', 'truncated', 'unknown', 'unreadable', 'debug-only'] as const).map((code) => ({ code, count: 1, proved: 1, covers: 1 }));
const linesOf = (of: Partial<Comparison>, more: Partial<Parameters<typeof comparisonText>[1]> = {}): string[] => comparisonText(comparison(of), { lines: 40, ...more }).trimEnd().split('\n');

describe('a comparison on one screen', () => {
  test('tells paths and damage however many packages, causes and rows of layout there are', () => {
    const crowd = { layout: layout(30), findings: findings(9), changes: Array.from({ length: 100 }, (_, i) => changed(`file${i}`)) };
    const lines = linesOf(crowd, { summary: Array.from({ length: 15 }, (_, i) => `package ${i}`), sums: SUMS });
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const expected of ['! right inode 0: is bad', '! … 6 more', '~ /file0  content  unknown', '  … 26 more']) expect(lines).toContain(expected);
    expect(lines.at(-1)).toMatch(/^ {2}… \d+ more$/);
  });

  test.each([1, 2, 5, 18, 39])('is no longer than %i lines, and says that there is more', (most) => {
    const lines = linesOf({ layout: layout(30), findings: findings(9), changes: [changed('a'), changed('b')] }, { lines: most, sums: SUMS });
    expect(lines.length).toBeLessThanOrEqual(most);
    if (most < 20) expect(lines.at(-1)).toMatch(/more.*--all|^Different/);
  });

  test('is whole where all of it is asked for', () => {
    const name = `${'d'.repeat(200)}/${'f'.repeat(200)}`;
    const lines = linesOf({ layout: layout(30), findings: findings(9), changes: [changed(name)] }, { lines: EVERY_LINE, sums: SUMS });
    for (const expected of ['  key29 1 → 2', '! right inode 8: is bad', `~ /${name}  content  unknown`]) expect(lines).toContain(expected);
    expect(lines.filter((line) => line.includes('…'))).toEqual([]);
  });

  test('keeps what is said of a path whose name is longer than the line, and its first and last name', () => {
    const [line] = linesOf({ changes: [changed(`start/${'x'.repeat(300)}/${'é'.repeat(20)}.so`, { sizeDelta: 5 })] }).slice(-1);
    expect(line!.length).toBeLessThanOrEqual(160);
    expect(line).toMatch(/^~ \/start\/x+…x+\/é+\.so {2}content {2}\+5 B {2}unknown$/);
  });

  test('cuts no character in two, and lets no name write on the terminal', () => {
    const causes = [{ code: 'unknown' as const, confidence: 0, coverage: 1, evidence: ['😀'.repeat(200)] }];
    for (let shift = 0; shift < 4; shift++) {
      const text = comparisonText(comparison({ changes: [changed(`${'a'.repeat(shift)}${'😀'.repeat(90)}\u001b[2J`, { causes })] }), { lines: 40 });
      expect(text.isWellFormed()).toBe(true);
      expect(text).not.toContain('\u001b');
    }
  });

  test('calls what is no tree by what it is: the file, or its partition', () => {
    const whole = { before: undefined, after: undefined } as unknown as Partial<Change>;
    const text = linesOf({ changes: [changed('', whole), changed('', { ...whole, place: 'partition 2 "data"' }), changed('', { classes: ['mode'] })] }).join('\n');
    for (const expected of ['~ the file as a whole  content', '~ partition 2 "data"  content', '~ /  mode', 'compared as bytes, not as images; `explain-diff` of the path / tells more']) expect(text).toContain(expected);
    expect(linesOf({ changes: [changed('etc/issue')] }).join('\n')).not.toContain('compared as bytes');
    expect(linesOf({ changes: [changed('', { ...whole, classes: ['type'] })] }).join('\n')).toContain('the two are no images of one kind');
  });
});
