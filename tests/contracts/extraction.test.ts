import { compareExtracted } from '../../src/extraction/compare-extracted.ts';
import { reExtract } from '../../src/extraction/re-extract.ts';
import type { Finding } from '../../src/foundation/finding.ts';
import type { ImageFormat } from '../../src/catalog/model.ts';
import { difficult, openExtractionBench, withoutXattrs, type ExtractionBench } from '../support/extraction-bench.ts';
import type { SampleTree } from '../support/sample-trees.ts';

let bench: ExtractionBench;
beforeAll(async () => { bench = await openExtractionBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

const FORMATS: readonly ImageFormat[] = ['tar', 'cpio.gz', 'squashfs', 'ext4'];

/** What the format can be written with at all. */
const writable = (sample: SampleTree, format: ImageFormat): SampleTree => format === 'cpio.gz' ? { ...sample, tree: withoutXattrs(sample.tree) } : sample;

const errorsOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity }) => severity === 'error');

describe('an image, unpacked by tools that are not ours', () => {
  it('of any format gives back one of everything', async () => {
    const sample = difficult();
    const images = await Promise.all(FORMATS.map((format) => bench.image(writable(sample, format), format)));
    const found = await reExtract(images, bench.means);
    expect([...found.keys()]).toEqual(images.map(({ name }) => name));
    for (const { name, format } of images) {
      const extracted = found.get(name)!;
      expect({ name, findings: errorsOf(compareExtracted(writable(sample, format).tree, extracted)) }).toEqual({ name, findings: [] });
    }
  });
});
