import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import { readEnvironment } from './environment.ts';

// Stripping types from our files again at each start would cost more than half of a short command's time.
const environment = readEnvironment();
enableCompileCache(join(environment.home, 'compile-cache'));
const { runCli } = await import('./run-cli.ts');
process.exitCode = await runCli(process.argv.slice(2), environment);
