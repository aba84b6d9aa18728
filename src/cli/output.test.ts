import { durationText, harmless, printFacts, printSection, printTable, sizeText, type Terminal } from './output.ts';

function paper(): Terminal & { text: () => string } {
  let text = '';
  return { data: (piece) => { text += piece; }, note: () => undefined, interactive: false, columns: 80, text: () => text };
}

describe('what a build printed', () => {
  test.each([
    ['a title', '\u001b]0;gotcha\u0007', '\\x1b]0;gotcha\\x07'], ['a cursor', 'a\rb\u001b[2A', 'a\\x0db\\x1b[2A'], ['a C1 control', '\u009b1m', '\\x9b1m'],
    ['turned text', 'a\u202eb', 'a\\x202eb'], ['a NUL', '\u0000', '\\x00'],
  ])('cannot act on a terminal: %s', (_what, hostile, shown) => { expect(harmless(hostile)).toBe(shown); });

  test('keeps its lines, tabs and letters', () => { expect(harmless('ä\tb\n😀')).toBe('ä\tb\n😀'); });
});

describe('a table', () => {
  test('has columns as wide as their widest cell, and one line a row whatever is in it', () => {
    const terminal = paper();
    printTable(terminal, ['name', 'why'], [['a', 'one\ntwo'], ['longer', 'x\u001b[1m']]);
    expect(terminal.text()).toBe('name    why\na       one two\nlonger  x\\x1b[1m\n');
  });

  test('is left out with its title where it has no rows', () => {
    const terminal = paper();
    printSection(terminal, 'patches', ['file'], []);
    printFacts(terminal, [['a', '1'], ['long', '2']]);
    expect(terminal.text()).toBe('a     1\nlong  2\n');
  });
});

test.each([
  [0, '0.0 s'], [4_240, '4.2 s'], [9_949, '9.9 s'], [9_950, '10 s'], [59_499, '59 s'], [59_500, '1 min 00 s'], [119_600, '2 min 00 s'], [3_599_900, '1 h 00 min'], [3_720_000, '1 h 02 min'],
])('%d ms is told as %s', (ms, text) => { expect(durationText(ms)).toBe(text); });

test.each([[0, '0 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [1.5 * 2 ** 20, '1.5 MiB'], [2 ** 41, '2.0 TiB']])('%d bytes are told as %s', (bytes, text) => { expect(sizeText(bytes)).toBe(text); });
