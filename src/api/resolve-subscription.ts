import { Failure } from '../foundation/failure.ts';
import type { Context } from './context.ts';
import { followEvents } from './follow-build.ts';
import { followLog } from './follow-log.ts';
import { parseIdOf } from './node-ids.ts';
import { stoppable } from './pause.ts';

interface LogArguments { id: string; step?: string | null; offset: number; after?: string | null }

export const SUBSCRIPTION_RESOLVERS = {
  Subscription: {
    buildEvents: {
      subscribe: (_: unknown, { id, afterSequence }: { id: string; afterSequence: number }, context: Context) => {
        if (afterSequence < 0) throw new Failure('API.BAD_PAGE', 'afterSequence counts from 0');
        const buildId = parseIdOf('Build', id).id;
        return stoppable((signal) => followEvents(context, buildId, afterSequence, signal));
      },
      resolve: (event: unknown) => event,
    },
    buildLog: {
      subscribe: (_: unknown, { id, step, offset, after }: LogArguments, context: Context) => {
        if (offset > 0 && !step) throw new Failure('API.BAD_PAGE', 'an offset is of one step; name it');
        const wanted = { buildId: parseIdOf('Build', id).id, step: step ?? undefined, offset, after: after ?? undefined };
        return stoppable((signal) => followLog(context, wanted, signal));
      },
      resolve: (piece: unknown) => piece,
    },
  },
};
