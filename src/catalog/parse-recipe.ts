import type { Sha256 } from '../foundation/digest.ts';
import { filesBeside, folderDigest, type CatalogFolder } from './folder.ts';
import type { InputValue, ListItem, Need, OptionDeclaration, Recipe } from './model.ts';
import { parseFolder, type ParsedFolder } from './parse-folder.ts';
import { present } from './present.ts';
import { recipeSchema, type RecipeYaml } from './recipe-schema.ts';

export function parseRecipe(folder: CatalogFolder): ParsedFolder<Recipe> {
  return parseFolder(folder, recipeSchema, toRecipe);
}

function toRecipe(yaml: RecipeYaml, folder: CatalogFolder): Recipe {
  return {
    format: yaml.format, name: yaml.name, version: yaml.version, role: yaml.role, summary: yaml.summary,
    license: yaml.license,
    ...present({ homepage: yaml.homepage, cpe: yaml.cpe, purl: yaml.purl }),
    licenseFiles: yaml.license_files.map(({ path, sha256 }) => ({ path, sha256: sha256 as Sha256 })),
    sources: yaml.sources.map(toSource),
    patches: yaml.patches.map((patch) => ({ ...patch, sha256: patch.sha256 as Sha256 })),
    needs: { build: yaml.needs.build.map(toNeed), host: yaml.needs.host.map(toNeed), run: yaml.needs.run.map(toNeed) },
    options: mapValues(yaml.options, toOption),
    renamedOptions: yaml.renamed_options, formerNames: yaml.former_names,
    uses: yaml.uses, with: mapValues(yaml.with, toInputValue), phases: yaml.phases, kernelOptions: yaml.kernel_options,
    users: yaml.users,
    permissions: yaml.permissions.map((row) => ({ ...row, mode: Number.parseInt(row.mode, 8) })),
    devices: yaml.devices.map((row) => ({ ...row, mode: Number.parseInt(row.mode, 8) })),
    initScripts: yaml.init_scripts, overrides: yaml.overrides, epochSeconds: yaml.epoch_seconds,
    runtimeComponents: yaml.runtime_components.map(({ sandbox_package, ...rest }) => ({ ...rest, sandboxPackage: sandbox_package })),
    deviations: yaml.deviations,
    limits: present({ memoryBytes: yaml.limits.memory_bytes, timeMs: yaml.limits.time_ms }),
    files: filesBeside(folder), folderDigest: folderDigest(folder),
  };
}

function toSource(source: RecipeYaml['sources'][number]): Recipe['sources'][number] {
  const { file, urls, origin } = source;
  return {
    file, sha256: source.sha256 as Sha256, sizeBytes: source.size_bytes, urls, origin,
    ...present({ debianPool: source.debian_pool, unpackTo: source.unpack_to === '.' ? '' : source.unpack_to }),
  };
}

function toNeed(need: RecipeYaml['needs']['build'][number]): Need {
  return typeof need === 'string' ? { recipe: need } : { recipe: need.recipe, ...present({ when: need.when }) };
}

function toOption(option: RecipeYaml['options'][string]): OptionDeclaration {
  const { type, description, values, minimum, maximum, pattern, when } = option;
  return { type, description, default: option.default, ...present({ values, minimum, maximum, pattern, when }) };
}

export function toInputValue(value: RecipeYaml['with'][string]): InputValue {
  if (!Array.isArray(value)) return value;
  return value.map((item): ListItem => (typeof item === 'string' ? item : { when: item.when, then: item.then, else: item.else }));
}

export function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
