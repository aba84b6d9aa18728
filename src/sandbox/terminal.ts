import type { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type Docker from 'dockerode';

import { containerEnd } from './container-end.ts';
import { told } from './docker-engine.ts';

/** A person's terminal, in raw mode; who hands it in sets and restores the mode. */
export interface Terminal {
  stdin: Readable;
  stdout: Writable;
  size(): { columns: number; rows: number };
  /** Called with a listener for changes of the size; returns how to stop. */
  onResize(listener: () => void): () => void;
}

/** Runs the step as far as it goes, says how to run it again, and becomes a shell where it stands. */
export function shellAfter(argv: readonly string[]): string[] {
  const step = argv.map(quoted).join(' ');
  const told = `== shell: ${argv.join(' ')} runs the step again; exit leaves, and nothing is kept`;
  return ['/bin/sh', '-c', `${step}; printf '%s\\n' ${quoted(told)}; cd /build/source 2>/dev/null; exec /bin/bash --norc`];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Connects a container made with a terminal to a person's until its shell ends; returns the exit code. */
export async function runTerminal(container: Docker.Container, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const stream = await told('attaching to a container', () => container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true }));
  const resize = (): void => {
    const { columns, rows } = terminal.size();
    // A container that has just ended has no terminal any more.
    container.resize({ w: columns, h: rows }).catch(() => undefined);
  };
  const kill = (): void => void container.kill().catch(() => undefined);
  stream.pipe(terminal.stdout, { end: false });
  // However it ends, also when the engine breaks it off: how the shell ended is asked for on its own.
  const shown = finished(stream, { writable: false }).catch(() => undefined);
  await told('starting a container', () => container.start());
  resize();
  const stopResizing = terminal.onResize(resize);
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  terminal.stdin.pipe(stream);
  try {
    await containerEnd(container, shown);
    await shown;
    return (await told('asking how a shell ended', () => container.inspect())).State.ExitCode;
  } finally {
    signal.removeEventListener('abort', kill);
    stopResizing();
    terminal.stdin.unpipe(stream);
    stream.end();
  }
}
