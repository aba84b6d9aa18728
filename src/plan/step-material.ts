import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import type { CatalogFile, Recipe } from '../catalog/model.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import type { EngineFacts } from './engine.ts';
import type { RenderedStage } from './render.ts';
import type { StepDefinition, StepInput } from './step.ts';

/** What lies below /src when a step runs, and its digests as they enter the keys. */
export interface StepMaterial {
  phases: StepDefinition['phases'];
  inputs: readonly StepInput[];
  stepRunnerDigest: Sha256;
  /** `sources/FILE`, `patches/NNNN-NAME`: the same for all stages of a recipe. */
  sourceTree: Tree;
  /** `step/{run,series,unpack,phases/NN-NAME.sh,with/NAME}`, `files/PATH`. */
  stepTree: Tree;
  blobs: ReadonlyMap<Sha256, Uint8Array>;
}

export function stepMaterial(recipe: Recipe, rendered: RenderedStage, engine: EngineFacts): StepMaterial {
  const blobs = new Map<Sha256, Uint8Array>();
  const put = (bytes: Uint8Array, executable = false): TreeEntry => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes);
    return { kind: 'file', mode: executable ? 0o755 : 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes: bytes.byteLength };
  };
  const text = (content: string, executable = false): TreeEntry => put(Buffer.from(content, 'utf8'), executable);

  const patches = recipe.patches.map(({ file }, i) => ({ name: patchName(i, file), content: fileBeside(recipe, file) }));
  const files = mentionedFiles(recipe, rendered);

  const stepEntries: [PathBytes, TreeEntry][] = [
    [pathBytes('step/run'), put(engine.stepRunner, true)],
    [pathBytes('step/unpack'), text(unpackLines(recipe))],
    [pathBytes('step/series'), text(patches.map(({ name }) => `${name}\n`).join(''))],
    ...rendered.phases.map((phase, i): [PathBytes, TreeEntry] => [pathBytes(`step/phases/${String(i + 1).padStart(2, '0')}-${phase.name}.sh`), text(phase.text)]),
    ...[...rendered.inputFiles].map(([name, content]): [PathBytes, TreeEntry] => [pathBytes(`step/with/${name}`), text(content)]),
    ...files.map((file): [PathBytes, TreeEntry] => [pathBytes(`files/${file.path}`), put(file.bytes, file.executable)]),
  ];
  const sourceEntries: [PathBytes, TreeEntry][] = [
    ...recipe.sources.map((source): [PathBytes, TreeEntry] => [
      pathBytes(`sources/${source.file}`), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: source.sha256, sizeBytes: source.sizeBytes },
    ]),
    ...patches.map(({ name, content }): [PathBytes, TreeEntry] => [pathBytes(`patches/${name}`), put(content.bytes)]),
  ];

  return {
    phases: rendered.phases.map((phase) => ({ name: phase.name, sha256: sha256(phase.text) })),
    inputs: [
      ...recipe.sources.map(({ file, sha256: digest, unpackTo }): StepInput => ({
        role: 'source', name: file, sha256: digest, ...(unpackTo === undefined ? {} : { unpackTo }),
      })),
      ...patches.map(({ name, content }): StepInput => ({ role: 'patch', name, sha256: content.sha256 })),
      ...files.map((file): StepInput => ({
        role: 'file', name: file.path, sha256: file.sha256, ...(file.executable ? { executable: true } : {}),
      })),
      ...[...rendered.inputFiles].map(([name, content]): StepInput => ({ role: 'input', name, sha256: sha256(content) })),
    ],
    stepRunnerDigest: sha256(engine.stepRunner),
    sourceTree: makeTree(sourceEntries),
    stepTree: makeTree(stepEntries),
    blobs,
  };
}

function patchName(index: number, file: string): string {
  return `${String(index + 1).padStart(4, '0')}-${file.slice(file.lastIndexOf('/') + 1)}`;
}

function fileBeside(recipe: Recipe, path: string): CatalogFile {
  const file = recipe.files.find((one) => one.path === path);
  if (file === undefined) throw new Bug(`recipe ${recipe.name} has no file ${path}`);
  return file;
}

/** `file TAB directory TAB strip`, no field empty (`read` runs tabs together); an archive without `unpackTo` stays packed. */
function unpackLines(recipe: Recipe): string {
  return recipe.sources.flatMap(({ file, unpackTo }) => unpackTo === undefined ? [] : [`${file}\t${unpackTo === '' ? '.' : unpackTo}\t1\n`]).join('');
}

/**
 * The files beside the recipe that this stage's text names as /src/files/PATH; all of them where it names
 * the directory itself. What is not named is not there, so it cannot matter and is in no key.
 */
function mentionedFiles(recipe: Recipe, rendered: RenderedStage): CatalogFile[] {
  const text = [...rendered.phases.map((phase) => phase.text), ...rendered.inputFiles.values()].join('\n');
  const own = recipe.files.filter(({ path }) => path !== 'recipe.yaml');
  const named = own.filter(({ path }) => text.includes(`/src/files/${path}`));
  const rest = named.reduce((remaining, { path }) => remaining.replaceAll(`/src/files/${path}`, ''), text);
  return rest.includes('/src/files') ? own : named;
}
