import fc from 'fast-check';
import { stringify } from 'yaml';

import { readYaml, YAML_MAX_BYTES } from './yaml-document.ts';

const read = (text: string | Uint8Array): ReturnType<typeof readYaml> => readYaml(typeof text === 'string' ? Buffer.from(text) : text, 'x.yaml');
const told = (text: string | Uint8Array): string[] => read(text).findings.map(({ line, rule }) => `${line} ${rule}`);

describe('reading hostile YAML', () => {
  test.each<[string, string | Uint8Array, string[]]>([
    ['an alias bomb', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n', ['1 yaml-alias', '2 yaml-alias', '2 yaml-alias', '2 yaml-alias', '3 yaml-alias', '3 yaml-alias']],
    ['a tag', 'a: !!js/function "x"\n', ['1 yaml-syntax', '1 yaml-tag']],
    ['a core tag', 'a: !!str 1\n', ['1 yaml-tag']],
    ['a merge key with an alias', 'a: 1\n<<: *b\n', ['2 yaml-alias']],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', ['3 duplicate-key']],
    ['__proto__', 'a: 1\n__proto__: { polluted: true }\n', ['2 yaml-key']],
    ['a key that is a list', '? [a]\n: 1\n', ['1 yaml-key']],
    ['a key that is a number', '1: a\n', ['1 yaml-key']],
    ['a NUL', 'a: 1\nb: "x\0"\n', ['2 control-character']],
    ['an escaped NUL', 'a: 1\nb: "x\\0"\n', ['2 control-character']],
    ['an escaped line break in a key', '"a\\nb": 1\n', ['1 control-character']],
    ['a bidirectional override', 'a: 1\nb: x # \u202e\n', ['2 control-character']],
    ['carriage returns', 'a: 1\r\nb: 2\r\n', ['1 control-character']],
    ['a byte order mark', '\ufeffa: 1\n', ['1 control-character']],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), ['0 yaml-syntax']],
    ['a directive', '%YAML 1.1\n---\na: yes\n', ['1 yaml-syntax']],
    ['two documents', 'a: 1\n---\nb: 2\n', ['2 yaml-syntax']],
    ['nothing', '', ['1 yaml-syntax']],
    ['a version that YAML respells', 'version: 1.20\n', ['1 ambiguous-number']],
    ['an old octal', 'mode: 0755\n', ['1 ambiguous-number']],
    ['a new octal', 'mode: 0o755\n', ['1 ambiguous-number']],
    ['a number beyond all bounds', 'size: 99999999999999999999999999\n', ['1 ambiguous-number']],
    ['infinity', 'size: .inf\n', ['1 ambiguous-number']],
    ['more than 256 KiB', `a: ${'x'.repeat(YAML_MAX_BYTES)}`, ['0 file-too-large']],
    ['maps in maps in maps', `${Array.from({ length: 30 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')}\n`, ['18 yaml-nesting']],
  ])('refuses %s', (_what, text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  test.each([
    ['brackets', '['.repeat(200_000)], ['compact maps', 'a: '.repeat(80_000)], ['compact lists', '- '.repeat(120_000)], ['explicit keys', '? '.repeat(100_000)],
  ])('refuses thousands of nested %s without falling over', (_what, text) => {
    expect(new Set(read(text).findings.map(({ rule }) => rule))).toEqual(new Set(['yaml-syntax']));
    expect(read(text).findings.length).toBeLessThanOrEqual(20);
  });

  test('tens of thousands of keys take no quadratic time', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `key${i}: 1`).join('\n');
    expect(read(text).findings).toEqual([]);
  });

  test('a message shows no more than a piece of a huge key', () => {
    const { findings } = read(`${'k'.repeat(900)}: 1\n${'k'.repeat(900)}: 2\n`);
    expect(findings).toHaveLength(1);
    expect(findings[0]!.message.length).toBeLessThan(200);
  });

  test('`__proto__` changes no object', () => {
    read('__proto__: { polluted: true }\n');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => { read(bytes); }));
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab:-?[]{}&*!|>%@`#"\'\n \t,0'), maxLength: 60 }), (text) => { read(text); }));
  });
});

describe('reading YAML', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.boolean(), fc.integer(), fc.string({ unit: fc.constantFrom(...'abc -:#\'"\n'), maxLength: 12 }), fc.array(tie('value'), { maxLength: 4 }), tie('map')),
    map: fc.dictionary(fc.stringMatching(/^[a-z_]{1,8}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  })).map;

  test('gives back the data that another writer wrote', () => {
    fc.assert(fc.property(plain, (value) => {
      fc.pre(JSON.stringify(value) !== undefined);
      const { document, findings } = read(stringify(value, { aliasDuplicateObjects: false, blockQuote: false, version: '1.2' }));
      expect(findings).toEqual([]);
      expect(document!.value).toEqual(value);
    }));
  });

  test('knows the line of every key and item, and of what encloses something missing', () => {
    const { document } = read('format: 1\nlist:\n  - a\n  - b: 1\n    c:\n      d: 2\n');
    const line = document!.lineOf;
    expect([line([]), line(['list']), line(['list', 0]), line(['list', 1, 'b']), line(['list', 1, 'c', 'd']), line(['list', 1, 'c', 'zz']), line(['list', 9]), line(['zz'])])
      .toEqual([1, 2, 3, 4, 6, 5, 2, 1]);
  });
});
