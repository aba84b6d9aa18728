import { join } from 'node:path';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { collectGarbage, type GarbageItem } from '../actions/collect-garbage.ts';
import type { CliDeps } from './cli-deps.ts';
import { findingText } from './failure-text.ts';
import { printTable, sizeText } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Hashes everything again; whatever is found is an honest no. */
export function storeVerifyVerb({ json }: Parameters<Verbs['storeVerify']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async ({ store }) => {
    const { checked, findings } = await store.verify();
    const sound = findings.length === 0;
    if (json) printShape(terminal, 'store-verify', { sound, checked, findings });
    else {
      for (const finding of findings) terminal.data(`${findingText(finding)}\n`);
      const { blobs, trees, actions, checkouts, sizeBytes } = checked;
      terminal.data(`${blobs} blobs, ${trees} tree nodes, ${actions} results, ${checkouts} checkouts (${sizeText(sizeBytes)}): ${sound ? 'all sound' : `${findings.length} findings`}\n`);
    }
    return sound ? EXIT.done : EXIT.no;
  });
}

export function gcVerb({ dryRun, keepDays, json }: Parameters<Verbs['gc']>[0], { terminal, withWorkshop, home, loadedSandboxes }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const sandboxes = await loadedSandboxes();
    const report = await collectGarbage({ keepDays, dryRun, imagesDirectory: join(home, 'images'), uploadsDirectory: join(home, 'uploads'), ...(sandboxes === undefined ? {} : { sandboxes }) }, workshop);
    if (json) {
      printShape(terminal, 'gc', report);
      return EXIT.done;
    }
    for (const name of report.unreadable) terminal.note(`could not be read, though a build needs it: ${name}\n`);
    if (report.deleted.length > 0) printTable(terminal, ['kind', 'count', 'size'], byKind(report.deleted));
    terminal.data(`${dryRun ? 'would free' : 'freed'} ${sizeText(report.freedBytes)} in ${report.deleted.length} objects\n`);
    return EXIT.done;
  });
}

function byKind(items: readonly GarbageItem[]): string[][] {
  const kinds = new Map<string, { count: number; sizeBytes: number }>();
  for (const { kind, sizeBytes } of items) {
    const sum = kinds.get(kind) ?? { count: 0, sizeBytes: 0 };
    kinds.set(kind, { count: sum.count + 1, sizeBytes: sum.sizeBytes + sizeBytes });
  }
  return [...kinds].map(([kind, { count, sizeBytes }]) => [kind, String(count), sizeText(sizeBytes)]);
}
