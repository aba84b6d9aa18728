import { ERRORS } from '../foundation/error-registry.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { isCoded } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { harmless, type Terminal } from './output.ts';
import { printShape } from './print-shape.ts';

/** Prints what went wrong, where and what to do; returns the exit code. Never a stack for what is expected. */
export function reportError(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  if (!isCoded(error)) return reportBug(terminal, error, json);
  const exit = ERRORS[error.code].exit;
  const hint = error.hint ?? ERRORS[error.code].remedy;
  const findings = Array.isArray(error.details['findings']) ? error.details['findings'] as Finding[] : [];
  if (json) {
    printShape(terminal, 'error', { error: { code: error.code, message: error.message, place: error.place ?? null, hint, findings } });
    return exit;
  }
  for (const finding of findings) terminal.note(`${findingText(finding)}\n`);
  terminal.note(`${error.name === 'Bug' ? 'bug' : 'error'}: ${harmless(error.message)} [${error.code}]\n`);
  if (error.place !== undefined && !error.message.includes(error.place)) terminal.note(`  where: ${harmless(error.place)}\n`);
  terminal.note(`  remedy: ${harmless(hint)}\n`);
  if (error.name === 'Bug') terminal.note(`${error.stack ?? ''}\n`);
  return exit;
}

function reportBug(terminal: Terminal, error: unknown, json: boolean): ExitCode {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  if (json) printShape(terminal, 'error', { error: { code: 'FOUNDATION.BUG', message: String(error), place: null, hint: ERRORS['FOUNDATION.BUG'].remedy, findings: [] } });
  terminal.note(`bug: ${text}\n  remedy: ${ERRORS['FOUNDATION.BUG'].remedy}\n`);
  return EXIT.bug;
}

export function findingText({ severity, path, line, rule, message, suggestion }: Finding): string {
  const place = line > 0 ? `${path}:${line}` : path;
  return `${harmless(place)}: ${severity}: ${harmless(message)} (${rule})${suggestion === undefined ? '' : `; ${harmless(suggestion)}`}`;
}
