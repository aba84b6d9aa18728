import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../foundation/clock.ts';
import { sha256 } from '../foundation/digest.ts';
import { serving, startMisbehavingServer } from '../../tests/support/misbehaving-server.ts';
import { createSourceFetcher } from './fetcher.ts';
import { checkUrl, isPublicAddress, publicLookup, shownUrl } from './url-guard.ts';

describe('what a recipe may name', () => {
  it.each([
    'http://127.0.0.1/', 'http://127.1/', 'http://0x7f000001/', 'http://2130706433/', 'http://017700000001/', 'http://0/',
    'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://[64:ff9b::7f00:1]/', 'http://[fe80::1]/', 'http://[fd00::1]/', 'http://[2002:7f00:1::]/',
    'http://10.1.2.3/', 'http://172.31.0.1/', 'http://192.168.0.1/', 'http://100.64.0.1/', 'http://169.254.169.254/latest/meta-data',
    'http://224.0.0.1/', 'http://255.255.255.255/',
    'file:///etc/passwd', 'ftp://example.org/x', 'gopher://example.org/x', 'data:text/plain,x', 'unix:/var/run/docker.sock',
    'http://user:word@example.org/', 'http://example.org@127.0.0.1/', 'http://example.org:22/', 'https://example.org:5432/', 'nonsense', '', '//example.org/x',
  ])('refuses %s', (text) => {
    expect(checkUrl(text, 'recipe', [])).toHaveProperty('refused');
  });

  it.each(['http://example.org/a.tar.gz', 'https://example.org:8443/a', 'http://93.184.216.34/a', 'https://[2606:2800:220:1::1]/a'])('allows %s', (text) => {
    expect(checkUrl(text, 'recipe', [])).toHaveProperty('url');
  });

  it('allows a private host that the operator named, by host or by host and port', () => {
    expect(checkUrl('http://10.0.0.1:99/x', 'recipe', ['10.0.0.1'])).toHaveProperty('url');
    expect(checkUrl('http://10.0.0.1:99/x', 'recipe', ['10.0.0.1:99'])).toHaveProperty('url');
    expect(checkUrl('http://10.0.0.1:98/x', 'recipe', ['10.0.0.1:99'])).toHaveProperty('refused');
    expect(checkUrl('file://10.0.0.1/x', 'recipe', ['10.0.0.1'])).toHaveProperty('refused');
  });
});

it('resolves no name to an address that is not public', async () => {
  const answer = await new Promise((resolve) => publicLookup('localhost', { all: true }, (error, found) => resolve(error?.code ?? found)));
  expect(answer).toBe('EPRIVATEADDRESS');
});

it('counts as public only what the whole Internet reaches', () => {
  expect(['8.8.8.8', '1.1.1.1', '2606:4700::1111'].map(isPublicAddress)).toEqual([true, true, true]);
  expect(['localhost', '', '::', '::1', '2001:db8::1', '198.18.0.1', '192.0.0.170'].some(isPublicAddress)).toBe(false);
});

describe('at the connection', () => {
  const bytes = Buffer.from('secret');
  let directory: string;
  beforeAll(async () => { directory = await mkdtemp(join(tmpdir(), 'provenroot-sources-')); });
  afterAll(() => rm(directory, { recursive: true }));
  const ask = (urls: string[], privateHosts: string[]) => createSourceFetcher({
    clock: systemClock, store: { hasBlob: async () => false, putBlob: async () => { throw new TypeError('nothing may be stored'); } },
    origins: { mirrors: [], debianMirrors: [] }, partialDirectory: directory, offline: false, privateHosts,
  }).fetch({ file: 'x', sha256: sha256('other'), sizeBytes: bytes.length, urls });

  it('refuses a name of this machine and a redirect to it before a byte is asked for', async () => {
    const inner = await startMisbehavingServer({ '/': serving.whole(bytes) });
    const port = inner.host.split(':')[1];
    const outer = await startMisbehavingServer({
      '/name': serving.redirect(`http://localhost:${port}/`), '/address': serving.redirect(`${inner.url}/`), '/file': serving.redirect('file:///etc/passwd'),
    });
    try {
      for (const path of ['/name', '/address', '/file']) {
        await expect(ask([`${outer.url}${path}`], [outer.host])).rejects.toMatchObject({ code: 'SOURCES.UNREACHABLE' });
      }
      expect(inner.asked).toEqual([]);
    } finally {
      await inner.close();
      await outer.close();
    }
  });
});

it('shows a URL without credentials and query', () => {
  expect(shownUrl('https://u:p@example.org/a?token=1#x')).toBe('https://example.org/a');
  expect(shownUrl('nonsense')).toBe('nonsense');
});
