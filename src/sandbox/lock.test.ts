import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';

import { sha256, type Sha256 } from '../foundation/digest.ts';
import { compareLocks, parseLock, readLock, type LockedPackage, type SandboxLock } from './lock.ts';
import { lockText } from './update-lock.ts';

const digest = (text: string): Sha256 => sha256(text);
const locked = (name: string, version = '1'): LockedPackage => ({
  name, version, architecture: 'amd64', sha256: digest(`${name} ${version}`), sizeBytes: 10, pool: `pool/main/${name}_${version}_amd64.deb`,
});
const lock = (...packages: LockedPackage[]): SandboxLock => ({
  format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', assembly: 1, release: { date: 'a day', inRelease: digest('release') },
  rootTree: digest('root'), layer: digest('layer'), packages,
});

describe('a lock', () => {
  it('is read as it was written, one package a line', () => {
    const text = lockText(lock(locked('a'), locked('b')));
    expect(parseLock(text, 'lock.json')).toEqual(lock(locked('a'), locked('b')));
    expect(text.split('\n').filter((line) => line.includes('"sizeBytes"'))).toHaveLength(2);
  });

  it('of which a part was written is refused, wherever it ends', () => {
    const text = lockText(lock(locked('a'), locked('b')));
    fc.assert(fc.property(fc.nat(text.trimEnd().length - 1), (length) => {
      expect(() => parseLock(text.slice(0, length), 'x')).toThrow(expect.objectContaining({ code: 'SANDBOX.BAD_LOCK' }));
    }));
  });

  it('of this checkout is as `sandbox update --write` would write it', async () => {
    const path = join(import.meta.dirname, '../../sandbox/lock.json');
    expect(lockText(await readLock(path))).toBe(await readFile(path, 'utf8'));
  });

  it.each<[string, (lock: Record<string, unknown>) => void]>([
    ['another format', (one) => { one['format'] = 2; }],
    ['a cut digest of the root', (one) => { one['rootTree'] = digest('x').slice(0, 12); }],
    ['no layer', (one) => { delete one['layer']; }],
    ['no packages', (one) => { one['packages'] = []; }],
    ['a package without a path', (one) => { one['packages'] = [{ ...locked('a'), pool: '' }]; }],
    ['a package without a size', (one) => { one['packages'] = [{ ...locked('a'), sizeBytes: -1 }]; }],
    ['a package that is none', (one) => { one['packages'] = [null]; }],
  ])('with %s is refused by name of its file', (_what, spoil) => {
    const spoiled = JSON.parse(lockText(lock(locked('a')))) as Record<string, unknown>;
    spoil(spoiled);
    expect(() => parseLock(JSON.stringify(spoiled), 'some/lock.json')).toThrow(expect.objectContaining({ code: 'SANDBOX.BAD_LOCK', place: 'some/lock.json' }));
  });

  it('that is no JSON, or any other JSON, is refused with its code', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => parseLock(text, 'x')).toThrow(expect.objectContaining({ code: 'SANDBOX.BAD_LOCK' }));
    }));
  });
});

describe('the difference of two locks', () => {
  it('names what came, went and changed, in order of name', () => {
    expect(compareLocks(lock(locked('b'), locked('c'), locked('same')), lock(locked('c', '2'), locked('a'), locked('same')))).toEqual([
      { kind: 'added', name: 'a', version: '1' }, { kind: 'removed', name: 'b', version: '1' }, { kind: 'changed', name: 'c', from: '1', to: '2' },
    ]);
  });

  it('counts other bytes under the same version as a change', () => {
    const rebuilt = { ...locked('a'), sha256: digest('other') };
    expect(compareLocks(lock(locked('a')), lock(rebuilt))).toEqual([{ kind: 'changed', name: 'a', from: '1', to: '1' }]);
  });

  it('is every package where there was no lock, and nothing between equals', () => {
    expect(compareLocks(undefined, lock(locked('a')))).toHaveLength(1);
    expect(compareLocks(lock(locked('a')), lock(locked('a')))).toEqual([]);
  });
});
