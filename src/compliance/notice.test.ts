import fc from 'fast-check';

import { capturedTexts, licensedInventory, MIT_TEXT, type LicensedRow } from '../../tests/support/licensed-inventory.ts';
import { copyrightLines } from './copyright-lines.ts';
import { noticeHtml, noticeText } from './notice.ts';

type Rows = Readonly<Record<string, LicensedRow>>;

const asText = (rows: Rows): string => [...noticeText(licensedInventory(rows), capturedTexts(rows))].join('');
const asHtml = (rows: Rows): string => [...noticeHtml(licensedInventory(rows), capturedTexts(rows))].join('');

const TWO: Rows = { alpha: { license: 'MIT', text: MIT_TEXT }, beta: { license: 'MIT AND GPL-2.0-only', text: MIT_TEXT }, tool: { license: 'GPL-3.0-only', scope: 'host', text: 'tool text' } };

describe('the notice', () => {
  it('lists licenses with their packages, packages with their notices, and each text once', () => {
    const text = asText(TWO);
    expect(text).toContain('\nGPL-2.0-only\n    beta\nMIT\n    alpha, beta\n');
    expect(text).toContain('\nalpha 1.0\n    License: MIT\n    Text: [1] (COPYING)\n    Copyright (c) 2021 Jo Example\n');
    expect(text.split('Permission is hereby granted').length).toBe(2);
    expect(text).toContain('\n[1] sha256:');
    expect(text).toContain('\nOf: alpha, beta\n');
  });

  it('says nothing of what only builds', () => {
    expect(asText(TWO)).not.toMatch(/tool|GPL-3\.0/);
  });

  it('says which text was not found', () => {
    const inventory = licensedInventory(TWO);
    expect([...noticeText(inventory, new Map())].join('')).toContain('alpha 1.0\n    License: MIT\n    Text not found: COPYING\n');
  });

  it('names a license by what was decided', () => {
    expect(asText({ a: { license: 'MIT OR ISC', concluded: 'ISC' } })).toContain('License: ISC\n');
  });

  it('is the same whatever the order of what it is made of', () => {
    const inventory = licensedInventory(TWO);
    const other = { ...inventory, components: inventory.components.toReversed(), relations: inventory.relations.toReversed(), files: inventory.files.toReversed() };
    const texts = new Map([...capturedTexts(TWO)].toReversed());
    expect([...noticeText(other, texts)].join('')).toBe(asText(TWO));
    expect([...noticeHtml(other, texts)].join('')).toBe(asHtml(TWO));
  });
});

describe('a hostile text', () => {
  const hostile = fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", '\u001b', '\r', '\n', '\u0000', '\u009b', '\u202e', '\u2028', 'script', '[1]', ' ', 'a', '=', '</pre>', '-->'), maxLength: 60 });

  it('reaches a terminal without a control character and cannot pass for a heading', () => {
    fc.assert(fc.property(hostile, (text) => {
      const written = asText({ [`name${text.replaceAll(/\s/g, '')}`]: { license: 'MIT', text, version: text } });
      expect(written).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e]/);
      const body = written.slice(written.indexOf('\nLICENSE TEXTS\n')).split('\n').slice(3);
      expect(body.filter((line) => /^\S/.test(line)).length).toBeLessThanOrEqual(2);
    }), { numRuns: 200 });
  });

  it('stands in a page as text: the page has no tag that the page of harmless texts has not', () => {
    const tags = (page: string): string[] => [...new Set(page.match(/<\/?[a-z]+[^>]*>/gi) ?? [])].toSorted();
    const harmless = new Set(tags(asHtml({ name: { license: 'MIT', text: '(c) 2020 A\nx', version: '1' } })));
    fc.assert(fc.property(hostile, (text) => {
      const page = asHtml({ name: { license: `MIT ${text}`, text: `(c) 2020 A\n${text}`, version: text } });
      expect(tags(page).filter((tag) => !harmless.has(tag))).toEqual([]);
    }), { numRuns: 200 });
  });

  it('stands in a page whole', () => {
    const text = 'a <b> & "c" \'d\'\n\n  e\n';
    const page = asHtml({ name: { license: 'MIT', text } });
    const found = /<pre>\n([\s\S]*?)<\/pre>/.exec(page)![1]!;
    expect(found.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')).toBe(text);
  });
});

it('a page loads nothing and runs nothing', () => {
  const page = asHtml(TWO);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<script|<img|<link|<iframe|\bsrc=|\bon[a-z]+=|href="(?!#)/i);
});

describe('copyright notices', () => {
  it.each([
    ['Copyright (c) 2021 Jo Example', 'Copyright (c) 2021 Jo Example'], [' * Copyright 1999-2004, Some Corp.', 'Copyright 1999-2004, Some Corp.'], ['(C) 1995-2022 Jean and Mark', '(C) 1995-2022 Jean and Mark'],
    ['© 2020 Müller', '© 2020 Müller'], ['Portions Copyright (C) 2001 X', 'Portions Copyright (C) 2001 X'], ['/* Copyright by The Authors */', 'Copyright by The Authors'],
    ['Copyright (C) 1989 Free Software Foundation, Inc.', 'Copyright (C) 1989 Free Software Foundation, Inc.'],
  ])('are found in %j', (line, found) => {
    expect(copyrightLines(`x\n${line}\ny`)).toEqual([found]);
  });

  it.each(['The above copyright notice and this permission notice shall be included', 'Copyright (C) <year>  <name of author>', 'Copyright [yyyy] [name of copyright owner]', 'copyright holders be liable', 'copyright law', 'Copyright and license'])('are not seen in %j', (line) => {
    expect(copyrightLines(line)).toEqual([]);
  });

  it('of the license document itself are left out', () => {
    const head = ' Copyright (C) 1989, 1991 Free Software Foundation, Inc.,\n 51 Franklin Street, Boston, USA\n Everyone is permitted to copy and distribute verbatim copies\n of this license document';
    expect(copyrightLines(`Copyright (C) 2001 Jo\n\n${head}`)).toEqual(['Copyright (C) 2001 Jo']);
  });

  it.each(['copyright ', '(c) ', '© (c) copyright: ', 'portions ', '<'])('are looked for in a megabyte of %j to an end', (piece) => {
    expect(copyrightLines(`${piece.repeat(200)}\n`.repeat(Math.ceil((1 << 20) / (piece.length * 200)))).length).toBeLessThanOrEqual(200);
  });
});
