import { execFile } from 'node:child_process';

/** Tells each file that is loaded, on a line of its own, where nobody else writes. */
const HOOK = `import { registerHooks } from 'node:module'; import { appendFileSync } from 'node:fs';
registerHooks({ load: (url, context, next) => { if (url.startsWith('file:')) appendFileSync(process.env.LOADED_FILES, url + '\\n'); return next(url, context); } });`;

/** Runs an entry and writes the address of each file that it loads into `list`; what it prints, and its exit code. */
export function runTellingFiles(entry: string, args: readonly string[], { list, home }: { list: string; home: string }): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--no-warnings', '--import', `data:text/javascript,${encodeURIComponent(HOOK)}`, entry, ...args], { env: { PATH: process.env['PATH'], LOADED_FILES: list, PROVENROOT_HOME: home } }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout });
    });
  });
}
