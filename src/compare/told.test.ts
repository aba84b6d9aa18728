import { sampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import { pathBytes } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { explainPath, type OpenTree } from './explain-path.ts';
import { explanationText } from './explanation-text.ts';
import type { PackageChange } from './package-changes.ts';
import { besideEntry, withImagesBeside, type ToldComparison } from './told.ts';

const NOTHING = { verdict: { bytesEqual: false, layoutEqual: true, metadataEqual: true, contentEqual: false }, layout: [], changes: [], findings: [] };
const kernel = { name: 'Image', format: 'kernel', left: sha256('old\n'), right: sha256('newer\n'), sizeBytes: { left: 4, right: 6 }, equal: false, owner: 'core' };
const root = { name: 'rootfs.tar', format: 'tar', left: sha256('a'), right: sha256('b'), sizeBytes: { left: 1, right: 1 }, equal: false, owner: null };
const core: PackageChange = { name: 'core', kind: 'changed', before: '6.1', after: '6.1', reasons: [{ reason: 'option', detail: '+config.CONFIG_TUN=y' }], files: 0, sizeDelta: 0 };
const told = (images: ToldComparison['images']): ToldComparison => ({ comparison: NOTHING, images, packages: [core], owner: () => undefined });
const { tree } = sampleTree([['etc/issue', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('the same\n') }]]);
/** A root, and what lies beside it. */
const opened = (content: string): OpenTree[] => [{ tree, content: () => undefined }, { tree: makeTree([[pathBytes('Image'), besideEntry(sha256(content), content.length)!]]), content: () => [Buffer.from(content)] }];
const open = async (): Promise<{ left: OpenTree[]; right: OpenTree[] }> => ({ left: opened('old\n'), right: opened('newer\n') });

describe('what lies beside the root', () => {
  it('is explained as a path is: owner, cause on record, and what exactly differs', async () => {
    const explanation = await explainPath(withImagesBeside(told([kernel, root])), 'Image', open);
    expect(explanation).toMatchObject({ exit: 1, changes: [{ owner: 'core', change: { place: 'beside the root', sizeDelta: 2, causes: [{ code: 'option-change' }] }, detail: { kinds: { left: 'text' } } }] });
    const text = explanationText(explanation);
    expect(text).toContain('core 6.1: Image +2 B; option +config.CONFIG_TUN=y');
    expect(text).toContain('+newer');
  });

  it('came or went where one side has none of it', () => {
    const { comparison, owner } = withImagesBeside(told([{ ...kernel, left: null, sizeBytes: { left: null, right: 6 } }]));
    expect(comparison.changes.map((change) => [change.kind, change.classes, change.sizeDelta, owner(change)])).toEqual([['added', [], 6, 'core']]);
  });

  it('is the same where it is equal, and a root that is packed is no part of it', async () => {
    const same = withImagesBeside(told([{ ...kernel, equal: true }, root]));
    expect(same.comparison.changes).toEqual([]);
    expect((await explainPath(same, '/Image', open)).exit).toBe(0);
  });
});
