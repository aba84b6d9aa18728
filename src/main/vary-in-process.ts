import { once } from 'node:events';
import { deserialize, serialize } from 'node:v8';

import { ownOutputs } from '../build/step-alone.ts';
import { systemClock } from '../foundation/clock.ts';
import { Bug } from '../foundation/failure.ts';
import type { Outputs } from '../build/journal.ts';
import type { Plan } from '../plan/plan.ts';
import type { StepId } from '../plan/step.ts';
import { openLocalStore } from '../store/open-local-store.ts';

/** What one process tells the other, in the form of `node:v8`: plans have maps and bytes in them. */
export interface InProcessInput { store: string; plan: Plan; step: StepId; outputs: ReadonlyMap<StepId, Outputs> }

/** Our own part of one step, alone in a process that was started under other conditions. Reads stdin, answers on stdout. */
async function main(): Promise<void> {
  const { store: path, plan, step: id, outputs } = await readInput();
  const store = await openLocalStore(path, { clock: systemClock });
  const step = plan.steps.get(id);
  if (step === undefined) throw new Bug(`the plan has no step ${id}`);
  const made = await ownOutputs(step, plan, (need) => outputs.get(need) ?? {}, store);
  if (!process.stdout.write(serialize(made))) await once(process.stdout, 'drain');
}

async function readInput(): Promise<InProcessInput> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return deserialize(Buffer.concat(chunks)) as InProcessInput;
}

await main();
