import fc from 'fast-check';

import { Cursors } from './cursors.ts';
import { nodeId, parseIdOf, parseNodeId } from './node-ids.ts';

const uuid = fc.uuid();

describe('an id', () => {
  it('is read back as it was written', () => {
    fc.assert(fc.property(uuid, fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), (id, name) => {
      fc.pre(!name.includes('\0') && name.isWellFormed());
      expect(parseNodeId(nodeId('Build', id))).toEqual({ type: 'Build', id, name: undefined });
      expect(parseNodeId(nodeId('Step', id, name))).toEqual({ type: 'Step', id, name });
    }));
  });

  it('has one spelling only', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), uuid, (tail, id) => {
      for (const text of [tail, `bld_${tail}`, `stp_${id}.${tail}`, `bld_${id}${tail}`]) {
        let key;
        try { key = parseNodeId(text); } catch (error) { expect(error).toMatchObject({ code: 'API.BAD_ID' }); continue; }
        expect(nodeId(key.type, key.id, key.name)).toBe(text);
      }
    }));
  });

  it('is good for its own type only, but for the bare id of a build', () => {
    const id = '01890000-0000-7000-8000-000000000000';
    expect(parseIdOf('Build', id).id).toBe(id);
    expect(() => parseIdOf('Configuration', id)).toThrow(expect.objectContaining({ code: 'API.BAD_ID' }));
    expect(() => parseIdOf('Build', nodeId('Image', id))).toThrow('this is the id of a Image, not of a Build');
  });
});

describe('a cursor', () => {
  const cursors = new Cursors('key');

  it('is read back as it was written, for the same list', () => {
    fc.assert(fc.property(fc.string(), fc.array(fc.oneof(fc.string(), fc.integer())), (list, values) => {
      expect(cursors.read(list, cursors.write(list, values))).toEqual(values);
      expect(() => cursors.read(`${list}x`, cursors.write(list, values))).toThrow(expect.objectContaining({ code: 'API.BAD_CURSOR' }));
    }));
  });

  it('of another key, or changed in any letter, is refused', () => {
    const cursor = cursors.write('list', ['a', 1]);
    expect(() => new Cursors('other').read('list', cursor)).toThrow(expect.objectContaining({ code: 'API.BAD_CURSOR' }));
    fc.assert(fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'AZaz09-_='), (at, letter) => {
      fc.pre(cursor[at] !== letter);
      expect(() => cursors.read('list', cursor.slice(0, at) + letter + cursor.slice(at + 1))).toThrow(expect.objectContaining({ code: 'API.BAD_CURSOR' }));
    }));
  });
});
