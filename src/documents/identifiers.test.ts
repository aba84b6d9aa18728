import fc from 'fast-check';

import { cpeProblem } from './cpe.ts';
import { parsePurl, purlProblem } from './purl.ts';

describe('a package URL', () => {
  test.each([
    'pkg:generic/zlib@1.3.1?download_url=https%3A%2F%2Fexample.org%2Fzlib.tar.xz&checksum=sha256:0a', 'pkg:github/torvalds/linux@v6.1', 'pkg:deb/debian/gcc@12.2.0-14%2Bdeb12u1?arch=amd64',
    'pkg:npm/%40angular/core@12.3.1', 'pkg:golang/google.golang.org/genproto@abcdedf#googleapis/api/annotations', 'pkg:git/codeberg.org/owner/repo@0a1b', 'pkg:cargo/a', 'pkg:generic/gcc@12+rc1',
  ])('%s is one', (text) => {
    expect(purlProblem(text)).toBeUndefined();
  });

  test.each([
    ['', 'pkg:'], ['generic/zlib', 'pkg:'], ['pkg:zlib', 'names nothing'], ['pkg:Generic/zlib', 'type'], ['pkg:9p/zlib', 'type'], ['pkg:generic/', 'names nothing'], ['pkg:generic/a//b', 'empty part'], ['pkg:generic/a@', 'empty part'],
    ['pkg:generic/a b', 'percent-encoded'], ['pkg:generic/a%zz', 'percent-encoded'], ['pkg:generic/a?x', 'no value'], ['pkg:generic/a?X=1', 'no key'], ['pkg:generic/a?x=1&x=2', 'twice'], ['pkg:generic/a#../b', 'subpath'], ['pkg:generic/%ff', 'percent-encoded'],
    [`pkg:generic/${'a'.repeat(5000)}`, 'longer'],
  ])('%j is none', (text, why) => {
    expect(purlProblem(text)).toContain(why);
  });

  test('is taken apart into what it was made of', () => {
    const part = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((text) => text.isWellFormed());
    fc.assert(fc.property(part, part, part, (namespace, name, version) => {
      const text = `pkg:generic/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
      expect(parsePurl(text)).toEqual({ type: 'generic', namespace: [namespace], name, version, qualifiers: new Map(), subpath: [] });
    }));
  });

  test('of anybody\'s making never breaks the reader', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(['object', 'string']).toContain(typeof parsePurl(`pkg:${text}`));
    }));
  });
});

describe('a CPE 2.3 name', () => {
  test.each([
    'cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:*:*', 'cpe:2.3:o:linux:linux_kernel:6.1:rc1:*:*:*:*:x64:*', 'cpe:2.3:a:foo\\:bar:big\\$money:2010:-:*:en-us:*:*:80gb:*', 'cpe:2.3:h:*:*:*:*:*:*:*:*:*:*', 'cpe:2.3:a:x:y:8.??:*:*:*:*:*:*:*',
  ])('%s is one', (text) => {
    expect(cpeProblem(text)).toBeUndefined();
  });

  test.each([
    ['cpe:/a:zlib:zlib:1.3', 'cpe:2.3:'], ['cpe:2.3:a:zlib:zlib:1.3:*:*:*:*:*:*', '10 attributes'], ['cpe:2.3:x:zlib:zlib:1.3:*:*:*:*:*:*:*', 'part'], ['cpe:2.3:a:z lib:zlib:1.3:*:*:*:*:*:*:*', 'vendor'],
    ['cpe:2.3:a:zlib::1.3:*:*:*:*:*:*:*', 'product'], ['cpe:2.3:a:zlib:zlib:1.*.3:*:*:*:*:*:*:*', 'version'], ['cpe:2.3:a:zlib:zlib:1.3:*:*:english:*:*:*:*', 'language'], ['cpe:2.3:a:zlib:zlib:1.3:*:*:*:*:*:*:\\', 'other'],
  ])('%j is none', (text, why) => {
    expect(cpeProblem(text)).toContain(why);
  });
});
