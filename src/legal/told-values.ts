import type { Inventory } from '../inventory/inventory.ts';
import type { BundledPackage } from './bundled-packages.ts';

/** Effective options of every package and why it is in the build: what a `.config` says elsewhere. */
export function optionsValue(packages: readonly BundledPackage[]): unknown {
  return Object.fromEntries(packages.flatMap(({ component: { name, version, recipe }, folder }) => (
    recipe === undefined ? [] : [[name, { version, folder, options: recipe.options, reasons: recipe.reasons, deviations: recipe.deviations }]])));
}

/** With what everything was compiled: the toolchain's recipes, what it leaves in binaries, and which packages of the sandbox that comes from. */
export function toolchainValue({ relations, sandbox, build }: Inventory, packages: readonly BundledPackage[]): unknown {
  const fromSandbox = new Map(sandbox.packages.map((one) => [one.ref, one]));
  const sandboxPackagesOf = (ref: string): string[] => relations
    .filter(({ from, kind }) => from === ref && kind === 'builtFrom')
    .flatMap(({ to }) => { const one = fromSandbox.get(to); return one === undefined ? [] : [`${one.name}_${one.version}_${one.architecture}`]; }).toSorted();
  return {
    format: 1, architecture: build.architecture, tuning: build.tuning, sandbox: sandbox.digest,
    recipes: packages.filter(({ component }) => component.recipe?.role === 'toolchain').map(({ component: { name, version, recipe, sources }, folder }) => (
      { name, version, folder, recipe: recipe!.folderDigest, sources: sources.map(({ file, sha256 }) => ({ file, sha256 })) })),
    runtimeComponents: packages.filter(({ component: { kind } }) => kind === 'runtime-component').map(({ component: { ref, name, version, licenses }, folder }) => (
      { name, version, folder, license: licenses.declared ?? null, sandboxPackages: sandboxPackagesOf(ref) })),
  };
}
