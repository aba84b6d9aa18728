import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';

import { expression } from '../../tests/support/expressions.ts';
import { checkLicenseText, type LicenseTextFinding } from './check-license-text.ts';
import { LICENSE_LIST } from './license-list.ts';
import { idsWithTextOf, LICENSE_TEXTS_SOURCE, matchLicenseText } from './match-license-text.ts';
import { licenseTextDigest } from './normalize-license-text.ts';
import { parseExpression } from './parse-expression.ts';

const MIT = `MIT License

Copyright (c) 2026 Some Body

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const CLAUSES = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other materials provided with the distribution.
`;
const THIRD = '\n3. Neither the name of the HOLDER nor the names of its contributors may be used to endorse or promote products derived from this software without specific prior written permission.\n';
const DISCLAIMER = 'THIS SOFTWARE IS PROVIDED BY THE HOLDER "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE HOLDER BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.\n';
const bsd = (holder: string, third: boolean): string => `Copyright 1999 ${holder}\n\n${CLAUSES}${third ? THIRD : ''}\n${DISCLAIMER}`.replaceAll('HOLDER', holder);

const best = (text: string): string => {
  const [first] = matchLicenseText(text);
  return first === undefined ? 'none' : `${first.ids[0]}${first.exact ? ' exact' : ''}`;
};

describe('a license text', () => {
  it('is known whatever its holder, its heading, its quotes and its line ends', () => {
    expect([MIT, MIT.replace('MIT License', 'The MIT License (MIT)'), MIT.replaceAll('"', '``'), MIT.replaceAll('\n', '\r\n'), MIT.toUpperCase()].map(best)).toEqual(Array.from({ length: 5 }, () => 'MIT exact'));
    expect([bsd('Foo, Inc.', false), bsd('THE AUTHOR AND CONTRIBUTORS', false), bsd('Regents of the University', true)].map(best)).toEqual(['BSD-2-Clause exact', 'BSD-2-Clause exact', 'BSD-3-Clause exact']);
  });

  it('has one digest however it is wrapped, indented or commented', () => {
    const wrap = fc.record({ width: fc.integer({ min: 30, max: 120 }), lead: fc.constantFrom('', '    ', ' * ', '// ', '# ', ';; ', 'dnl ') });
    fc.assert(fc.property(wrap, fc.constantFrom(MIT, bsd('Foo', true), bsd('The Foo Project', false)), ({ width, lead }, text) => {
      const lines = text.split('\n\n').flatMap((paragraph) => [...paragraph.replaceAll('\n', ' ').match(new RegExp(`.{1,${width}}(?:\\s|$)`, 'g')) ?? [], '']);
      expect(licenseTextDigest(lines.map((line) => `${lead}${line}`).join('\n'))).toBe(licenseTextDigest(text));
    }), { numRuns: 60 });
  });

  it('that says something else is not the same', () => {
    expect(best(MIT.replace('without restriction', 'for good, not evil'))).toBe('MIT');
    expect(licenseTextDigest(MIT.replace('sell copies', 'give away copies'))).not.toBe(licenseTextDigest(MIT));
    expect(licenseTextDigest(bsd('Foo', true))).not.toBe(licenseTextDigest(bsd('Foo', false)));
  });

  it('is found whole among others', () => {
    const found = matchLicenseText(`${bsd('Foo', true)}\n\nParts are under another license:\n\n${MIT}`).filter(({ contained }) => contained >= 0.95).map(({ ids }) => ids[0]);
    expect(found).toEqual(expect.arrayContaining(['BSD-3-Clause', 'MIT']));
  });

  it('that is none is like none', () => {
    expect(['', 'all rights reserved', 'lorem ipsum '.repeat(100), '\u0000'.repeat(10_000), '('.repeat(100_000)].map(best)).toEqual(['none', 'none', 'none', 'none', 'none']);
  });

  it.each([' ', '*', '*/ ', '\n', 'a\n\n', '(a', '<', 'copyright ', 'is provided by ', '\u201c'])('of a megabyte of %j is answered', (piece) => {
    expect(best(piece.repeat(Math.ceil((1 << 20) / piece.length)))).toBe('none');
  });

  it('is shared by licenses that differ in what is said beside it', () => {
    expect([idsWithTextOf('GPL-2.0-or-later')[0], idsWithTextOf('GPL-2.0-or-later').includes('GPL-2.0-only'), idsWithTextOf('LicenseRef-own')]).toEqual(['GPL-2.0-or-later', true, ['LicenseRef-own']]);
  });

  it('comes from the version of the list that expressions are read against', () => {
    expect([LICENSE_LIST.version, LICENSE_TEXTS_SOURCE]).toEqual(['3.28.0', 'spdx-license-list 6.12.0: spdx-full.json']);
  });
});

describe('a license file', () => {
  const rules = (text: string, declared: string, before?: string): string[] => checkLicenseText({ path: 'COPYING', text, declared: expression(declared), before }).map(({ severity, rule }: LicenseTextFinding) => `${severity} ${rule}`);

  it('that is what is declared, as before, raises nothing', () => {
    expect(rules(MIT, 'GPL-2.0-only OR MIT', MIT)).toEqual([]);
  });

  it('with other words under the same name is for review, with other line ends worth a note', () => {
    expect(rules(bsd('Foo', true), 'BSD-3-Clause', bsd('Foo', false))).toEqual(['warning text-changed']);
    expect(rules(MIT.replaceAll('\n', '\r\n'), 'MIT', MIT)).toEqual(['note text-reflowed']);
  });

  it('that is another license than the declared one is for review', () => {
    expect(rules(MIT, 'Apache-2.0')).toEqual(['warning text-not-declared']);
  });

  it('that nobody knows, or that asks for more than a license it holds, is worth a note', () => {
    expect(rules('Do what is right.', 'MIT')).toEqual(['note text-unknown']);
    const [more] = checkLicenseText({ path: 'COPYING', text: `${MIT}\nYou must also buy the author a beer of his choice in a place of his choice.\n`, declared: expression('MIT'), before: undefined });
    expect(more).toEqual({ severity: 'note', rule: 'text-unknown', message: 'COPYING is like no single license of the SPDX list; it holds more than the text of MIT, MIT-0' });
  });
});

it('the license files of our own packages are what the packages declare', async () => {
  const modules = join(import.meta.dirname, '../../node_modules');
  const names = (await readdir(modules)).toSorted().filter((name) => !name.startsWith('.') && !name.startsWith('@'));
  const outcomes = await Promise.all(names.map(async (name) => {
    const manifest = JSON.parse(await readFile(join(modules, name, 'package.json'), 'utf8').catch(() => '{}')) as { license?: unknown };
    const declared = typeof manifest.license === 'string' ? parseExpression(manifest.license).expression : undefined;
    const text = await readFile(join(modules, name, 'LICENSE'), 'utf8').catch(() => undefined);
    return declared?.kind !== 'license' || text === undefined ? [] : [{ name, matches: matchLicenseText(text)[0]?.ids.includes(declared.id) === true }];
  }));
  const judged = outcomes.flat();
  expect(judged.length).toBeGreaterThan(200);
  expect(judged.filter(({ matches }) => matches).length / judged.length).toBeGreaterThan(0.97);
});
