import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { updateSandbox, type SandboxUpdate } from '../actions/update-sandbox.ts';
import { readDefinition } from '../sandbox/definition.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { CliDeps } from './cli-deps.ts';
import type { Terminal } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Shows what a new lock would change; writes it only where asked. */
export function sandboxUpdateVerb({ mirror: given, write, json }: Parameters<Verbs['sandboxUpdate']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const directory = join(deps.checkout, 'sandbox');
    const mirror = given ?? (await deps.debianMirrors())[0];
    if (mirror === undefined) throw new Failure('SOURCES.NO_ORIGIN', 'this machine\'s apt names no Debian archive', { hint: 'Give one: --mirror URL (…/debian).' });
    const fetcher = await deps.openFetcher(workshop, { offline: false, debianMirror: mirror });
    deps.terminal.note('resolves the definition and assembles the sandbox once, to learn its digest\n');
    const update = await updateSandbox(await readDefinition(join(directory, 'definition.json')), { mirror, keyring: deps.debianKeyring }, fetcher.fetchPoolFile, workshop);
    if (write) await writeLock(join(directory, 'lock.json'), update.text);
    if (json) printUpdateJson(update, workshop.lock.rootTree, write, deps.terminal);
    else printUpdate(update, workshop.lock.rootTree, write, deps.terminal);
    return EXIT.done;
  });
}

async function writeLock(path: string, text: string): Promise<void> {
  const temporary = `${path}.${uniqueName()}`;
  try {
    // Survives power loss: the name never stands for bytes that were not kept.
    await writeFile(temporary, text, { flag: 'wx', flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

function printUpdateJson({ lock, changes }: SandboxUpdate, standing: Sha256, written: boolean, terminal: Terminal): void {
  printShape(terminal, 'sandbox-update', {
    written, packages: lock.packages.length, rootTree: { from: standing, to: lock.rootTree },
    changes: changes.map((change) => {
      switch (change.kind) {
        case 'added': return { kind: change.kind, name: change.name, from: null, to: change.version };
        case 'removed': return { kind: change.kind, name: change.name, from: change.version, to: null };
        case 'changed': return { kind: change.kind, name: change.name, from: change.from, to: change.to };
      }
    }),
  });
}

function printUpdate({ lock, changes }: SandboxUpdate, standing: Sha256, written: boolean, terminal: Terminal): void {
  for (const change of changes) {
    switch (change.kind) {
      case 'added': terminal.data(`added    ${change.name} ${change.version}\n`); break;
      case 'removed': terminal.data(`removed  ${change.name} ${change.version}\n`); break;
      case 'changed': terminal.data(`changed  ${change.name} ${change.from} -> ${change.to}${change.from === change.to ? ' (other bytes)' : ''}\n`);
    }
  }
  terminal.data(`${lock.packages.length} packages, ${changes.length} changes\nsandbox sha256:${standing} -> ${lock.rootTree === standing ? 'the same' : `sha256:${lock.rootTree}`}\n`);
  if (written) terminal.note('written to sandbox/lock.json; every step is another now\n');
  else if (lock.rootTree !== standing) terminal.note('nothing was written; --write does\n');
}
