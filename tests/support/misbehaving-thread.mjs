import { parentPort, workerData } from 'node:worker_threads';

// A thread that does not compare but does what `workerData` says.
parentPort.on('message', () => {
  if (workerData === 'never ends') for (;;) ;
  if (workerData === 'takes all memory') { const held = []; for (;;) held.push(Array.from({ length: 100_000 }, (_, i) => ({ i }))); }
  if (workerData === 'throws') throw new Error('not caught');
  if (workerData === 'exits') process.exit(3);
  if (workerData === 'throws afterwards') { parentPort.postMessage({ json: '[]' }); setTimeout(() => { throw new Error('nobody waits'); }, 100); }
});
