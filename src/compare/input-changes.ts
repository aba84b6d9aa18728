import { sortedBy } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { mostLines } from './most-lines.ts';

export type InputKind = 'source' | 'patch' | 'recipe' | 'template' | 'sandbox' | 'sandbox-package' | 'toolchain' | 'engine' | 'target';

/** One input of a build that is another; plain JSON. Absent where that side has none. */
export interface InputChange {
  kind: InputKind;
  /** `PACKAGE FILE` of a source or patch, else its own. */
  name: string;
  before?: string;
  after?: string;
}

/** All that went into two builds and is not the same: sorted by kind and name, empty for the same inputs. */
export function inputChanges(left: Inventory, right: Inventory): InputChange[] {
  const [before, after] = [inputsOf(left), inputsOf(right)];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return sortedBy(keys.flatMap((key): InputChange[] => {
    const [old, now] = [before.get(key), after.get(key)];
    const [kind, name] = JSON.parse(key) as [InputKind, string];
    return old === now ? [] : [{ kind, name, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
  }), ({ kind, name }) => JSON.stringify([kind, name]));
}

function inputsOf({ build, components, sandbox }: Inventory): Map<string, string> {
  const inputs: [InputKind, string, string][] = [
    ...components.flatMap(({ name, sources, patches, recipe, version }): [InputKind, string, string][] => [
      ...sources.map(({ file, sha256 }): [InputKind, string, string] => ['source', `${name} ${file}`, sha256]),
      ...patches.map(({ file, sha256 }): [InputKind, string, string] => ['patch', `${name} ${file}`, sha256]),
      ...(recipe === undefined ? [] : [['recipe', name, recipe.folderDigest], ['template', recipe.template, recipe.templateDigest]] satisfies [InputKind, string, string][]),
      ...(recipe?.role === 'toolchain' ? [['toolchain', 'toolchain', `${name} ${version}`]] satisfies [InputKind, string, string][] : []),
    ]),
    ['sandbox', 'root tree', sandbox.digest], ['sandbox', 'architecture', sandbox.architecture],
    ...sandbox.packages.map(({ name, architecture, version, sha256 }): [InputKind, string, string] => ['sandbox-package', `${name} ${architecture}`, `${version} ${sha256}`]),
    ...Object.entries(build.versions).map(([name, version]): [InputKind, string, string] => ['engine', name, version]),
    ['target', 'board', build.board], ['target', 'architecture', build.architecture], ['target', 'tuning', build.tuning], ['target', 'epoch seconds', String(build.epochSeconds)],
  ];
  return new Map(inputs.map(([kind, name, value]) => [JSON.stringify([kind, name]), value]));
}

/** One line an input, for people. */
export function inputLines(changes: readonly InputChange[], most: number): string[] {
  return mostLines(changes.map(({ kind, name, before, after }) => {
    const what = `${kind.replace('-', ' ')} ${name}`;
    if (before === undefined) return `+ ${what}: ${shortened(after!)}`;
    return after === undefined ? `- ${what}: ${shortened(before)}` : `~ ${what}: ${shortened(before)} → ${shortened(after)}`;
  }), most, 'inputs');
}

function shortened(value: string): string {
  return value.replaceAll(/[0-9a-f]{64}/g, (digest) => digest.slice(0, 12));
}
