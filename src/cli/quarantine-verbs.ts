import { EXIT } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import type { QuarantineKind, RecordedQuarantine } from '../records/quarantine-records.ts';
import type { CliDeps } from './cli-deps.ts';
import { printTable } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

type Shown = JsonOf<'quarantine-open'>;

const DAY_MS = 24 * 60 * 60 * 1000;
const KINDS: readonly QuarantineKind[] = ['digest', 'image', 'package', 'file'];

export function quarantineVerbs(deps: CliDeps): Pick<EvidenceVerbs, 'quarantineOpen' | 'quarantineReview' | 'quarantineList'> {
  const { terminal } = deps;
  return {
    quarantineOpen: ({ scope, reason, url, by, days, json }) => deps.withWorkshop(async ({ records: { evidence }, reads, clock }) => {
      const { id } = await evidence.openQuarantine({ ...parsedScope(scope), reason, url, openedBy: by, expiresAt: new Date(clock.now().getTime() + days * DAY_MS) });
      const [opened] = (await reads.releases.quarantinesById([id])).map(shown);
      if (json) printShape(terminal, 'quarantine-open', opened!);
      else terminal.data(`quarantine ${id} until ${opened!.expiresAt}; it counts once another has reviewed it: quarantine review ${id} --by NAME\n`);
      return EXIT.done;
    }),
    quarantineReview: ({ id, by, json }) => deps.withWorkshop(async ({ records: { evidence }, reads }) => {
      await evidence.reviewQuarantine(id, by);
      const [reviewed] = (await reads.releases.quarantinesById([id])).map(shown);
      if (json) printShape(terminal, 'quarantine-review', reviewed!);
      else terminal.data(`quarantine ${id} counts until ${reviewed!.expiresAt}\n`);
      return EXIT.done;
    }),
    quarantineList: ({ json }) => deps.withWorkshop(async ({ records: { evidence }, clock }) => {
      const quarantines = (await evidence.activeQuarantines(clock.now())).map(shown);
      if (json) printShape(terminal, 'quarantine-list', { quarantines });
      else printTable(terminal, ['id', 'scope', 'until', 'opened by', 'reviewed by', 'reason', 'link'], quarantines.map((one) =>
        [one.id, `${one.kind}:${one.scope}`, one.expiresAt, one.openedBy, one.reviewedBy ?? '-', one.reason, one.url]));
      return EXIT.done;
    }),
  };
}

/** `digest:SHA256`, `image:NAME`, `package:NAME`, `file:GLOB`. */
function parsedScope(text: string): { kind: QuarantineKind; scope: string } {
  const colon = text.indexOf(':');
  const kind = KINDS.find((one) => one === text.slice(0, colon));
  if (kind === undefined || colon + 1 === text.length) {
    throw new Failure('CLI.USAGE', `"${text}" is no scope`, { hint: 'digest:SHA256, image:NAME, package:NAME or file:GLOB' });
  }
  return { kind, scope: text.slice(colon + 1) };
}

function shown({ id, kind, scope, reason, url, openedBy, openedAt, expiresAt, reviewedBy }: RecordedQuarantine & { openedAt: Date }): Shown {
  return { id, kind, scope, reason, url, openedBy, openedAt: openedAt.toISOString(), expiresAt: expiresAt.toISOString(), reviewedBy };
}
