import { findingText } from './failure-text.ts';
import { printFacts, printSection, type Terminal } from './output.ts';
import type { JsonOf } from './print-shape.ts';
import { imagesText, optionsText, systemFacts } from './show-catalog.ts';

type ShownConfiguration = Extract<JsonOf<'show'>, { kind: 'config' }>;

export function configurationText(shown: ShownConfiguration, terminal: Terminal): void {
  printFacts(terminal, [
    ['configuration', shown.configuration], ['board', shown.board], ['revision', String(shown.revision)], ['digest', `sha256:${shown.digest}`],
    ['images', imagesText(shown.images)], ...systemFacts(shown.system),
  ]);
  printSection(terminal, 'packages', ['package', 'version', 'license', 'in the image', 'options changed', 'why'], shown.packages.map(({ name, version, license, shipped, options, reasons }) => (
    [name, version, license, shipped ? 'yes' : 'no', optionsText(options), reasons.join('; ')])));
  printSection(terminal, 'kernel options that packages require', ['option', 'value', 'required by'], shown.kernelOptions.map(({ symbol, value, requiredBy }) => [symbol, value, requiredBy.join(', ')]));
  printSection(terminal, `pinned, and the catalog has another version now (./provenroot config update ${shown.configuration})`, ['kind', 'name', 'pinned'],
    shown.outdated.map(({ kind, name, pinned }) => [kind, name, `sha256:${pinned}`]));
  for (const finding of shown.findings) terminal.note(`${findingText(finding)}\n`);
}
