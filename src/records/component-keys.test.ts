import fc from 'fast-check';

import { askedKey, componentKeys, type ComponentKeyKind, type SearchedComponent } from './component-keys.ts';

const keysOf = (kind: ComponentKeyKind, component: Partial<SearchedComponent>): string[] =>
  componentKeys({ licenses: [], purls: [], cpes: [], sourceSha256s: [], ...component }).filter((each) => each.kind === kind).map(({ key }) => key);

const found = (kind: ComponentKeyKind, component: Partial<SearchedComponent>, question: string): boolean => keysOf(kind, component).includes(askedKey(kind, question));

describe('a component', () => {
  const PURL = 'pkg:generic/ns%40x/shell@1.36.1?download_url=https://example.org/shell@1.tar#docs/a@b';

  it.each([PURL, 'pkg:generic/ns%40x/shell@1.36.1', 'pkg:generic/ns%40x/shell', 'PKG:Generic/ns%40x/shell'])('is found by its package URL, with or without what follows the name (%s)', (question) => {
    expect(found('purl', { purls: [PURL] }, question)).toBe(true);
  });

  it.each(['pkg:generic/ns%40x/shell@1.36', 'pkg:generic/ns%40x/she', 'pkg:generic/shell', 'pkg:deb/ns%40x/shell', 'pkg:generic/ns%40x/Shell', ''])('is not found by another package URL (%s)', (question) => {
    expect(found('purl', { purls: [PURL] }, question)).toBe(false);
  });

  const CPE = String.raw`cpe:2.3:a:shell\:org:shell:1.36.1:*:*:*:*:*:x64:*`;

  it.each([
    CPE, String.raw`cpe:2.3:a:shell\:org:shell:1.36.1:*:*:*:*:*:x64`, String.raw`cpe:2.3:a:shell\:org:shell:1.36.1:*:*:*:*:*:*:*`,
    String.raw`cpe:2.3:a:shell\:org:shell:1.36.1`, String.raw`cpe:2.3:a:shell\:org:shell:*:*:*:*:*:*:*:*`, String.raw`cpe:2.3:a:shell\:org:shell`,
  ])('is found by its CPE, whole, by its version, and by vendor and product (%s)', (question) => {
    expect(found('cpe', { cpes: [CPE] }, question)).toBe(true);
  });

  it.each([String.raw`cpe:2.3:a:shell\:org:shell:1.36`, 'cpe:2.3:a:shell', String.raw`cpe:2.3:o:shell\:org:shell`, 'cpe:2.3', '*', ''])('is not found by another CPE, nor by half of one (%s)', (question) => {
    expect(found('cpe', { cpes: [CPE] }, question)).toBe(false);
  });

  it('has each key once', () => {
    expect(componentKeys({ licenses: ['MIT', 'MIT'], purls: ['pkg:generic/a', 'pkg:generic/a@1'], cpes: [], sourceSha256s: [] })).toEqual([
      { kind: 'purl', key: 'pkg:generic/a' }, { kind: 'purl', key: 'pkg:generic/a@1' }, { kind: 'license', key: 'MIT' },
    ]);
  });

  it('is found by what it carries, whatever that is, by keys that an index of Postgres holds', () => {
    const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ minLength: 2000, maxLength: 4000, unit: 'grapheme' }));
    fc.assert(fc.property(fc.constantFrom<['purl', 'purls'] | ['cpe', 'cpes'] | ['license', 'licenses'] | ['source', 'sourceSha256s']>(
      ['purl', 'purls'], ['cpe', 'cpes'], ['license', 'licenses'], ['source', 'sourceSha256s']), text, ([kind, list], value) => {
      expect(found(kind, { [list]: [value] }, value)).toBe(true);
      for (const key of keysOf(kind, { [list]: [value] })) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1000);
    }));
  });
});
