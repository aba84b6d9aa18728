import { z } from 'zod';

import {
  absolutePath, account, condition, described, epochSeconds, fileName, format, id, initScriptName, kernelOptions, kernelOption, kernelValue,
  mode, name, optionValue, relativePath, sha256, stageName, summary, text, url, variable,
} from './field-schemas.ts';

export const ROLES = ['package', 'toolchain', 'kernel', 'skeleton'] as const;
export const OPTION_TYPES = ['boolean', 'integer', 'string', 'enum', 'list', 'kconfig'] as const;

const licenseFile = z.strictObject({
  path: described(relativePath, 'Path below the source directory, or of a file beside the recipe.'),
  sha256: described(sha256, 'Digest of the file; another text under this name is a finding of `licenses`.'),
});

const source = z.strictObject({
  file: described(fileName, 'File name that the bytes get.'),
  sha256: described(sha256, 'Digest of the file.'),
  size_bytes: described(z.int().min(1).max(2 ** 40), 'Size of the file.', 'bytes'),
  urls: described(z.array(url).max(20).default([]), 'Where upstream serves exactly these bytes; tried in order.'),
  debian_pool: described(z.string().max(512).regex(/^pool\/(?!.*\.\.)[A-Za-z0-9+._~/-]+$/, 'must be a path that begins with pool/').optional(), 'Path of the file below a Debian archive.'),
  origin: described(z.enum(['pristine', 'signed', 'repacked', 'unverified']), 'What is known of the bytes: upstream\'s own, upstream\'s with a signature beside them, changed by Debian, not known.'),
  unpack_to: described(z.union([z.literal('.'), relativePath]).optional(), 'Directory that the archive is unpacked into: `.` is the source directory, another lies below it. Without it the file is not unpacked.'),
});

const patch = z.strictObject({
  file: described(relativePath, 'File beside the recipe.'),
  sha256: described(sha256, 'Digest of the file.'),
  origin: described(text, 'Where it comes from: a URL, or a sentence.'),
  upstream: described(z.enum(['submitted', 'accepted', 'backport', 'rejected', 'not-applicable', 'pending']), 'What upstream says of it.'),
  cves: described(z.array(z.string().regex(/^CVE-[0-9]{4}-[0-9]{4,7}$/, 'must be spelled CVE-2024-12345')).max(100).default([]), 'Vulnerabilities that it closes.'),
});

const need = z.union([
  name,
  z.strictObject({ recipe: described(name, 'Name of the recipe.'), when: described(condition.optional(), 'Needed only where this holds.') }),
]);
const needList = z.array(need).max(500).default([]);

const option = z.strictObject({
  type: described(z.enum(OPTION_TYPES), 'Type of its values. `kconfig` is a map of CONFIG_NAME to value.'),
  description: described(text, 'What it does, for the one who sets it.'),
  default: described(optionValue, 'Its value where nobody sets it.'),
  values: described(z.array(z.string().min(1).max(200)).min(1).max(200).optional(), 'Allowed values of an enum.'),
  minimum: described(z.int().optional(), 'Smallest allowed integer.'),
  maximum: described(z.int().optional(), 'Largest allowed integer.'),
  pattern: described(z.string().min(1).max(200).optional(), 'Regular expression that a string, or each item of a list, matches as a whole.'),
  when: described(condition.optional(), 'It may be set only where this holds.'),
});

const listItem = z.union([
  z.string().max(4096),
  z.strictObject({
    when: described(condition, 'Chooses between the two lists.'),
    then: described(z.array(z.string().max(4096)).max(200).default([]), 'Items where it holds.'),
    else: described(z.array(z.string().max(4096)).max(200).default([]), 'Items where it does not.'),
  }),
]);

/** In `with`, kconfig values may hold placeholders; the rendered ones are checked by the plan. */
const interpolatedConfig = z.record(kernelOption, z.union([kernelValue, z.string().max(1024).regex(/\{\{.*\}\}/).regex(/^[^\n]*$/)]));
export const inputValue = z.union([z.string().max(16_384), z.int(), z.boolean(), z.array(listItem).max(1000), interpolatedConfig]);

const user = z.strictObject({
  name: described(account, 'Name of the user.'),
  uid: described(id, 'Its number.'),
  group: described(account, 'Its main group.'),
  gid: described(id, 'Number of the group.'),
  home: described(absolutePath, 'Home directory.'),
  shell: described(absolutePath, 'Login shell.'),
  comment: described(z.string().max(200).regex(/^[^:\n\t]*$/, 'must be one line without `:`').default(''), 'Comment field of /etc/passwd.'),
});

const permission = z.strictObject({
  path: described(absolutePath, 'Path in the root.'),
  kind: described(z.enum(['file', 'directory', 'recursive']), 'What stands there; `recursive` means everything below too.'),
  mode: described(mode, 'Permission bits, octal in quotes. The only way to setuid.'),
  uid: described(id.default(0), 'Owner.'),
  gid: described(id.default(0), 'Group.'),
});

const device = z.strictObject({
  path: described(absolutePath, 'Path in the root.'),
  kind: described(z.enum(['character-device', 'block-device', 'fifo']), 'What it is.'),
  major: described(z.int().min(0).max(4095).default(0), 'Major device number; 0 for a fifo.'),
  minor: described(z.int().min(0).max(1_048_575).default(0), 'Minor device number; 0 for a fifo.'),
  mode: described(mode, 'Permission bits, octal in quotes.'),
  uid: described(id.default(0), 'Owner.'),
  gid: described(id.default(0), 'Group.'),
});

const runtimeComponent = z.strictObject({
  name: described(name, 'Name of the component.'),
  license: described(text, 'SPDX license expression.'),
  sandbox_package: described(name, 'Package of the sandbox that brings it.'),
  files: described(z.array(relativePath).min(1).max(100), 'Files that get linked in, paths in the sandbox.'),
});

export const deviations = z.array(z.strictObject({
  rule: described(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be the id of a rule'), 'Id of the rule.'),
  reason: described(text, 'Why it does not apply here.'),
})).max(50).default([]);

export const recipeSchema = z.strictObject({
  format,
  name: described(name, 'Name of the recipe, and of its folder.'),
  version: described(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+.~_-]{0,63}$/, 'must be letters, digits, `+`, `.`, `~`, `_` and `-`, at most 64'), 'Version as upstream writes it, in quotes.'),
  role: described(z.enum(ROLES).default('package'), '`package` ships files; `toolchain` gives compiler and sysroot; `kernel` makes a kernel image; `skeleton` the base of every root.'),
  summary: described(summary, 'What it is, one line.'),
  homepage: described(url.optional(), 'Upstream\'s page.'),
  license: described(text, 'SPDX license expression.'),
  license_files: described(z.array(licenseFile).max(100).default([]), 'Where the license texts stand; not empty where there are sources.'),
  cpe: described(z.string().max(512).regex(/^cpe:2\.3:[aho](:[!-~]+){10}$/, 'must be a CPE 2.3 formatted string with 11 parts').optional(), 'CPE 2.3 name, for matching vulnerabilities.'),
  purl: described(z.string().max(512).regex(/^pkg:[a-z][a-z0-9.+-]*\/[!-~]+$/, 'must be a package URL: pkg:type/name@version').optional(), 'Package URL.'),
  sources: described(z.array(source).max(200).default([]), 'Upstream\'s archives.'),
  patches: described(z.array(patch).max(500).default([]), 'Changes to the sources, applied in order.'),
  needs: described(z.strictObject({
    build: described(needList, 'Recipes whose output stands in the sysroot.'),
    host: described(needList, 'Recipes whose host tools stand in /host.'),
    run: described(needList, 'Recipes that must be in the root too.'),
  }).prefault({}), 'Names of other recipes, or `{ recipe, when }`.'),
  options: described(z.record(variable, option).default({}), 'What a configuration may set, by name; a phase reads it as `$opt_NAME`.'),
  renamed_options: described(z.record(variable, variable).default({}), 'Old option names, with what replaces them; the old one is refused.'),
  former_names: described(z.array(name).max(50).default([]), 'Old names of the recipe; refused, naming this one.'),
  uses: described(name, 'Step template that builds it.'),
  with: described(z.record(variable, inputValue).default({}), 'Values of the template\'s inputs. Strings may hold `{{option.NAME}}`, `{{arch.NAME}}`, `{{recipe.name}}`, `{{recipe.version}}`; a list item may be `{ when, then, else }`.'),
  phases: described(z.record(stageName, z.string().min(1).max(65_536)).default({}), 'Shell text that replaces the template\'s phase of that name; not interpolated.'),
  kernel_options: described(kernelOptions.default({}), 'Kernel options that the shipped package requires; checked after the kernel is configured.'),
  users: described(z.array(user).max(100).default([]), 'Users that it adds.'),
  permissions: described(z.array(permission).max(1000).default([]), 'Modes and owners that differ from 0:0 and the installed mode.'),
  devices: described(z.array(device).max(1000).default([]), 'Device nodes that it adds.'),
  init_scripts: described(z.array(z.strictObject({
    name: described(initScriptName, 'Name in /etc/init.d.'),
    file: described(relativePath, 'File beside the recipe.'),
  })).max(50).default([]), 'Scripts for /etc/init.d.'),
  overrides: described(z.array(name).max(100).default([]), 'Recipes whose paths this one may replace in the root.'),
  epoch_seconds: described(epochSeconds, 'SOURCE_DATE_EPOCH of its steps.', 'seconds since 1970'),
  runtime_components: described(z.array(runtimeComponent).max(50).default([]), 'Toolchain only: what the compiler\'s own runtime leaves in every binary.'),
  deviations: described(deviations, 'Rules that the recipe opts out of, each with a reason.'),
  limits: described(z.strictObject({
    memory_bytes: described(z.int().min(2 ** 26).max(2 ** 44).optional(), 'Memory that a step may use.', 'bytes'),
    time_ms: described(z.int().min(1000).max(7 * 86_400_000).optional(), 'Time that a step may take.', 'milliseconds'),
  }).prefault({}), 'Not part of any digest.'),
});

export type RecipeYaml = z.infer<typeof recipeSchema>;
