import { setTimeout as sleep } from 'node:timers/promises';

import type Docker from 'dockerode';

import { told } from './docker-engine.ts';

const LOOK_AGAIN_MS = 1000;

/**
 * Until the container has ended. `outputEnded` is kept when what it prints has come to its end: the client's own wait
 * is never settled when the engine goes away in its midst (docker-modem 5 drops an answer that breaks off), but the
 * output ends then, and from there on the engine is asked. A step may also close its output and work on.
 */
export async function containerEnd(container: Docker.Container, outputEnded: Promise<void>): Promise<void> {
  let settled = false;
  const asked = outputEnded.then(async () => {
    while (!settled && (await told('asking for a container', () => container.inspect())).State.Running) {
      await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
    }
  });
  try {
    await Promise.race([told('waiting for a container', () => container.wait()), asked]);
  } finally {
    settled = true;
  }
}
