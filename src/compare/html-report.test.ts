import { parse, type DefaultTreeAdapterMap } from 'parse5';

import { otherImage } from '../../tests/support/compared-image.ts';
import { everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { pathBytes, type PathBytes } from '../tree/entry.ts';
import { compareTrees } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { DEFAULT_REPORT_BYTES, htmlReport, type ReportOptions } from './html-report.ts';
import type { ToldComparison } from './told.ts';

type Node = DefaultTreeAdapterMap['node'];

interface Page { elements: string[]; attributes: string[]; text: string; problems: string[] }

/** As a browser reads it, comments counted as elements. */
function read(html: string): Page {
  const page: Page = { elements: [], attributes: [], text: '', problems: [] };
  const visit = (node: Node): void => {
    if ('attrs' in node) page.attributes.push(...node.attrs.map(({ name, value }) => `${node.nodeName} ${name}=${value}`));
    if (node.nodeName === '#text' && 'value' in node) page.text += node.value;
    else page.elements.push(node.nodeName);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  };
  visit(parse(html, { onParseError: ({ code }) => page.problems.push(code) }));
  return page;
}

const HARMLESS = new Set(['#document', '#documentType', 'html', 'head', 'meta', 'title', 'style', 'body', 'h1', 'h2', 'p', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'ul', 'li', 'details', 'summary', 'div', 'br', 'b', 'span', 'nav', 'a']);
const side = ({ tree, blobs }: SampleTree): Parameters<typeof compareTrees>[0] => ({ tree, facts: new Map(), content: (path) => { const entry = tree.entries.get(path); return entry?.kind === 'file' ? [blobs.blobs.get(entry.sha256)!] : undefined; } });
const told = (comparison: Comparison, more: Partial<ToldComparison> = {}): ToldComparison => ({ comparison, images: [], packages: [], owner: () => 'hello', ...more });
const OPTIONS: ReportOptions = { left: 'one', right: 'other', maxBytes: DEFAULT_REPORT_BYTES };

const HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onmouseover='x", '</details></body></html><iframe src="http://x">', '&lt;b&gt;', '<!--', '</style><style>*{}', '\u202etxt.exe', '\u0000\u001b[2J', '\ud800'];

describe('the report as a page', () => {
  test('stands alone: nothing is loaded, no script runs, and no reader finds fault with it', async () => {
    const page = read(htmlReport(told(await compareTrees(side(everything()), side(sampleTree([['etc/motd', { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from('x') }]])))), OPTIONS));
    expect(page.problems).toEqual([]);
    expect(page.elements.filter((name) => !HARMLESS.has(name))).toEqual([]);
    expect(page.attributes.filter((one) => /^(src|href=(?!#[a-z]+$)|on\w+|style|action)/.test(one.split(' ')[1]!))).toEqual([]);
    expect(page.attributes).toContain("meta content=default-src 'none'; style-src 'unsafe-inline'");
  });

  test.each(HOSTILE)('keeps as text whatever a hostile image calls something: %j', async (name) => {
    const path = pathBytes(name.replaceAll('/', '∕').replaceAll('\0', '').toWellFormed());
    const one = sampleTree([[path, { kind: 'file', mode: 0o644, uid: 0, gid: 0, content: Buffer.from(name), xattrs: { [`user.${name}`]: name } }], ['link', { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: path }]]);
    const comparison: Comparison = {
      ...await compareTrees(side(sampleTree([])), side(one)), layout: [{ place: name, key: name, left: name, right: null, cause: 'fs-layout', noise: true }], findings: [{ side: 'left', severity: 'error', place: name, rule: name, message: name }],
    };
    const changes = comparison.changes.map((change) => ({ ...change, parts: [{ name, kind: 'added' as const, leftBytes: 0, rightBytes: 1 }], causes: [{ code: 'unknown' as const, confidence: 0, coverage: 1, evidence: [name] }], inside: comparison }));
    const page = read(htmlReport(told({ ...comparison, changes }, {
      images: [otherImage(name, name)], owner: () => name,
      packages: [{ name, kind: 'changed', before: name, after: '2', reasons: [{ reason: 'option', detail: name }], files: 1, sizeDelta: 1, license: { before: name, after: name } }],
    }), { ...OPTIONS, left: name, right: name, firings: [{ rule: name, where: name, why: name }] }));
    expect(page.problems).toEqual([]);
    expect(page.elements.filter((element) => !HARMLESS.has(element))).toEqual([]);
    expect(page.attributes.filter((one_) => !/^(html lang|meta |(p|b|span) class=[a-z ]+$|td (title=[a-z ]+|colspan=4)$|h2 id=[a-z]+$|a href=#[a-z]+$|body)/.test(one_))).toEqual([]);
    // eslint-disable-next-line no-control-regex
    expect(page.text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e\ufffe\uffff]/);
    if (/^[\x20-\x7e]*$/.test(name)) expect(page.text).toContain(name);
  });

  test('says verdict, rules, packages, causes and paths, each path with its entries and evidence', async () => {
    const [left, right] = ['1', '2'].map((content) => sampleTree([['usr/bin/hello', { kind: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from(content) }]]));
    const page = read(htmlReport(told(await compareTrees(side(left!), side(right!)), {
      images: [otherImage('rootfs.tar', null)], packages: [{ name: 'hello', kind: 'changed', before: '1', after: '2', reasons: [{ reason: 'version', detail: '1 → 2' }], files: 1, sizeDelta: 0 }],
    }), { ...OPTIONS, firings: [{ rule: 'content', where: '/usr/bin/hello', why: 'changed content' }] }));
    for (const expected of ['one → other', 'Different: content differs, metadata equal, layout equal.', '1 changed', 'content/usr/bin/hellochanged content', 'rootfs.tarrootdiffers1.0 KiB sha256:360f84035942', 'hello1 → 21 path, 0 B', 'unknownnothing that is known explains it', '~ /usr/bin/hello', 'mode 0755 owner 0:0 1 bytes sha256:', 'owner: hello']) expect(page.text).toContain(expected);
  });

  test('calls images beside equal roots different, and never noise', async () => {
    const equal = await compareTrees(side(everything()), side(everything()));
    const page = read(htmlReport(told({ ...equal, verdict: { ...equal.verdict, bytesEqual: false, contentEqual: false } }, { images: [otherImage('kernel', 'k')] }), OPTIONS));
    expect(page.text).toContain('Different: content differs, metadata equal, layout equal.');
    expect(page.attributes).toContain('p class=verdict differs');
    expect(page.text).toContain('unknownnothing that is known explains it10');
  });

  test('is no longer than it may be, however much differs, and counts what it leaves out', async () => {
    const many = sampleTree(Array.from({ length: 3000 }, (_, i) => [`<&"'>${'&'.repeat(200)}${i}` as PathBytes, { kind: 'fifo', mode: 0o4755, uid: 0, gid: 0 }]));
    const comparison = await compareTrees(side(sampleTree([])), side(many));
    const long = '\u{10ffff}'.repeat(100_000);
    const layout = Array.from({ length: 500 }, (_, i) => ({ place: long, key: `${i}`, left: long, right: long, cause: 'fs-layout' as const, noise: true }));
    const packages = Array.from({ length: 500 }, (_, i) => ({ name: `${i}${long}`, kind: 'added' as const, after: '1', reasons: [], files: 1, sizeDelta: 1 }));
    const report = htmlReport(told({ ...comparison, layout }, { packages, images: [otherImage(long, long)] }), { ...OPTIONS, left: long, right: long, firings: comparison.changes.map(() => ({ rule: 'any', where: long, why: long })) });
    expect(Buffer.byteLength(report)).toBeLessThanOrEqual(DEFAULT_REPORT_BYTES);
    const page = read(report);
    expect(page.problems).toEqual([]);
    const listed = page.elements.filter((name) => name === 'details').length;
    expect(listed).toBeGreaterThan(0);
    expect(page.text).toContain(`… ${3000 - listed} more`);
  });
});
