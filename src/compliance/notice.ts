import type { Inventory } from '../inventory/inventory.ts';
import { html, htmlPage } from './html-page.ts';
import type { LicenseTexts } from './license-texts.ts';
import { noticeOf, type Notice, type NoticedPackage, type NoticedText } from './notice-content.ts';
import { escapedHtml, plainLine, plainText } from './plain-text.ts';

const RULE = '='.repeat(78);

/** The attribution document as text: UTF-8, lines end in a line feed. Foreign texts are indented, so none can pass for a heading of ours. */
export function* noticeText(inventory: Inventory, texts: LicenseTexts): Generator<string> {
  const { product, version, licenses, packages, texts: listed } = noticeOf(inventory, texts);
  yield `${plainLine(product)} ${plainLine(version)}: notices\n${RULE}\n\nThis product holds the work of others. Here stand their licenses and copyright notices.\n`;
  yield `\nLICENSES\n${RULE}\n\n`;
  for (const { license, packages: names } of licenses) yield `${plainLine(license)}\n    ${names.map(plainLine).join(', ')}\n`;
  yield `\nPACKAGES\n${RULE}\n`;
  for (const one of packages) yield packageText(one);
  yield `\nLICENSE TEXTS\n${RULE}\n`;
  for (const one of listed) yield licenseText(one);
}

function packageText({ name, version, license, homepage, copyrights, texts, missing }: NoticedPackage): string {
  return [
    '', `${plainLine(name)} ${plainLine(version)}`.trimEnd(), `    License: ${plainLine(license)}`,
    ...(homepage === undefined ? [] : [`    Homepage: ${plainLine(homepage)}`]),
    ...texts.map(({ number, path }) => `    Text: [${number}] (${plainLine(path)})`),
    ...missing.map((path) => `    Text not found: ${plainLine(path)}`),
    ...copyrights.map((line) => `    ${plainLine(line)}`),
  ].join('\n').concat('\n');
}

function licenseText({ number, sha256, text, packages }: NoticedText): string {
  const lines = plainText(text).replace(/\n+$/, '').split('\n').map((line) => (line === '' ? '' : `    ${line}`));
  return `\n[${number}] sha256:${sha256}\nOf: ${packages.map(plainLine).join(', ')}\n\n${lines.join('\n')}\n`;
}

/** The attribution document as a page that needs nothing beside it. */
export function noticeHtml(inventory: Inventory, texts: LicenseTexts): Iterable<string> {
  const notice = noticeOf(inventory, texts);
  return htmlPage(`${notice.product} ${notice.version}: notices`, noticeBody(notice));
}

function* noticeBody({ licenses, packages, texts }: Notice): Generator<string> {
  yield '<p>This product holds the work of others. Here stand their licenses and copyright notices.</p>\n<h2>Licenses</h2>\n<dl>\n';
  for (const { license, packages: names } of licenses) yield `<dt>${html(license)}</dt><dd>${names.map(html).join(', ')}</dd>\n`;
  yield '</dl>\n<h2>Packages</h2>\n';
  for (const one of packages) yield packageHtml(one);
  yield '<h2>License texts</h2>\n';
  for (const { number, sha256, text, packages: names } of texts) {
    // The first line feed behind the tag would be left out by a reader.
    yield `<h3 id="text-${number}">[${number}]</h3>\n<p>Of: ${names.map(html).join(', ')}<br><small>sha256:${sha256}</small></p>\n<pre>\n${escapedHtml(plainText(text))}</pre>\n`;
  }
}

/** The address is no link: what a recipe states may be anything. */
function packageHtml({ name, version, license, homepage, copyrights, texts, missing }: NoticedPackage): string {
  const links = texts.map(({ number, path }) => `<a href="#text-${number}">[${number}] ${html(path)}</a>`);
  return `<h3>${html(`${name} ${version}`.trimEnd())}</h3>\n<p>License: ${html(license)}${homepage === undefined ? '' : `<br>${html(homepage)}`}</p>\n`
    + (links.length + missing.length === 0 ? '' : `<p>${[...links, ...missing.map((path) => `Text not found: ${html(path)}`)].join('<br>')}</p>\n`)
    + (copyrights.length === 0 ? '' : `<ul>${copyrights.map((line) => `<li>${html(line)}</li>`).join('')}</ul>\n`);
}
