// A server in a process of its own, to be killed: `node upload-process.ts HOME FLUSH-BYTES`. Says `listening PORT`.
import { join } from 'node:path';

import { createActions } from '../../src/actions/create-actions.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { createApi } from '../../src/api/server.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { openDatabase } from '../../src/records/database.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords } from '../../src/records/records.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';

const [, , home = '', flushBytes] = process.argv;
const database = await openDatabase({ home, clock: systemClock });
const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
const workshop = { clock: systemClock, store, reads: createReads(database.pool), records: createRecords(database.pool, systemClock) } as unknown as Workshop;
const actions = createActions(workshop, openQueue({ database: database.pool, clock: systemClock }), { operator: 'test', uploadsDirectory: join(home, 'uploads'), uploadLimits: { flushBytes: Number(flushBytes) } });
const api = await createApi({ reads: workshop.reads, actions, store, clock: systemClock, version: '0', log: { error: ({ error }) => { process.stderr.write(`${String(error)}\n`); } } });
process.stdout.write(`listening ${(await api.listen('127.0.0.1', 0)).port}\n`);
