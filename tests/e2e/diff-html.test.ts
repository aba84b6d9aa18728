import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { compareTrees } from '../../src/compare/compare.ts';
import { htmlReport } from '../../src/compare/html-report.ts';
import type { ToldComparison } from '../../src/compare/told.ts';
import { pathBytes } from '../../src/tree/entry.ts';
import { Chromium, type Page } from '../support/chromium.ts';
import { otherImage } from '../support/compared-image.ts';
import { sampleTree, type SampleTree } from '../support/sample-trees.ts';

type Rows = Parameters<typeof sampleTree>[0];

const LONG = 'x'.repeat(240);
const HOSTILE = ['<script>window.hit=1</script>', '"><img src=http://192.0.2.1/x onerror=window.hit=1>', '</details></body><iframe src=http://192.0.2.1>', `\u202etxt.exe`, '\u001b[2J', 'שלום עולם', 'a\u0301'.repeat(40), '​'.repeat(9), LONG];
const file = (content: string, mode = 0o644): Rows[number][1] => ({ kind: 'file', mode, uid: 0, gid: 0, content: Buffer.from(content) });
const side = ({ tree, blobs }: SampleTree): Parameters<typeof compareTrees>[0] => ({ tree, facts: new Map(), content: (path) => { const entry = tree.entries.get(path); return entry?.kind === 'file' ? [blobs.blobs.get(entry.sha256)!] : undefined; } });
const named = (names: readonly string[]): Rows => names.map((name) => [pathBytes(`h/${name.replaceAll('/', '∕')}`), file(name)]);

/** A page of everything that a page can have, `names` in every place where an image or a record names something. */
async function everything(names: readonly string[]): Promise<ToldComparison> {
  const common: Rows = [['bin/shell', file('one')], ['etc/motd', file('hello\n')], ['etc/shadow', file('x', 0o600)]];
  const comparison = await compareTrees(side(sampleTree(common)), side(sampleTree([['bin/shell', file('other', 0o4755)], ['etc/motd', file('hello, world\n')], ...named(names)])));
  return {
    comparison: { ...comparison, layout: names.map((name) => ({ place: name, key: 'uuid', left: name, right: null, cause: 'fs-layout', noise: true })), findings: names.map((name) => ({ side: 'left', severity: 'error', place: name, rule: 'bad', message: name })) },
    images: [otherImage('rootfs.tar', null), ...names.map((name) => otherImage(name, name))], owner: ({ path }) => `owner of ${path}`,
    packages: [
      { name: 'shell', kind: 'changed', before: '1.0', after: '1.1', reasons: [{ reason: 'version', detail: '1.0 → 1.1' }, { reason: 'option', detail: '+config.CONFIG_UPTIME=n' }], files: 1, sizeDelta: 2, license: { before: 'MIT', after: 'GPL-2.0-only' } },
      ...names.map((name) => ({ name, kind: 'added' as const, after: name, reasons: [{ reason: 'option' as const, detail: name }], files: 1, sizeDelta: 1 })),
    ],
  };
}

const SCREENS = [[1280, 'light'], [1280, 'dark'], [375, 'light'], [375, 'dark']] as const;

/** Texts whose contrast to what lies behind them is below 4.5 (WCAG 2.1, 1.4.3), with that number. */
const POOR_CONTRAST = `(() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * x + 0.7152 * y + 0.0722 * z; };
  const behind = (at) => { for (; at; at = at.parentElement) { const color = numbers(getComputedStyle(at).backgroundColor); if (color.length === 3 || color[3] === 1) return color; } return [255, 255, 255]; };
  const texts = [...document.body.querySelectorAll('*')].filter((at) => [...at.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''));
  return texts.map((at) => { const [a, b] = [light(numbers(getComputedStyle(at).color)), light(behind(at))]; return [at.tagName + ' ' + at.textContent.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; }).filter(([, ratio]) => ratio < 4.5);
})()`;

describe('the report in Chromium', () => {
  let browser: Chromium;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'report-'));
    browser = await Chromium.open();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await rm(directory, { recursive: true });
  });

  const shown = async (text: string, width = 1280, scheme: 'light' | 'dark' = 'light'): Promise<Page> => {
    const path = join(directory, 'report.html');
    await writeFile(path, text);
    return browser.page(path, { width, height: width > 500 ? 800 : 812, scheme });
  };
  const report = async (names: readonly string[] = []): Promise<string> => htmlReport(await everything(names), { left: names[0] ?? 'plain', right: 'loud', maxBytes: 100_000, firings: [{ rule: 'setuid', where: '/bin/shell', why: 'setuid gained' }, ...names.map((name) => ({ rule: name, where: name, why: name }))] });

  test('asks for nothing but itself, whatever it is made to show, and the console stays silent', async () => {
    const page = await shown(await report(HOSTILE));
    expect([page.requests, page.complaints, await page.ask('window.hit ?? null'), await page.ask('document.scripts.length')]).toEqual([[pathToFileURL(join(directory, 'report.html')).href], [], null, 0]);
  });

  test('would be seen to ask for something: the check is no sham', async () => {
    const page = await shown('<!DOCTYPE html><title>x</title><img src="http://192.0.2.1/x"><script>window.hit=1;console.error("heard")</script>');
    await page.ask('new Promise((resolve) => { const image = document.images[0]; if (image.complete) resolve(); else image.onerror = resolve; })');
    expect([page.requests.at(-1), await page.ask('window.hit'), page.complaints.some((line) => line.includes('heard'))]).toEqual(['http://192.0.2.1/x', 1, true]);
  });

  test('has its answer on the first screen: verdict, rules that fire, packages, causes and the first path', async () => {
    const page = await shown(await report());
    const bottoms = await page.ask<number[]>(`['.verdict', '#rules + table', '#packages + table', '#causes + table', 'summary'].map((selector) => document.querySelector(selector).getBoundingClientRect().bottom)`);
    expect(bottoms.every((bottom) => bottom > 0 && bottom <= 800)).toBe(true);
    const text = await page.ask<string>('document.body.innerText');
    for (const expected of ['Different: content differs, metadata differs', 'setuid gained', '1.0 → 1.1', 'CONFIG_UPTIME=n', 'license MIT → GPL-2.0-only', '~ /bin/shell', 'rootfs.tar']) expect(text).toContain(expected);
  });

  test('folds each path, and unfolds it at a click, without a script', async () => {
    const page = await shown(await report());
    const visible = (): Promise<boolean> => page.ask(`document.querySelector('details > div').checkVisibility({ contentVisibilityAuto: true })`);
    expect(await visible()).toBe(false);
    await page.click('summary');
    expect([await visible(), await page.ask<string>(`document.querySelector('details > div').innerText`)]).toEqual([true, expect.stringContaining('owner: owner of ')]);
  });

  test('shows hostile names as text: nothing hidden, nothing turned around', async () => {
    const page = await shown(await report(HOSTILE));
    const text = await page.ask<string>('document.body.textContent');
    for (const expected of ['<script>window.hit=1</script>', '"><img src=http://192.0.2.1/x onerror=window.hit=1>', String.raw`\u{202e}txt.exe`, String.raw`\x1b[2J`, 'שלום עולם', String.raw`\u{200b}`]) expect(text).toContain(expected);
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/);
    expect(await page.ask(`document.querySelectorAll('img, iframe, script, object, link, form').length`)).toBe(0);
  });

  test.each(SCREENS)('fits a screen of %d pixels in the %s scheme, and can be read there', async (width, scheme) => {
    const page = await shown(await report(HOSTILE), width, scheme);
    await page.ask(`document.querySelectorAll('details').forEach((at) => { at.open = true; })`);
    expect(await page.ask('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expect(await page.ask(POOR_CONTRAST)).toEqual([]);
    expect(await page.ask(`getComputedStyle(document.body).backgroundColor`)).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 22, 22)');
  });

  test('is judged by a contrast that is measured: grey on grey is found', async () => {
    const page = await shown('<!DOCTYPE html><title>x</title><body style="background:#888"><p style="color:#777">grey');
    expect(await page.ask<unknown[]>(POOR_CONTRAST)).toHaveLength(1);
  });

  test('is whole on paper: what is folded is printed, on white', async () => {
    const page = await shown(await report(HOSTILE), 1280, 'dark');
    await page.onPaper();
    expect(await page.ask(`[...document.querySelectorAll("details > div")].filter((at) => !at.checkVisibility({ contentVisibilityAuto: true }) || at.getBoundingClientRect().height === 0).map((at) => at.parentElement.innerText.slice(0, 80))`)).toEqual([]);
    expect(await page.ask(`getComputedStyle(document.body).backgroundColor`)).toBe('rgb(255, 255, 255)');
    const pdf = (await page.pdf()).toString('latin1');
    expect([pdf.slice(0, 5), (pdf.match(/\/Type ?\/Page\b/g) ?? []).length > 1]).toEqual(['%PDF-', true]);
  });
});
