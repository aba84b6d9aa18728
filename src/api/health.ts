import type { ApiParts } from './context.ts';
import { sha256 } from '../foundation/digest.ts';

export interface Health {
  ready: boolean;
  version: string;
  checks: { name: string; ok: boolean; durationMs: number }[];
}

/** The digest of no bytes: asking for it makes the store look at its disk. */
const EMPTY = sha256('');

type HealthParts = Pick<ApiParts, 'reads' | 'store' | 'clock' | 'version' | 'limits'>;

/** Never throws: what does not answer in time is not well. */
export async function checkHealth(parts: HealthParts): Promise<Health> {
  const checks = await Promise.all([
    checked(parts, 'database', () => parts.reads.ping()),
    checked(parts, 'store', async () => { await parts.store.hasBlob(EMPTY); }),
  ]);
  return { ready: checks.every(({ ok }) => ok), version: parts.version, checks };
}

async function checked({ clock, limits }: HealthParts, name: string, check: () => Promise<void>): Promise<{ name: string; ok: boolean; durationMs: number }> {
  const begin = clock.monotonicMs();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => { timer = setTimeout(resolve, limits.requestMs / 2, false); });
  const ok = await Promise.race([check().then(() => true, () => false), late]);
  clearTimeout(timer);
  return { name, ok, durationMs: Math.round(clock.monotonicMs() - begin) };
}
