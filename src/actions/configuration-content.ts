import { parseConfiguration, type Configuration } from '../catalog/configuration.ts';
import { NAME, quoted } from '../catalog/name.ts';
import { present } from '../catalog/present.ts';
import { Failure } from '../foundation/failure.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import type { ConfigurationContent } from './actions.ts';

/** What a door was given, through the same schema as a file: it can say nothing that a file could not. Throws CATALOG.INVALID with all findings. */
export function contentConfiguration(board: string, content: ConfigurationContent): Configuration {
  const { value, findings } = parseConfiguration(Buffer.from(JSON.stringify(contentForm(board, content))), 'content');
  // Lines of a text that nobody wrote say nothing.
  const all = [...findings.map((finding) => ({ ...finding, line: 0 })), ...twiceNamed(content)];
  if (value === undefined || all.length > 0) throw invalid('the content is not a configuration', all);
  return value;
}

function contentForm(board: string, { packages, without, toolchain, system, images }: ConfigurationContent): Record<string, unknown> {
  return present({
    format: 1, board, toolchain,
    packages: Object.fromEntries(packages.map(({ name, options }) => [name, { options }])),
    remove: without,
    system: present({ hostname: system.hostname, banner: system.banner, root_password: system.rootPassword, authorized_keys: system.authorizedKeys }),
    images: images?.map(({ format, sizeBytes }) => present({ format, size_bytes: sizeBytes })),
  });
}

function twiceNamed({ packages }: ConfigurationContent): Finding[] {
  const names = packages.map(({ name }) => name);
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
    .map((name) => finding('content', 'package-twice', `the package ${quoted(name)} is given twice`, 'give it once, with all its options'));
}

/** A name that is free to be one: a board's would make a build's name mean two things. */
export function checkConfigurationName(name: string, boards: ReadonlyMap<string, unknown>): void {
  if (!NAME.test(name)) {
    throw invalid('the configuration cannot have this name', [finding('name', 'bad-name', `the name ${quoted(name)} must be lower-case letters, digits, \`+\`, \`.\`, \`_\` and \`-\`, at most 64, a letter or digit first`)]);
  }
  if (boards.has(name)) throw invalid('the configuration cannot have this name', [finding('name', 'name-of-board', `there is a board called ${quoted(name)}`, 'choose another name')]);
}

function finding(path: string, rule: string, message: string, suggestion?: string): Finding {
  return { severity: 'error', path, line: 0, rule, message, ...present({ suggestion }) };
}

function invalid(message: string, findings: readonly Finding[]): Failure {
  return new Failure('CATALOG.INVALID', message, { details: { findings: sortFindings(findings) } });
}
