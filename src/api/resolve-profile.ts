import type { ProfileName, ProfileReport, ProfileRow } from '../compliance/profile-report.ts';
import type { BuildRow } from '../records/reads/build-reads.ts';
import type { Context } from './context.ts';
import { present } from './mutation-input.ts';
import { nodeId } from './node-ids.ts';
import type { PageArguments } from './page.ts';
import { enumName, enumWord, reportConnection } from './report-list.ts';
import { safeValue } from './safe-text.ts';

type ShownReport = ProfileReport & { buildId: string };
type RowArguments = PageArguments & { status?: string | null; demand?: string | null; field?: string | null };

async function profileOf({ id }: BuildRow, profile: ProfileName, { actions, turns }: Context): Promise<ShownReport> {
  return { ...safeValue(await turns.take(() => actions.profileReport({ buildId: id, profile }))) as ProfileReport, buildId: id };
}

function rowsOf({ profile, definitionDigest, rows }: ShownReport, given: RowArguments, context: Context): unknown {
  const { status, demand, field } = present(given);
  const kept = rows.filter((row) => (status === undefined || row.status === enumWord(status)) && (demand === undefined || row.demand === enumWord(demand)) && (field === undefined || row.field === field));
  return reportConnection(context, ['profile', profile, definitionDigest, status, demand, field], kept, given);
}

function subjectOf({ subject }: ProfileRow): object {
  switch (subject.kind) {
    case 'document': return { kind: 'DOCUMENT', count: 1, examples: [] };
    case 'component': return { ...subject, kind: 'COMPONENT', count: 1, examples: [] };
    case 'files': return { kind: 'FILES', name: subject.owner, count: subject.count, examples: subject.examples };
  }
}

export const PROFILE_RESOLVERS = {
  RegulatorProfile: { BSI: 'bsi', NTIA: 'ntia', CRA: 'cra' } satisfies Record<string, ProfileName>,
  Build: {
    profile: (row: BuildRow, { profile }: { profile: ProfileName }, context: Context) => profileOf(row, profile, context),
  },
  ProfileReport: {
    leftOutFiles: ({ leftOut }: ShownReport) => leftOut.files,
    leftOutComponents: ({ leftOut }: ShownReport) => leftOut.components,
    rows: (report: ShownReport, given: RowArguments, context: Context) => rowsOf(report, given, context),
    url: ({ buildId, profile }: ShownReport, _: unknown, { address }: Context) => `${address}/builds/${nodeId('Build', buildId)}/report.${profile}.json`,
  },
  ProfileFieldSummary: {
    demand: ({ demand }: ProfileReport['summary'][number]) => enumName(demand),
  },
  ProfileRow: {
    demand: ({ demand }: ProfileRow) => enumName(demand),
    status: ({ status }: ProfileRow) => enumName(status),
    subject: (row: ProfileRow) => subjectOf(row),
  },
};
