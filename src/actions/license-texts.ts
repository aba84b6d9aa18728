import { captureTexts, type WantedTexts } from '../extraction/capture-texts.ts';
import type { CatalogFile, Recipe, Source } from '../catalog/model.ts';
import type { LicenseText, LicenseTexts } from '../compliance/license-texts.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { matchLicenseText } from '../licensing/match-license-text.ts';
import type { RecordedLicenseText } from '../records/license-records.ts';
import { extractionMeans } from './extraction-means.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

/** Where a license file of a recipe may stand: beside it, or in an archive that is unpacked at or above its directory. */
interface Place {
  declared: Recipe['licenseFiles'][number];
  /** Digest of the archive, or of the recipe's folder. */
  within: Sha256;
  /** In there. */
  path: string;
  from: { archive: Source } | { beside: CatalogFile };
}

function placesOf({ sources, licenseFiles, files, folderDigest }: Recipe): Place[] {
  return licenseFiles.flatMap((declared): Place[] => {
    const beside = files.find(({ path }) => path === declared.path);
    if (beside !== undefined) return [{ declared, within: folderDigest, path: declared.path, from: { beside } }];
    return sources.flatMap((archive) => {
      const { unpackTo, sha256: within } = archive;
      if (unpackTo === undefined || (unpackTo !== '' && !declared.path.startsWith(`${unpackTo}/`))) return [];
      return [{ declared, within, path: unpackTo === '' ? declared.path : declared.path.slice(unpackTo.length + 1), from: { archive } }];
    });
  });
}

const keyOf = ({ within, path }: Place): string => `${within} ${path}`;

/**
 * Puts the license texts of these packages into the store and on record, those of archives in one container; what was
 * captured from the same place before is not read again. The yard is opened only where an archive has to be read.
 */
export async function captureLicenseTexts(recipes: readonly Recipe[], workshop: Workshop, openYard: () => Promise<Yard>, signal: AbortSignal): Promise<void> {
  const { records: { contents }, store } = workshop;
  const places = recipes.flatMap(placesOf);
  const known = new Set((await contents.licenseTexts([...new Set(places.map(({ within }) => within))])).map(({ sourceSha256, path }) => `${sourceSha256} ${path}`));
  const missing = [...new Map(places.filter((place) => !known.has(keyOf(place))).map((place) => [keyOf(place), place])).values()];
  if (missing.length === 0) return;
  const found: Found[] = [];
  for (const { within, path, from } of missing) if ('beside' in from) found.push({ within, path, text: (await store.putBlob(from.beside.bytes)).sha256, sizeBytes: from.beside.sizeBytes });
  found.push(...await textsInArchives(missing, workshop, openYard, signal));
  const stored = await Promise.all(found.map(async ({ text }) => (text === null ? undefined : store.statBlob(text))));
  await workshop.records.artifacts.recordBlobs(stored.filter((digests) => digests !== undefined));
  await contents.recordLicenseTexts(await Promise.all(found.map(async ({ within, path, text, sizeBytes }): Promise<RecordedLicenseText> => ({
    sourceSha256: within, path, textSha256: text, sizeBytes, licenseId: text === null ? null : exactId(await store.readBlobBytes(text)),
  }))));
}

interface Found { within: Sha256; path: string; text: Sha256 | null; sizeBytes: number }

async function textsInArchives(places: readonly Place[], workshop: Workshop, openYard: () => Promise<Yard>, signal: AbortSignal): Promise<Found[]> {
  const archives = new Map(places.flatMap(({ from }): [Sha256, Source][] => 'archive' in from ? [[from.archive.sha256, from.archive]] : []));
  if (archives.size === 0) return [];
  const yard = await openYard();
  for (const source of archives.values()) await yard.fetchSource(source, signal);
  const wanted = [...archives].map(([source, { file }]): WantedTexts => ({ source, file, paths: places.filter(({ within }) => within === source).map(({ path }) => path).toSorted() }));
  return (await captureTexts(wanted, extractionMeans(yard, workshop, signal))).map(({ source, ...text }) => ({ within: source, ...text }));
}

/** The id of the list whose text this is, word for word; of several that share it the first. */
function exactId(bytes: Uint8Array): string | null {
  const [best] = matchLicenseText(Buffer.from(bytes).toString('utf8'));
  return best?.exact === true ? best.ids[0]! : null;
}

/** By package; the content too, which a notice needs. What is in none of its places is left out: its absence is a finding. */
export async function licenseTextsOf(recipes: readonly Recipe[], { records: { contents }, store }: Pick<Workshop, 'records' | 'store'>): Promise<LicenseTexts> {
  const rows = await contents.licenseTexts([...new Set(recipes.flatMap(placesOf).map(({ within }) => within))]);
  const captured = new Map(rows.map((row) => [`${row.sourceSha256} ${row.path}`, row]));
  const textOf = async ({ declared }: Place, { textSha256, sizeBytes, licenseId }: RecordedLicenseText): Promise<LicenseText> => ({
    path: declared.path, sha256: textSha256!, sizeBytes, declaredSha256: declared.sha256, text: Buffer.from(await store.readBlobBytes(textSha256!)).toString('utf8'),
    ...(licenseId === null ? {} : { licenseId }),
  });
  return new Map(await Promise.all(recipes.map(async (recipe): Promise<[string, LicenseText[]]> => {
    const chosen = new Map<string, [Place, RecordedLicenseText]>();
    for (const place of placesOf(recipe)) {
      const row = captured.get(keyOf(place));
      // Of several archives the one whose text is the declared one; else the first that has any.
      if (row === undefined || row.textSha256 === null || (chosen.has(place.declared.path) && row.textSha256 !== place.declared.sha256)) continue;
      chosen.set(place.declared.path, [place, row]);
    }
    return [recipe.name, await Promise.all([...chosen.values()].map(([place, row]) => textOf(place, row)))];
  })));
}
