// Makes src/licensing/license-{list,categories,texts}.json anew from two npm packages that were unpacked by hand
// (they are no dependency of ours): node tests/support/refresh-license-data.ts CDXGEN_PACKAGE SPDX_LICENSE_LIST_PACKAGE
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { sha256 } from '../../src/foundation/digest.ts';
import { compareText } from '../../src/foundation/order.ts';
import { normalizeLicenseText, termsOf } from '../../src/licensing/normalize-license-text.ts';
import { runsOf, sketchOf } from '../../src/licensing/text-sketch.ts';

interface Manifest { name: string; version: string }
interface ListedRow { name: string; isDeprecated: boolean; isOsiApproved?: boolean; isFsfLibre?: boolean }
interface CategoryRow { spdx_license_key: string; other_spdx_license_keys: readonly string[]; category: string }

const LICENSING = join(import.meta.dirname, '../../src/licensing');

async function read<T>(...path: string[]): Promise<T> {
  return JSON.parse(await readFile(join(...path), 'utf8')) as T;
}

const flags = ({ isDeprecated, isOsiApproved, isFsfLibre }: ListedRow): string =>
  `${isDeprecated ? 'd' : ''}${isOsiApproved === true ? 'o' : ''}${isFsfLibre === true ? 'f' : ''}`;

const rows = (values: readonly unknown[]): string => `[\n    ${values.map((value) => JSON.stringify(value)).join(',\n    ')}\n  ]`;

async function listText(cdxgen: string): Promise<string> {
  const { name, version } = await read<Manifest>(cdxgen, 'package.json');
  const list = await read<Record<'licenses' | 'exceptions', Record<string, ListedRow>>>(cdxgen, 'data/spdx-license-list.json');
  // The list of rows has a few ids that came after the release; the schema has those of the release.
  const schema = await read<{ $comment: string; enum: string[] }>(cdxgen, 'data/spdx.schema.json');
  const released = new Set(schema.enum);
  const chosen = (kind: 'licenses' | 'exceptions'): unknown[] => Object.entries(list[kind])
    .filter(([id]) => released.has(id)).toSorted(([a], [b]) => compareText(a, b)).map(([id, row]) => [id, row.name, flags(row)]);
  const licenses = chosen('licenses');
  const exceptions = chosen('exceptions');
  if (licenses.length + exceptions.length !== released.size) throw new TypeError('the schema has ids that the list of rows lacks');
  const listVersion = schema.$comment.replace(/^.*-/, '');
  return `{\n  "version": "${listVersion}",\n  "source": "${name} ${version}: data/spdx-license-list.json, data/spdx.schema.json",\n`
    + `  "licenses": ${rows(licenses)},\n  "exceptions": ${rows(exceptions)}\n}\n`;
}

async function categoriesText(cdxgen: string): Promise<string> {
  const { name, version } = await read<Manifest>(cdxgen, 'package.json');
  const categories = Object.values(await read<Record<string, CategoryRow>>(cdxgen, 'data/license-db.json'));
  const { enum: released } = await read<{ enum: string[] }>(cdxgen, 'data/spdx.schema.json');
  const byId = new Map<string, string>();
  for (const { spdx_license_key: key, other_spdx_license_keys: others, category } of categories) {
    for (const id of others) if (!byId.has(id)) byId.set(id, category);
    byId.set(key, category);
  }
  const grouped = Map.groupBy(released.filter((id) => byId.has(id)).toSorted(compareText), (id) => byId.get(id)!);
  const groups = [...grouped].toSorted(([a], [b]) => compareText(a, b)).map(([category, ids]) => `    ${JSON.stringify(category)}: ${JSON.stringify(ids.join(' '))}`);
  return `{\n  "source": "ScanCode LicenseDB, CC-BY-4.0, nexB Inc. and others, through ${name} ${version}: data/license-db.json",\n  "categories": {\n${groups.join(',\n')}\n  }\n}\n`;
}

/** One row a text: current ids that share it, digest and number of runs of the normalised terms, a sample of the runs. */
async function textsText(cdxgen: string, list: string): Promise<string> {
  const { name, version } = await read<Manifest>(list, 'package.json');
  const { licenses } = await read<Record<'licenses', Record<string, ListedRow>>>(cdxgen, 'data/spdx-license-list.json');
  const listed = Object.entries(await read<Record<string, { licenseText: string }>>(list, 'spdx-full.json'));
  const texts = listed.filter(([id]) => licenses[id]?.isDeprecated === false).toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([id, { licenseText }]) => partsOf(licenseText).map((part) => ({ id, terms: termsOf(normalizeLicenseText(part)) }))).filter(({ terms }) => terms !== '');
  return `{\n  "source": "${name} ${version}: spdx-full.json",\n  "texts": ${rows([...Map.groupBy(texts, ({ terms }) => terms)].map(([terms, same]) => textRow(terms, same.map(({ id }) => id))))}\n}\n`;
}

function textRow(terms: string, ids: readonly string[]): unknown[] {
  const runs = runsOf(terms);
  const sketch = sketchOf(runs);
  const bytes = Buffer.alloc(sketch.length * 4);
  sketch.forEach((run, at) => bytes.writeUInt32LE(run, at * 4));
  return [ids.join(' '), sha256(terms), runs.size, bytes.toString('base64')];
}

/** The list has LGPL 3.0 with GPL 3.0 behind it; upstreams have each in a file of its own. */
function partsOf(text: string): string[] {
  const second = text.search(/(?<=[^]{1000})GNU GENERAL PUBLIC LICENSE\s+Version 3, 29 June 2007/);
  return second < 0 ? [text] : [text, text.slice(0, second)];
}

const [cdxgen, list] = process.argv.slice(2);
if (cdxgen === undefined || list === undefined) {
  console.error('give the unpacked directories of @cyclonedx/cdxgen and spdx-license-list');
  process.exitCode = 2;
} else {
  await writeFile(join(LICENSING, 'license-list.json'), await listText(cdxgen));
  await writeFile(join(LICENSING, 'license-categories.json'), await categoriesText(cdxgen));
  await writeFile(join(LICENSING, 'license-texts.json'), await textsText(cdxgen, list));
}
