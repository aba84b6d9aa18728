import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The stranger's check: `node verify-bundle.mjs ARCHIVE --root root.json [--file FILE] [--quorum] [--json]`. Needs no
 * database, no engine, no network, no home: only this file, what it imports, and a root.json from elsewhere. Plain
 * JavaScript: types are stripped anew of whatever comes before the cache is on, and the stripper costs some 30 ms.
 */
// In the account's own directory: a cache that others may write to would be code that others may write.
enableCompileCache(join(homedir(), '.cache', 'provenroot'));
const { runVerifyBundle } = await import('./run-verify-bundle.ts');
process.exitCode = await runVerifyBundle(process.argv.slice(2));
