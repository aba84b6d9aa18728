import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import { homeDirectory } from './home.mjs';

// Stripping types from our files again at each start would cost more than half of a short command's time. Plain JavaScript up to
// here: the stripper is WebAssembly, and to start it for one file costs as much as a hundred files from the cache.
enableCompileCache(join(homeDirectory(), 'compile-cache'));
const [{ readEnvironment }, { runCli }] = await Promise.all([import('./environment.ts'), import('./run-cli.ts')]);
process.exitCode = await runCli(process.argv.slice(2), readEnvironment());
