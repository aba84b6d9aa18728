// A process that uses the database of a home: `node database-user.ts HOME`. Says `ready`, leaves when stdin ends.
import { once } from 'node:events';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase } from '../../src/records/database.ts';
import { applyMigrations } from '../../src/records/migrations.ts';
import { MIGRATIONS } from './temporary-home.ts';

const database = await openDatabase({ home: process.argv[2]!, clock: systemClock });
const applied = await applyMigrations(database.pool, MIGRATIONS);
process.stdout.write(`ready ${applied.length}\n`);
process.stdin.resume();
await once(process.stdin, 'end');
await database.close();
