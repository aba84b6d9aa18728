import { captureTexts, type WantedTexts } from '../extraction/capture-texts.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { matchLicenseText } from '../licensing/match-license-text.ts';
import type { LicenseText, LicenseTexts } from '../compliance/license-texts.ts';
import type { Recipe } from '../catalog/model.ts';
import type { RecordedLicenseText } from '../records/license-records.ts';
import { extractionMeans } from './extraction-means.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

/** Where a license file of a recipe may stand: in each archive that is unpacked at or above its directory. */
interface Place { source: Recipe['sources'][number]; declared: Recipe['licenseFiles'][number]; path: string }

function placesOf({ sources, licenseFiles }: Recipe): Place[] {
  return licenseFiles.flatMap((declared) => sources.flatMap((source): Place[] => {
    const { unpackTo } = source;
    if (unpackTo === undefined) return [];
    if (unpackTo === '') return [{ source, declared, path: declared.path }];
    return declared.path.startsWith(`${unpackTo}/`) ? [{ source, declared, path: declared.path.slice(unpackTo.length + 1) }] : [];
  }));
}

/**
 * Puts the license texts of these packages into the store and on record, out of their archives, in one container; what was
 * captured from the same archive before is not read again. The yard is opened only where something is missing.
 */
export async function captureLicenseTexts(recipes: readonly Recipe[], workshop: Workshop, openYard: () => Promise<Yard>, signal: AbortSignal): Promise<void> {
  const { records: { contents }, store } = workshop;
  const places = recipes.flatMap(placesOf);
  const known = new Set((await contents.licenseTexts([...new Set(places.map(({ source }) => source.sha256))])).map(({ sourceSha256, path }) => `${sourceSha256} ${path}`));
  const missing = places.filter(({ source, path }) => !known.has(`${source.sha256} ${path}`));
  if (missing.length === 0) return;
  const yard = await openYard();
  for (const source of new Map(missing.map(({ source: one }) => [one.sha256, one])).values()) await yard.fetchSource(source, signal);
  const captured = await captureTexts(wantedOf(missing), extractionMeans(yard, workshop, signal));
  const rows = await Promise.all(captured.map(async ({ source, path, text, sizeBytes }): Promise<RecordedLicenseText> => ({
    sourceSha256: source, path, textSha256: text, sizeBytes, licenseId: text === null ? null : exactId(await store.readBlobBytes(text)),
  })));
  await contents.recordLicenseTexts(rows);
}

function wantedOf(places: readonly Place[]): WantedTexts[] {
  const bySource = Map.groupBy(places, ({ source }) => source.sha256);
  return [...bySource].map(([source, own]) => ({ source, file: own[0]!.source.file, paths: [...new Set(own.map(({ path }) => path))].toSorted() }));
}

/** The id of the list whose text this is, word for word; of several that share it the first. */
function exactId(bytes: Uint8Array): string | null {
  const [best] = matchLicenseText(Buffer.from(bytes).toString('utf8'));
  return best?.exact === true ? best.ids[0]! : null;
}

/** By package; the content too, which a notice needs. What no archive has is left out: its absence is a finding. */
export async function licenseTextsOf(recipes: readonly Recipe[], { records: { contents }, store }: Pick<Workshop, 'records' | 'store'>): Promise<LicenseTexts> {
  const places = recipes.map((recipe) => ({ recipe, places: placesOf(recipe) }));
  const rows = await contents.licenseTexts([...new Set(places.flatMap((one) => one.places.map(({ source }) => source.sha256)))]);
  const byPlace = new Map(rows.map((row) => [`${row.sourceSha256} ${row.path}`, row]));
  const texts = new Map<string, LicenseText[]>();
  for (const { recipe, places: own } of places) {
    const found = new Map<string, { place: Place; row: RecordedLicenseText }>();
    for (const place of own) {
      const row = byPlace.get(`${place.source.sha256} ${place.path}`);
      // Of several archives the one whose text is the declared one; else the first that has any.
      if (row?.textSha256 == null || (found.has(place.declared.path) && row.textSha256 !== place.declared.sha256)) continue;
      found.set(place.declared.path, { place, row });
    }
    texts.set(recipe.name, await Promise.all([...found.values()].map(async ({ place: { declared }, row }) => ({
      path: declared.path, sha256: row.textSha256 as Sha256, sizeBytes: row.sizeBytes, declaredSha256: declared.sha256,
      ...(row.licenseId === null ? {} : { licenseId: row.licenseId }), text: Buffer.from(await store.readBlobBytes(row.textSha256 as Sha256)).toString('utf8'),
    }))));
  }
  return texts;
}
