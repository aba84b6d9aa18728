import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { parseBuildReference } from './build-reference.ts';

describe('a reference to a build', () => {
  it('is an id, a digest, or a name with a count', () => {
    expect(parseBuildReference('0198c0de-0000-7000-8000-000000000001')).toEqual({ kind: 'id', id: '0198c0de-0000-7000-8000-000000000001' });
    expect(parseBuildReference('bld_0198c0de-0000-7000-8000-000000000001')).toEqual({ kind: 'id', id: '0198c0de-0000-7000-8000-000000000001' });
    expect(parseBuildReference(`sha256:${sha256('x')}`)).toEqual({ kind: 'image', sha256: sha256('x') });
    expect(parseBuildReference('qemu-x86_64')).toEqual({ kind: 'name', name: 'qemu-x86_64', back: 0 });
    expect(parseBuildReference('qemu-x86_64~2')).toEqual({ kind: 'name', name: 'qemu-x86_64', back: 2 });
  });

  it('is never a digest or an id that was cut', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 63 }), (length) => {
      expect(parseBuildReference(sha256('x').slice(0, length)).kind).toBe('name');
    }));
  });

  it('is one of these or refused with its code, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      try {
        expect(['id', 'image', 'name']).toContain(parseBuildReference(text).kind);
      } catch (error) {
        expect(error).toMatchObject({ code: 'RECORDS.BAD_REFERENCE' });
      }
    }));
  });
});
