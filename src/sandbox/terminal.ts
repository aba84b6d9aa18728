import type { Readable, Writable } from 'node:stream';

import type Docker from 'dockerode';

import { told } from './docker-engine.ts';

/** A person's terminal, in raw mode; who hands it in sets and restores the mode. */
export interface Terminal {
  stdin: Readable;
  stdout: Writable;
  size(): { columns: number; rows: number };
  /** Called with a listener for changes of the size; returns how to stop. */
  onResize(listener: () => void): () => void;
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
  await told('starting a container', () => container.start());
  resize();
  const stopResizing = terminal.onResize(resize);
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  terminal.stdin.pipe(stream);
  try {
    const { StatusCode } = await told('waiting for a container', () => container.wait() as Promise<{ StatusCode: number }>);
    return StatusCode;
  } finally {
    signal.removeEventListener('abort', kill);
    stopResizing();
    terminal.stdin.unpipe(stream);
    stream.end();
  }
}
