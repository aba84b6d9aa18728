import type { Source } from '../catalog/model.ts';
import { sha256 } from '../foundation/digest.ts';
import { cpeOf, originatorOf, packageUrls } from './package-urls.ts';

const source = (...urls: string[]): Source => ({ file: 'a.tar.gz', sha256: sha256('a'), sizeBytes: 1, urls, origin: 'pristine' });
const CHECKSUM = `checksum=sha256:${sha256('a')}`;

describe('package URLs', () => {
  it('puts a registry\'s name before a forge\'s, and a generic one last', () => {
    expect(packageUrls({ name: 'thing', version: '1.0', purl: 'pkg:pypi/thing@1.0', sources: [source('https://github.com/Some/Thing/archive/refs/tags/v1.0.tar.gz')] })).toEqual([
      'pkg:pypi/thing@1.0', 'pkg:github/some/thing@v1.0',
      `pkg:generic/thing@1.0?${CHECKSUM}&download_url=https:%2F%2Fgithub.com%2FSome%2FThing%2Farchive%2Frefs%2Ftags%2Fv1.0.tar.gz`,
    ]);
  });

  it('says more than a plain generic name where a source is known, and escapes what is no letter', () => {
    expect(packageUrls({ name: 'a+b', version: '1:2', purl: 'pkg:generic/a%2Bb@1:2', sources: [source('https://example.org/a b.tar?x=(1)')] })).toEqual([
      `pkg:generic/a%2Bb@1:2?${CHECKSUM}&download_url=https:%2F%2Fexample.org%2Fa%20b.tar%3Fx%3D%281%29`,
    ]);
  });

  it('is never empty', () => {
    expect(packageUrls({ name: 'bare', version: '', sources: [] })).toEqual(['pkg:generic/bare']);
  });
});

describe('CPE and originator', () => {
  it('infers a CPE from a forge alone, and says so', () => {
    const github = source('https://github.com/Some/Thing/releases/download/v1.0+2/thing.tar.gz');
    expect(cpeOf({ version: '1.0+2', sources: [github] })).toEqual({ value: 'cpe:2.3:a:some:thing:1.0\\+2:*:*:*:*:*:*:*', basis: 'inferred' });
    expect(cpeOf({ version: '1.0', sources: [source('https://example.org/thing.tar.gz')] })).toBeUndefined();
    expect(cpeOf({ version: '1.0', sources: [github], cpe: 'cpe:2.3:a:x:y:1.0:*:*:*:*:*:*:*' })).toMatchObject({ basis: 'declared' });
  });

  it('names the forge\'s owner, else the homepage\'s host, else nobody', () => {
    expect(originatorOf({ purl: 'pkg:github/some/thing@1', sources: [] })).toEqual({ name: 'some', url: 'https://github.com/some', basis: 'forge-owner' });
    expect(originatorOf({ homepage: 'https://example.org/thing', sources: [] })).toEqual({ name: 'example.org', url: 'https://example.org/thing', basis: 'homepage' });
    expect(originatorOf({ sources: [] })).toBeUndefined();
  });
});
