import { readTexts, recipeText, SMALL_CATALOG, SOURCE_TEXT } from '../../tests/support/catalog-fixture.ts';
import { LINTS } from './lints.ts';

type Change = readonly [path: string, from: string, to: string] | readonly [path: string, text: string];

const ALPHA = 'recipes/alpha/recipe.yaml';
const BENCH = 'boards/bench/board.yaml';
const PLAIN = 'templates/plain/template.yaml';
const Z80 = 'architectures/z80.yaml';
const LIB = 'recipes/lib/recipe.yaml';

function changed(changes: readonly Change[]): Record<string, string> {
  const texts: Record<string, string> = { ...SMALL_CATALOG };
  for (const [path, ...change] of changes) {
    if (change.length === 1) texts[path] = change[0];
    else {
      expect(texts[path]).toContain(change[0]);
      texts[path] = texts[path]!.replace(change[0], change[1]);
    }
  }
  return texts;
}

/** `path:line rule` of every finding. */
function places(changes: readonly Change[]): string[] {
  return readTexts(changed(changes)).findings.map(({ path, line, rule }) => `${path}:${line} ${rule}`);
}

/** Rule, what is broken, how, and where it must be reported. */
const BROKEN: readonly (readonly [rule: string, what: string, changes: readonly Change[], at: string, message: string])[] = [
  ['source-without-origin', 'a source that comes from nowhere', [[ALPHA, ' urls: [https://example.org/alpha-1.0.tar.gz],', '']], `${ALPHA}:11`, 'no place to fetch'],
  ['source-twice', 'two sources of one name', [[ALPHA, 'sources:\n', `sources:\n  - { file: alpha-1.0.tar.gz, sha256: ${'b'.repeat(64)}, size_bytes: 1, debian_pool: pool/x, origin: pristine }\n`]], `${ALPHA}:12`, 'another source'],
  ['repacked-with-url', 'an upstream URL for what Debian changed', [[ALPHA, 'origin: pristine', 'origin: repacked']], `${ALPHA}:11`, 'other bytes'],
  ['patch-file', 'a patch that is not there', [[ALPHA, 'file: fix.patch', 'file: fxi.patch'], ['recipes/alpha/fix.patch', 'x']], `${ALPHA}:13`, 'not beside the recipe'],
  ['patch-file', 'a patch whose bytes differ', [['recipes/alpha/fix.patch', 'other']], `${ALPHA}:13`, 'has the sha256'],
  ['init-script', 'an init script that is not there', [[ALPHA, 'file: alpha.init', 'file: beta.init']], `${ALPHA}:37`, 'not beside the recipe'],
  ['init-script', 'two init scripts of one name', [[ALPHA, 'init_scripts: [', 'init_scripts: [{ name: S50alpha, file: alpha.init }, ']], `${ALPHA}:37`, 'two init scripts'],
  ['unreferenced-file', 'a file that nothing names', [['recipes/alpha/left.over', 'x']], `${ALPHA}:1`, 'left.over'],
  ['license-files', 'sources without a license file', [[ALPHA, /license_files.*\n/.exec(SOURCE_TEXT)![0], '']], `${ALPHA}:1`, 'no license file'],
  ['license-syntax', 'a license in prose', [[ALPHA, 'license: MIT', 'license: MIT and BSD']], `${ALPHA}:6`, '"and" stands where'],
  ['license-syntax', 'a license with an open parenthesis', [[ALPHA, 'license: MIT', 'license: (MIT OR (ISC AND X11)']], `${ALPHA}:6`, 'closing parenthesis'],
  ['license-syntax', 'a license that the SPDX list does not have', [[ALPHA, 'license: MIT', 'license: Apache-2']], `${ALPHA}:6`, 'is no license of the SPDX list'],
  ['unknown-need', 'a need that does not exist', [[ALPHA, 'build: [lib]', 'build: [lbi]']], `${ALPHA}:15`, 'no recipe "lbi"'],
  ['unknown-need', 'a need of itself', [[ALPHA, 'build: [lib]', 'build: [alpha]']], `${ALPHA}:15`, 'needs itself'],
  ['unknown-need', 'a need by a former name', [[ALPHA, 'build: [lib]', 'build: [oldlib]']], `${ALPHA}:15`, 'no recipe "oldlib"'],
  ['unknown-need', 'an override that does not exist', [[ALPHA, 'uses: plain', 'uses: plain\noverrides: [nobody]']], `${ALPHA}:8`, 'no recipe "nobody"'],
  ['former-name', 'a former name that is taken', [[LIB, 'former_names: [oldlib]', 'former_names: [tool]']], `${LIB}:10`, 'is the name of a recipe'],
  ['former-name', 'a former name of two', [['recipes/tool/recipe.yaml', recipeText('tool', 'former_names: [oldlib]\n')]], `${LIB}:10`, 'former name of tool'],
  ['needs-cycle', 'a circle of needs', [['recipes/tool/recipe.yaml', recipeText('tool', 'needs: { build: [alpha] }\n')]], `${ALPHA}:15`, 'alpha → lib → tool → alpha'],
  ['toolchain-need', 'a need of a toolchain by name', [[ALPHA, 'build: [lib]', 'build: [lib, cc]']], `${ALPHA}:15`, 'every recipe has'],
  ['undeclared-option', 'a condition on no option', [[ALPHA, 'run: [{ recipe: lib, when: { option: net,', 'run: [{ recipe: lib, when: { option: nte,']], `${ALPHA}:16`, '"nte" is not declared'],
  ['undeclared-option', 'a placeholder of no option', [[ALPHA, '{{option.level}}', '{{option.levle}}']], `${ALPHA}:27`, '"levle" is not declared'],
  ['undeclared-option', 'a phase that reads no option', [[ALPHA, '"$opt_title"', '"$opt_title" "${opt_constructor:-}"']], `${ALPHA}:32`, '"constructor" is not declared'],
  ['unused-option', 'an option that changes nothing', [[ALPHA, '"$opt_title"', '']], `${ALPHA}:22`, '"title"'],
  ['option-default', 'a default outside its bounds', [[ALPHA, 'default: 80', 'default: 99999']], `${ALPHA}:19`, 'largest allowed is 65535'],
  ['option-default', 'a default of another type', [[ALPHA, 'default: true', 'default: "yes"']], `${ALPHA}:18`, 'must be true or false'],
  ['option-default', 'a default that is no value of the enum', [[ALPHA, 'default: red', 'default: rde']], `${ALPHA}:21`, 'allowed are red, green'],
  ['option-default', 'a default that does not match', [[ALPHA, 'default: none', 'default: None']], `${ALPHA}:22`, 'must match [a-z]+'],
  ['option-default', 'a default with a line break', [[ALPHA, 'default: none, pattern: "[a-z]+"', 'default: "a\\nb"']], `${ALPHA}:22`, 'line break'],
  ['option-bounds', 'bounds of another type', [[ALPHA, 'default: none, pattern', 'default: none, minimum: 1, pattern']], `${ALPHA}:22`, 'does not go with the type string'],
  ['option-bounds', 'a pattern of another engine', [[ALPHA, '"[a-z]+"', '"(?=a)a"']], `${ALPHA}:22`, 'no pattern of RE2'],
  ['option-bounds', 'bounds without a value between', [[ALPHA, 'minimum: 1,', 'minimum: 70000,']], `${ALPHA}:19`, 'above the maximum'],
  ['condition-value', 'a condition that never holds', [[ALPHA, 'when: { option: net, equals: true } }]', 'when: { option: net, equals: "on" } }]']], `${ALPHA}:16`, 'cannot have'],
  ['condition-value', 'an option that depends on itself', [[ALPHA, 'level: {', 'level: { when: { option: level, equals: 1 },']], `${ALPHA}:20`, 'leads back'],
  ['unguarded-option', 'a read where the option may have no value', [[ALPHA, 'else: [--no-net]', 'else: ["{{option.port}}"]']], `${ALPHA}:30`, 'unless net = true'],
  ['unguarded-option', 'a phase that reads what may have no value', [[ALPHA, '"$opt_title"', '"$opt_title$opt_port"']], `${ALPHA}:32`, 'unless net = true'],
  ['unknown-template', 'a template that does not exist', [[LIB, 'uses: plain', 'uses: plian']], `${LIB}:7`, 'no template "plian"'],
  ['template-inputs', 'an input that the template lacks', [[ALPHA, 'with:\n', 'with:\n  agrs: []\n']], `${ALPHA}:26`, 'no input "agrs"'],
  ['template-inputs', 'an input of another type', [[ALPHA, 'with:\n', 'with:\n  target: [a]\n']], `${ALPHA}:26`, 'must be text, it is a list'],
  ['template-inputs', 'an input fed by an option of another type', [[ALPHA, 'with:\n', 'with:\n  config: "{{option.words}}"\n']], `${ALPHA}:26`, 'it is a list'],
  ['template-inputs', 'an input that is not given', [[PLAIN, 'description: What is built, default: all', 'description: What is built'], [ALPHA, 'with:\n', 'with:\n  target: x\n']], 'recipes/base/recipe.yaml:1', 'needs the input "target"'],
  ['unknown-phase', 'a phase that the template lacks', [[ALPHA, '  install: |', '  instal: |']], `${ALPHA}:32`, 'no phase "instal"'],
  ['phase-text', 'a placeholder in shell text', [[ALPHA, '"$opt_title"', '"$opt_title" {{option.level}}']], `${ALPHA}:32`, 'not replaced in a phase'],
  ['phase-text', 'a phase that reads an input of another stage', [[ALPHA, '"$opt_title"', '"$opt_title" $with_config']], `${ALPHA}:32`, '$with_config'],
  ['phase-text', 'a phase that reads no fact', [[ALPHA, '"$opt_title"', '"$opt_title" $arch_tripel']], `${ALPHA}:32`, 'no fact "tripel"'],
  ['placeholder', 'a fact that no architecture has', [[ALPHA, '--level={{', '--arch={{arch.tripel}} --level={{']], `${ALPHA}:27`, 'no fact "tripel"'],
  ['placeholder', 'braces that are no placeholder', [[ALPHA, '--level={{option.level}}', '"{{option.level}} {{ $(id) }}"']], `${ALPHA}:27`, 'is no placeholder'],
  ['placeholder', 'a namespace that does not exist', [[ALPHA, '--level={{', '--x={{host.name}} --level={{']], `${ALPHA}:27`, 'stands for nothing'],
  ['row-twice', 'a need twice', [[ALPHA, 'build: [lib]', 'build: [lib, lib]']], `${ALPHA}:15`, 'listed already'],
  ['row-twice', 'two permissions of one path', [[ALPHA, 'permissions: [', 'permissions: [{ path: /usr/bin/alpha, kind: file, mode: "0755" }, ']], `${ALPHA}:36`, 'has a row already'],
  ['device-numbers', 'a fifo with numbers', [[LIB, 'former_names', 'devices: [{ path: /dev/x, kind: fifo, minor: 3, mode: "0600" }]\nformer_names']], `${LIB}:10`, 'no major or minor'],
  ['user-clash', 'a uid of two users', [[LIB, 'former_names', 'users: [{ name: lib, uid: 100, group: lib, gid: 101, home: /, shell: /bin/sh }]\nformer_names']], `${LIB}:10`, 'clashes with alpha'],
  ['role-fields', 'runtime components of a package', [[LIB, 'former_names', 'runtime_components: [{ name: rt, license: MIT, sandbox_package: rt, files: [rt.a] }]\nformer_names']], `${LIB}:10`, 'has no `runtime_components`'],
  ['renamed-option', 'a replacement that does not exist', [[ALPHA, 'verbosity: level', 'verbosity: lvl']], `${ALPHA}:24`, '"lvl" is not declared'],
  ['main-stage', 'a template without a main stage', [[PLAIN, '- name: main', '- name: mian']], `${PLAIN}:12`, 'write `name: main`'],
  ['stage-order', 'a stage after a later one', [[PLAIN, '  - name: config\n', '  - name: config\n    after: [main]\n']], `${PLAIN}:10`, 'no earlier stage'],
  ['phase-twice', 'two phases of one name', [[PLAIN, 'name: build', 'name: configure'], [ALPHA, '  install: |', '  install: |']], `${PLAIN}:17`, 'two phases'],
  ['stage-inputs', 'a stage with an unknown input', [[PLAIN, 'inputs: [config]', 'inputs: [config, wrods]']], `${PLAIN}:10`, '"wrods" is not declared'],
  ['stage-inputs', 'a phase that reads an input its stage does not get', [[PLAIN, 'run: ./install', 'run: ./install $with_config']], `${PLAIN}:21`, '$with_config'],
  ['required-input', 'an input called required', [[PLAIN, 'inputs:\n', 'inputs:\n  required: { type: string, description: X, default: "" }\n'], [PLAIN, 'inputs: [config]', 'inputs: [config, required]'], [PLAIN, '"$with_config"', '"$with_config" $with_required']], `${PLAIN}:5`, 'is taken'],
  ['unused-input', 'an input that no phase reads', [[PLAIN, '"$with_target"', '']], `${PLAIN}:7`, 'no phase reads $with_target'],
  ['input-default', 'an input default of another type', [[PLAIN, 'description: Arguments, default: []', 'description: Arguments, default: none']], `${PLAIN}:5`, 'must be a list'],
  ['input-default', 'an input default that reads an option', [[PLAIN, 'default: all', 'default: "{{option.x}}"']], `${PLAIN}:7`, 'stands for nothing here'],
  ['board-recipes', 'a board without a kernel', [[BENCH, 'kernel: core', 'kernel: cores']], `${BENCH}:7`, 'no recipe "cores"'],
  ['board-recipes', 'a package in the role of a kernel', [[BENCH, 'kernel: core', 'kernel: lib']], `${BENCH}:7`, 'has the role package'],
  ['board-packages', 'a package that does not exist', [[BENCH, 'alpha: {', 'alhpa: {']], `${BENCH}:10`, 'no package "alhpa"'],
  ['board-packages', 'an option that does not exist', [[BENCH, 'level: 3', 'levle: 3']], `${BENCH}:10`, 'no option "levle"'],
  ['board-packages', 'a value that the option cannot have', [[BENCH, 'level: 3', 'level: high']], `${BENCH}:10`, 'must be a whole number'],
  ['board-architecture', 'a tuning that does not exist', [[BENCH, 'tuning: plain', 'tuning: plan']], `${BENCH}:5`, 'no tuning "plan"'],
  ['board-architecture', 'an architecture that does not exist', [[BENCH, 'architecture: z80', 'architecture: z81']], `${BENCH}:4`, 'no architecture "z81"'],
  ['board-images', 'a size of what has none', [[BENCH, '{ format: tar }', '{ format: tar, size_bytes: 1048576 }']], `${BENCH}:12`, 'as large as its content'],
  ['board-qemu', 'a placeholder that QEMU does not get', [[BENCH, 'images:', 'qemu: { command: qemu-system-z80, arguments: ["{{kernel}}", "{{root}}", "{{rootfs}}"], append: x, root_format: tar }\nimages:']], `${BENCH}:12`, '"{{root}}" stands for nothing'],
  ['architecture-values', 'a tuning that lacks a value', [[Z80, 'fast: { cflags: -mfast }', 'fast: {}']], `${Z80}:5`, 'lacks "cflags"'],
  ['architecture-values', 'a placeholder of nothing', [[Z80, '{{arch.triple}}', '{{arch.tripel}}']], `${Z80}:4`, 'stands for nothing'],
];

describe('rules of the catalog', () => {
  test('nothing is wrong with the small catalog', () => {
    expect(readTexts(SMALL_CATALOG).findings).toEqual([]);
  });

  test.each(BROKEN)('%s tells of %s', (rule, _what, changes, at, message) => {
    const { catalog, findings } = readTexts(changed(changes));
    const found = findings.filter((finding) => finding.rule === rule);
    const severity = LINTS.find(({ id }) => id === rule)!.severity;
    expect(found.map(({ path, line }) => `${path}:${line}`)).toContain(at);
    expect(found.map((finding) => `${finding.message} ${finding.suggestion ?? ''}`).join('\n')).toContain(message);
    expect(found.every((finding) => finding.severity === severity)).toBe(true);
    if (severity === 'error') expect(catalog).toBeUndefined();
  });

  test('every rule has a catalog that breaks it', () => {
    expect(new Set(BROKEN.map(([rule]) => rule))).toEqual(new Set(LINTS.map(({ id }) => id)));
  });

  test('all findings come at once, in order of path and line', () => {
    const at = places([[LIB, 'uses: plain', 'uses: plian'], [BENCH, 'kernel: core', 'kernel: cores'], [ALPHA, 'build: [lib]', 'build: [lbi]'], [ALPHA, 'default: 80', 'default: 0']]);
    expect(at).toEqual([`${BENCH}:7 board-recipes`, `${ALPHA}:15 unknown-need`, `${ALPHA}:19 option-default`, `${LIB}:7 unknown-template`]);
  });

  test('a broken file causes no findings in those that name it', () => {
    expect(places([[LIB, 'version: "1.0"', 'versoin: "1.0"']])).toEqual([`${LIB}:1 missing-key`, `${LIB}:3 unknown-key`]);
  });

  test('a suggestion names what was meant', () => {
    const { findings } = readTexts(changed([[ALPHA, 'build: [lib]', 'build: [oldlib]'], [BENCH, 'level: 3', 'verbosity: 3']]));
    expect(findings.map(({ suggestion }) => suggestion)).toEqual(['it is now called `level`', 'it is now called `lib`']);
  });

  test('run needs may be mutual', () => {
    expect(places([['recipes/lib/recipe.yaml', recipeText('lib', 'needs: { run: [extra] }\n')], ['recipes/tool/recipe.yaml', recipeText('tool', 'needs: { run: [lib] }\n')]])).toEqual([]);
  });

  test('each circle of needs is told once', () => {
    const needs = (name: string, on: string): Change => [`recipes/${name}/recipe.yaml`, recipeText(name, `needs: { build: [${on}] }\n`)];
    const { findings } = readTexts(changed([needs('c1', 'c2'), needs('c2', 'c3'), needs('c3', 'c1'), needs('d1', 'd2'), needs('d2', 'd1'), needs('e', 'c1')]));
    expect(findings.map(({ message }) => message)).toEqual(['needs go in a circle: c1 → c2 → c3 → c1', 'needs go in a circle: d1 → d2 → d1']);
  });

  test('a chain of ten thousand needs is walked without recursion', () => {
    const chain = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`recipes/r${i}/recipe.yaml`, recipeText(`r${i}`, i === 9_999 ? '' : `needs: { build: [r${i + 1}] }\n`)]));
    expect(readTexts({ ...SMALL_CATALOG, ...chain }).findings).toEqual([]);
  });
});

describe('deviations', () => {
  const unused = [ALPHA, '"$opt_title"', ''] as const;
  const deviation = (rule: string): Change => [ALPHA, 'uses: plain', `uses: plain\ndeviations: [{ rule: ${rule}, reason: Because }]`];

  test('take away the warning that they name', () => {
    expect(places([unused, deviation('unused-option')])).toEqual([]);
  });

  test('cannot take away an error', () => {
    expect(places([[ALPHA, 'default: 80', 'default: 0'], deviation('option-default')])).toEqual([`${ALPHA}:8 deviation`, `${ALPHA}:20 option-default`]);
  });

  test('may name a condition of varied runs, which only a run can show to be broken', () => {
    expect(places([deviation('variation-build-path')])).toEqual([]);
    expect(places([deviation('variation-moon')])).toEqual([`${ALPHA}:8 deviation`]);
  });

  test('that nothing needs are told', () => {
    expect(places([deviation('unused-option')])).toEqual([`${ALPHA}:8 deviation`]);
  });

  test('without a reason are refused', () => {
    expect(places([unused, [ALPHA, 'uses: plain', 'uses: plain\ndeviations: [{ rule: unused-option }]']])).toEqual([`${ALPHA}:8 missing-key`]);
  });
});
