import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface Ran { code: number | null; stdout: string; stderr: string }

export interface RunOptions {
  checkout: string;
  environment: Readonly<Record<string, string>>;
  /** Words in front of the command. */
  prefix?: readonly string[];
}

/** Starts `./provenroot` as a user would. Both streams are pipes. */
export function startProvenroot(argv: readonly string[], { checkout, environment, prefix = [] }: RunOptions): ChildProcess {
  const [command, ...rest] = [...prefix, `${checkout}/provenroot`, ...argv];
  // eslint-disable-next-line node/no-process-env
  const inherited = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/root' };
  return spawn(command!, rest, { cwd: '/', env: { ...inherited, ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
}

export async function runProvenroot(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const child = startProvenroot(argv, options);
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  child.stdin!.end();
  const [code] = await once(child, 'close') as [number | null];
  return { code, stdout, stderr };
}

/** The last line of stdout as JSON; what went wrong is in the error, whole. */
export function lastJson<T>({ code, stdout, stderr }: Ran): T {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as T;
  } catch {
    throw new TypeError(`no JSON came (exit code ${code}):\n${stdout}\n${stderr}`);
  }
}
