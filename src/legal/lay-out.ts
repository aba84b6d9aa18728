import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import { yamlFileOf, type CatalogFolder } from '../catalog/folder.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { Plan } from '../plan/plan.ts';
import type { SandboxLock } from '../sandbox/lock.ts';
import { buildScripts } from './build-scripts.ts';
import { bundledPackages, type BundledPackage } from './bundled-packages.ts';
import { catalogPlaces } from './catalog-files.ts';
import { CONFIGURATION_PATH, DEFINITION_PATH, isBundlePath, LEGAL_FORMAT, README_PATH, SANDBOX_LOCK_PATH, type LeftOutFile, type LegalFile, type LegalIndex, type LegalRole } from './legal-index.ts';
import { packageManifest, sandboxTable } from './manifests.ts';
import { readmeText } from './readme.ts';
import type { OwnCategories } from './redistribution.ts';
import { jsonFile, smallFile, type SmallFile } from './small-file.ts';
import { optionsValue, toolchainValue } from './told-values.ts';

/** A license text that was taken out of a package's sources; its bytes are a blob. */
export interface BundledText { path: string; sha256: Sha256; sizeBytes: number }

/** All that a bundle is made of; a plain value. Of sources and license texts only the digests. */
export interface LegalContent {
  inventory: Inventory;
  plan: Pick<Plan, 'definition' | 'definitionDigest' | 'steps' | 'stepRunner'>;
  /** Versions that took part, and their folders. */
  catalog: LegalIndex['catalog'];
  folders: readonly CatalogFolder[];
  /** In canonical form; its digest is the definition's. */
  configuration: unknown;
  lock: SandboxLock;
  /** By package. */
  texts: ReadonlyMap<string, readonly BundledText[]>;
  categories?: OwnCategories;
}

export interface LegalLayout {
  index: LegalIndex;
  /** All that is in the index and no blob. */
  small: readonly SmallFile[];
}

/** Content to an index and the files that it names; the same content gives the same layout, whatever the order of its lists. */
export function layOutBundle(content: LegalContent): LegalLayout {
  const { inventory, plan, lock, catalog, categories = {} } = content;
  const packages = bundledPackages(inventory, categories);
  const parts = [
    ...packages.map((one) => sourceParts(one)), ...packages.map((one) => patchParts(one, content)), catalogParts(content, packages),
    kept([...textFiles(packages, content), ...buildScripts(plan), ...toldFiles(packages, content)]),
  ];
  const leftOut = sortedBy(parts.flatMap((part) => part.leftOut), ({ path }) => path);
  const images = imagesOf(inventory);
  const files = [...parts.flatMap((part) => part.files), smallFile(README_PATH, 'readme', readmeText(inventory, images, leftOut))];
  return {
    index: {
      format: LEGAL_FORMAT, definitionDigest: plan.definitionDigest, board: inventory.build.board, catalog, images,
      sandbox: { rootTree: lock.rootTree, lockDigest: jsonDigest(lock) },
      files: listed(files), leftOut,
    },
    small: files.filter((file): file is SmallFile => 'bytes' in file),
  };
}

type Part = { files: readonly (SmallFile | LegalFile)[]; leftOut: readonly LeftOutFile[] };

const kept = (files: Part['files']): Part => ({ files, leftOut: [] });

function listed(files: Part['files']): LegalFile[] {
  const rows = sortedBy(files.map(fileRow), ({ path }) => path);
  for (const [at, { path }] of rows.entries()) {
    if (!isBundlePath(path)) throw new Bug(`"${path}" has no place in a bundle`);
    if (path === rows[at - 1]?.path) throw new Bug(`a bundle would have ${path} twice`);
  }
  return rows;
}

function fileRow(file: SmallFile | LegalFile): LegalFile {
  const { path, role, sha256: digest, executable } = file;
  return { path, role, sha256: digest, sizeBytes: 'bytes' in file ? file.bytes.byteLength : file.sizeBytes, executable };
}

function imagesOf({ components }: Inventory): LegalIndex['images'] {
  return sortedBy(components.filter(({ kind }) => kind === 'image'), ({ name }) => name).map(({ name, image, hashes, sizeBytes }) => {
    if (image === undefined || hashes === undefined || sizeBytes === undefined) throw new Bug(`the image ${name} of an inventory has no bytes`);
    return { name, format: image.format, sha256: hashes.sha256, sizeBytes };
  });
}

/** Either in the bundle or told as left out. */
function judged({ component, redistribution }: BundledPackage, files: readonly (SmallFile | LegalFile)[]): Part {
  if (redistribution.allowed) return kept(files);
  const { rule, license } = redistribution;
  return {
    files: [],
    leftOut: files.map(fileRow).map(({ path, role, sha256: digest, sizeBytes }) => ({ path, role, sha256: digest, sizeBytes, package: component.name, version: component.version, license, rule })),
  };
}

function sourceParts(one: BundledPackage): Part {
  const { component: { sources }, folder } = one;
  const distinct = new Map(sources.map((source) => [source.file, source]));
  return judged(one, [...distinct.values()].map(({ file, sha256: digest, sizeBytes }) => blobFile(`sources/${folder}/${file}`, 'source', digest, sizeBytes)));
}

function blobFile(path: string, role: LegalRole, digest: Sha256, sizeBytes: number): LegalFile {
  return { path, role, sha256: digest, sizeBytes, executable: false };
}

/** Patches stand in the order in which they are applied, as quilt reads it. */
function patchParts(one: BundledPackage, { folders }: LegalContent): Part {
  const { component: { name, patches }, folder } = one;
  if (patches.length === 0) return kept([]);
  const beside = folders.find((recipe) => recipe.kind === 'recipe' && recipe.name === name)?.files;
  const files = [...new Set(patches.map(({ file }) => file))].map((file) => {
    const found = beside?.get(file);
    if (found === undefined) throw new Bug(`recipe ${name} has no patch ${file}`);
    return smallFile(`patches/${folder}/${file}`, 'patch', found.bytes);
  });
  return judged(one, [...files, smallFile(`patches/${folder}/series`, 'patch', patches.map(({ file }) => `${file}\n`).join(''))]);
}

/** Of a package that may not be passed on the recipe stays, and what lies beside it goes: that may be the package itself. */
function catalogParts({ folders }: LegalContent, packages: readonly BundledPackage[]): Part {
  const byRecipe = new Map(packages.filter(({ component: { kind } }) => kind === 'package').map((one) => [one.component.name, one]));
  const parts = catalogPlaces(folders).map(({ path, name, folder, bytes, executable }): Part => {
    const owner = folder.kind === 'recipe' ? byRecipe.get(folder.name) : undefined;
    const file = smallFile(path, 'catalog', bytes, executable);
    return owner === undefined || name === yamlFileOf(folder) ? kept([file]) : judged(owner, [file]);
  });
  return { files: parts.flatMap(({ files }) => files), leftOut: parts.flatMap(({ leftOut }) => leftOut) };
}

/** Of what is left out, too: its terms still go for what is in the image. */
function textFiles(packages: readonly BundledPackage[], { texts }: LegalContent): LegalFile[] {
  const folders = new Map(packages.map(({ component: { name }, folder }) => [name, folder]));
  return sortedBy(texts, ([name]) => name).flatMap(([name, list]) => {
    const folder = folders.get(name);
    if (folder === undefined) throw new Bug(`there are license texts of ${name}, which is no package of the build`);
    const distinct = [...new Map(list.map((text) => [`${text.path} ${text.sha256}`, text])).values()];
    return distinct.map(({ path, sha256: digest, sizeBytes }, at) => {
      // Two archives of a package may each have a text of one name.
      const before = distinct.slice(0, at).filter((text) => text.path === path).length;
      return blobFile(`licenses/${folder}/${path}${before === 0 ? '' : `.${before + 1}`}`, 'license-text', digest, sizeBytes);
    });
  });
}

function toldFiles(packages: readonly BundledPackage[], { inventory, plan: { definition, definitionDigest }, configuration, lock, texts }: LegalContent): SmallFile[] {
  const whole = canonicalJson(definition);
  if (sha256(whole) !== definitionDigest) throw new Bug(`the definition of a plan is not ${definitionDigest}`);
  const side = (wanted: BundledPackage['side']): string => packageManifest(packages.filter((one) => one.side === wanted), texts);
  return [
    smallFile('manifest.csv', 'manifest', side('target')), smallFile('host-manifest.csv', 'manifest', side('host')),
    // Without an end of line: the digest of the file is the definition's.
    smallFile(DEFINITION_PATH, 'definition', whole), smallFile(CONFIGURATION_PATH, 'configuration', canonicalJson(configuration)),
    jsonFile('options.json', 'options', optionsValue(packages)), jsonFile('toolchain.json', 'toolchain', toolchainValue(inventory, packages)),
    jsonFile(SANDBOX_LOCK_PATH, 'sandbox', lock), smallFile('sandbox-sources.csv', 'sandbox', sandboxTable(inventory.sandbox.packages)),
  ];
}
