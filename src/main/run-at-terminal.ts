import { reportError } from '../cli/failure-text.ts';
import type { Terminal } from '../cli/output.ts';
import type { ExitCode } from '../foundation/exit-codes.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';

/** One command on this process's own terminal, from its words to its exit code; what it throws is printed. */
export async function runAtTerminal(argv: readonly string[], run: (terminal: Terminal, interrupted: AbortSignal) => Promise<ExitCode>): Promise<ExitCode> {
  const terminal = standardTerminal();
  const lost = lostOutput();
  const interrupted = interruption();
  try {
    const exit = await run(terminal, interrupted);
    if (lost.code !== undefined) throw new Fault('ACTIONS.CANNOT_WRITE', `standard output cannot be written (${lost.code})`);
    return exit;
  } catch (error) {
    return reportError(terminal, error, argv.includes('--json'));
  }
}

/** From here on an interrupt ends the process as it is. */
export function endOnInterrupt(): void {
  for (const name of INTERRUPTS) process.removeAllListeners(name);
}

function standardTerminal(): Terminal {
  return {
    data: (text) => { process.stdout.write(text); },
    note: (text) => { process.stderr.write(text); },
    interactive: process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
  };
}

/** A reader that has seen enough (`| head`, EPIPE) stops nothing; any other loss of output fails the command. */
function lostOutput(): { code?: string } {
  const lost: { code?: string } = {};
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      const code = errorCodeOf(error) ?? 'unknown error';
      if (code !== 'EPIPE') lost.code = code;
    });
  }
  return lost;
}

/** The first interrupt asks the work to stop in order; the second ends the process as it is. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of INTERRUPTS) process.once(name, () => controller.abort());
  return controller.signal;
}

const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
