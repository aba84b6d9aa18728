import { Failure } from '../foundation/failure.ts';
import { signedSizeText, sizeText } from '../foundation/size-text.ts';
import type { Found } from './firing.ts';
import { safeText } from './safe-text.ts';
import type { ToldComparison } from './told.ts';

interface SizeLimit { number: number; unit: '%' | 'B' | 'KiB' | 'MiB' | 'GiB' }

const BYTES: Readonly<Record<SizeLimit['unit'], number>> = { '%': 1, B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** Throws COMPARE.BAD_RULE. */
export function parseSizeLimit(text: string): SizeLimit {
  const found = /^(\d{1,12}(?:\.\d{1,6})?)(%|B|KiB|MiB|GiB)$/.exec(text);
  if (found === null) throw new Failure('COMPARE.BAD_RULE', `"${safeText(text)}" is no size`, { hint: 'A number with its unit: size:5%, size:64KiB, size:1.5MiB; units are %, B, KiB, MiB, GiB.' });
  return { number: Number(found[1]), unit: found[2] as SizeLimit['unit'] };
}

/** What has to be known beside the two sides' changes. */
export function sizeNeedsRoot(text: string): boolean {
  return parseSizeLimit(text).unit === '%';
}

/** Contents of files alone, without what a file system adds. A root of nothing grows by more than any share. */
export function grownBy(told: ToldComparison, text: string): Found[] {
  const { number, unit } = parseSizeLimit(text);
  const grown = told.comparison.changes.reduce((sum, { sizeDelta }) => sum + sizeDelta, 0);
  const limit = unit === '%' ? (told.leftRootBytes ?? 0) * number / 100 : number * BYTES[unit];
  if (grown <= limit) return [];
  const share = told.leftRootBytes === undefined || told.leftRootBytes === 0 ? '' : ` of ${sizeText(told.leftRootBytes)}, ${(100 * grown / told.leftRootBytes).toFixed(1)} %`;
  return [{ where: 'the root', why: `grew by ${signedSizeText(grown)}${share}, allowed is ${text}` }];
}
