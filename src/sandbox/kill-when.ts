import type Docker from 'dockerode';

export type KillReason = 'cancelled' | 'time-limit';

export interface KillWatch {
  why(): KillReason | undefined;
  stop(): void;
}

/** Time for the step runner to write down what it used. */
const GRACE_MS = 2000;
const AGAIN_MS = 5000;

/**
 * Ends a running container on abort or after `timeMs`: asks first, then kills, and again should the engine not have
 * done it. The caller waits for the container; `stop` once it has ended.
 */
export function killWhen(container: Docker.Container, signal: AbortSignal, timeMs: number): KillWatch {
  let why: KillReason | undefined;
  let timer: NodeJS.Timeout;
  // It may have ended by itself a moment ago: waiting for it tells.
  const send = (name: 'SIGTERM' | 'SIGKILL'): void => void container.kill({ signal: name }).catch(() => undefined);
  const insist = (): void => { send('SIGKILL'); timer = setTimeout(insist, AGAIN_MS); };
  const end = (reason: KillReason): void => {
    if (why !== undefined) return;
    why = reason;
    clearTimeout(timer);
    send('SIGTERM');
    timer = setTimeout(insist, GRACE_MS);
  };
  const onAbort = (): void => end('cancelled');
  timer = setTimeout(() => end('time-limit'), timeMs);
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  return { why: () => why, stop: () => { clearTimeout(timer); signal.removeEventListener('abort', onAbort); } };
}
