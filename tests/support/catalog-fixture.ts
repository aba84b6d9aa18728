import { sha256 } from '../../src/foundation/digest.ts';
import { Bug } from '../../src/foundation/failure.ts';
import { catalogFromFolders, type CatalogReading } from '../../src/catalog/catalog-from-folders.ts';
import type { CatalogFolder, FolderKind } from '../../src/catalog/folder.ts';
import type { Catalog } from '../../src/catalog/model.ts';

/** A made-up catalog, small and complete: text by path below the catalog's root. */
export type CatalogTexts = Readonly<Record<string, string>>;

export const PATCH_TEXT = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-1\n+2\n';
const HASH = 'a'.repeat(64);

/** YAML of a recipe with everything required; `more` is put at its end. */
export function recipeText(name: string, more = '', role = 'package'): string {
  return `format: 1\nname: ${name}\nversion: "1.0"\nrole: ${role}\nsummary: The ${name} of a test\nlicense: MIT\nuses: plain\nepoch_seconds: 1600000000\n${more}`;
}

export const SOURCE_TEXT = `license_files: [{ path: COPYING, sha256: ${HASH} }]
sources:
  - { file: alpha-1.0.tar.gz, sha256: ${HASH}, size_bytes: 10, urls: [https://example.org/alpha-1.0.tar.gz], origin: pristine, unpack_to: . }
`;

/**
 * Board `bench` with toolchain `cc`, kernel `core`, skeleton `base`, and packages: `alpha` (asked for; needs `lib` to be built
 * and, with the option `net`, at run time; requires CONFIG_NET), `lib`, `tool` (host tool of `lib`), `extra` (asked for by nobody).
 */
export const SMALL_CATALOG: CatalogTexts = {
  'templates/plain/template.yaml': `format: 1
name: plain
summary: Runs a build script
inputs:
  args: { type: list, description: Arguments, default: [] }
  config: { type: kconfig, description: Settings, default: {} }
  target: { type: string, description: What is built, default: all }
stages:
  - name: config
    inputs: [config]
    phases: [{ name: configure, run: 'cp "$with_config" /out/config' }]
  - name: main
    after: [config]
    inputs: [args, target]
    needs: [toolchain, build, host]
    phases:
      - name: build
        run: |
          eval "set -- $with_args"
          ./build "$with_target" "$@"
      - { name: install, run: ./install }
`,
  'architectures/z80.yaml': `format: 1
name: z80
facts: { triple: z80-test-linux }
environment: { CC: "{{arch.triple}}-cc", CFLAGS: "-O2 {{tuning.cflags}}" }
tunings: { plain: { cflags: -mplain }, fast: { cflags: -mfast } }
`,
  'boards/bench/board.yaml': `format: 1
name: bench
summary: A board for tests
architecture: z80
tuning: plain
toolchain: cc
kernel: core
skeleton: base
packages:
  alpha: { options: { level: 3 } }
system: { hostname: bench, banner: Hello, root_password: locked, authorized_keys: [], epoch_seconds: 1700000000 }
images: [{ format: tar }, { format: ext4 }]
`,
  'recipes/cc/recipe.yaml': recipeText('cc', '', 'toolchain'),
  'recipes/core/recipe.yaml': recipeText('core', 'options:\n  config: { type: kconfig, description: Settings, default: { CONFIG_BASE: y } }\nwith: { config: "{{option.config}}" }\n', 'kernel'),
  'recipes/base/recipe.yaml': recipeText('base', '', 'skeleton'),
  'recipes/lib/recipe.yaml': recipeText('lib', 'needs: { host: [tool] }\nformer_names: [oldlib]\n'),
  'recipes/tool/recipe.yaml': recipeText('tool'),
  'recipes/extra/recipe.yaml': recipeText('extra', 'needs: { run: [alpha] }\n'),
  'recipes/alpha/recipe.yaml': recipeText('alpha', `${SOURCE_TEXT}patches:
  - { file: fix.patch, sha256: ${sha256(PATCH_TEXT)}, origin: https://example.org/fix, upstream: backport, cves: [CVE-2024-12345] }
needs:
  build: [lib]
  run: [{ recipe: lib, when: { option: net, equals: true } }]
options:
  net: { type: boolean, description: Speaks to others, default: true }
  port: { type: integer, description: Where it listens, default: 80, minimum: 1, maximum: 65535, when: { option: net, equals: true } }
  level: { type: integer, description: How much it says, default: 1 }
  colour: { type: enum, description: Paint, default: red, values: [red, green] }
  title: { type: string, description: Title, default: none, pattern: "[a-z]+" }
  words: { type: list, description: Words, default: [a, b] }
renamed_options: { verbosity: level }
with:
  args:
    - --level={{option.level}}
    - "--colour={{option.colour}}"
    - "{{option.words}}"
    - { when: { option: net, equals: true }, then: ["--port={{option.port}}"], else: [--no-net] }
phases:
  install: |
    ./install --title "$opt_title"
kernel_options: { CONFIG_NET: y }
users: [{ name: alpha, uid: 100, group: alpha, gid: 100, home: /var/alpha, shell: /bin/false }]
permissions: [{ path: /usr/bin/alpha, kind: file, mode: "4755" }]
init_scripts: [{ name: S50alpha, file: alpha.init }]
`),
  'recipes/alpha/fix.patch': PATCH_TEXT,
  'recipes/alpha/alpha.init': '#!/bin/sh\n',
};

const KINDS: Readonly<Record<string, FolderKind>> = { recipes: 'recipe', templates: 'template', boards: 'board', architectures: 'architecture' };

export function foldersOf(texts: Readonly<Record<string, string | Uint8Array | undefined>>): CatalogFolder[] {
  const folders = new Map<string, { kind: FolderKind; name: string; files: Map<string, { bytes: Uint8Array; executable: boolean }> }>();
  for (const [path, content] of Object.entries(texts)) {
    if (content === undefined) continue;
    const [directory, entry, ...rest] = path.split('/');
    const kind = KINDS[directory!]!;
    const name = kind === 'architecture' ? entry!.replace(/\.yaml$/, '') : entry!;
    const key = `${kind} ${name}`;
    const folder = folders.get(key) ?? { kind, name, files: new Map() };
    folder.files.set(kind === 'architecture' ? entry! : rest.join('/'), { bytes: typeof content === 'string' ? Buffer.from(content) : content, executable: false });
    folders.set(key, folder);
  }
  return [...folders.values()];
}

export function readTexts(texts: Readonly<Record<string, string | Uint8Array | undefined>>): CatalogReading {
  return catalogFromFolders(foldersOf(texts));
}

/** The small catalog with some texts changed, added or (undefined) taken away. */
export function smallCatalog(changes: Readonly<Record<string, string | undefined>> = {}): Catalog {
  const { catalog, findings } = readTexts({ ...SMALL_CATALOG, ...changes });
  if (catalog === undefined) throw new Bug(JSON.stringify(findings, null, 1));
  return catalog;
}
