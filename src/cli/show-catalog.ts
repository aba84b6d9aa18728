import { printFacts, printSection, sizeText, type Terminal } from './output.ts';
import type { JsonOf } from './print-shape.ts';

type Shown<Kind> = Extract<JsonOf<'show'>, { kind: Kind }>;

export function boardText(board: Shown<'board'>, terminal: Terminal): void {
  const { system } = board;
  printFacts(terminal, [
    ['board', board.name], ['summary', board.summary], ['architecture', `${board.architecture}, tuned for ${board.tuning}`],
    ['toolchain', board.toolchain], ['kernel', board.kernel], ['skeleton', board.skeleton],
    ['images', imagesText(board.images)], ...systemFacts(system),
    ['boots here', board.bootable ? 'yes, in QEMU' : 'no'], ['digest', `sha256:${board.digest}`],
  ]);
  printSection(terminal, 'packages', ['package', 'options'], Object.entries(board.packages).map(([name, { options }]) => [name, optionsText(options)]));
}

export function systemFacts(system: Shown<'board'>['system']): [string, string][] {
  return [
    ['host name', system.hostname], ['banner', system.banner],
    ['root', `${system.rootPassword === 'locked' ? 'locked' : 'has a password'}, ${system.authorizedKeys.length} authorized keys`],
  ];
}

export function imagesText(images: Shown<'board'>['images']): string {
  return images.map(({ format, sizeBytes }) => sizeBytes === undefined ? format : `${format} (${sizeText(sizeBytes)})`).join(', ');
}

/** `loud=true config=CONFIG_A=y,CONFIG_B=m` */
export function optionsText(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options).map(([name, value]) => `${name}=${valueText(value)}`).join(' ') || '-';
}

export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, text]) => `${key}=${String(text)}`).join(',');
  return String(value);
}

export function recipeText(recipe: Shown<'recipe'>, terminal: Terminal): void {
  const { needs } = recipe;
  printFacts(terminal, [
    ['recipe', recipe.name], ['version', recipe.version], ['role', recipe.role], ['summary', recipe.summary], ['license', recipe.license],
    ...(recipe.homepage === null ? [] : [['home page', recipe.homepage] as const]), ['built with', recipe.uses],
    ['needs', `build: ${needs.build.join(', ') || '-'}; host: ${needs.host.join(', ') || '-'}; run: ${needs.run.join(', ') || '-'}`], ['digest', `sha256:${recipe.digest}`],
  ]);
  printSection(terminal, 'options', ['option', 'type', 'default', 'meaning'], recipe.options.map(({ name, type, default: value, description }) => [name, type, valueText(value), description]));
  printSection(terminal, 'sources', ['file', 'size', 'origin', 'sha256'], recipe.sources.map(({ file, sizeBytes, origin, sha256 }) => [file, sizeText(sizeBytes), origin, sha256]));
  printSection(terminal, 'patches', ['file', 'upstream', 'CVEs', 'origin'], recipe.patches.map(({ file, upstream, cves, origin }) => [file, upstream, cves.join(', ') || '-', origin]));
  printSection(terminal, 'versions on record', ['version', 'published', 'digest'], recipe.history.map(({ version, publishedAt, digest }) => [version, publishedAt, `sha256:${digest}`]));
}
