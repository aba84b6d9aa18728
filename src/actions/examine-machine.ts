import { ERRORS } from '../foundation/error-registry.ts';
import { isCoded } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import { missingParts, type Machine, type Purpose } from './set-up-machine.ts';

/** Looks at one thing each; what is wrong they throw. */
export interface MachineProbes {
  machine: Machine;
  nodeVersion: string;
  home: string;
  /** Version and storage driver of the engine. */
  engine(): Promise<{ version: string; apiVersion: string; storageDriver: string }>;
  /** False where the sandbox is not loaded; throws where another is behind its name. */
  sandboxIsLoaded(): Promise<boolean>;
  /** Migrations that were applied by looking. */
  database(): Promise<readonly string[]>;
  /** Writes a file in the home and takes it away; bytes that are free there. */
  freeBytes(): Promise<number>;
  debianMirrors(): Promise<readonly string[]>;
  catalogFindings(): Promise<readonly Finding[]>;
}

export interface Check {
  name: string;
  ok: boolean;
  found: string;
  /** What to do; null where all is well. */
  remedy: string | null;
}

const GIB = 2 ** 30;
/** The sandbox with its packages takes 1.2 GiB in the home, a build of a board about 2. */
const ENOUGH_BYTES = 5 * GIB;

/** All checks, whatever comes of one of them. */
export async function examineMachine(probes: MachineProbes): Promise<Check[]> {
  const { machine, nodeVersion } = probes;
  return Promise.all([
    check('node', async () => judged(isSupportedNode(nodeVersion), nodeVersion, 'Use Node ^22.22.2, ^24.15 or 26 and later; ./provenroot brings one.')),
    check('platform', async () => judged(machine.platform === 'linux/x64', machine.platform, 'Steps run on linux/x64 only: use such a machine, or a virtual one.')),
    check('engine', async () => { const { version, apiVersion, storageDriver } = await probes.engine(); return ok(`Docker Engine ${version}, API ${apiVersion}, storage ${storageDriver}`); }),
    check('sandbox', async () => ok(await probes.sandboxIsLoaded() ? 'loaded, and the one of the lock' : 'not loaded yet: the next build assembles it')),
    check('database', async () => { const applied = await probes.database(); return ok(applied.length === 0 ? 'answers, all migrations applied' : `answers, ${applied.length} migrations applied now`); }),
    check('disk', async () => {
      const free = await probes.freeBytes();
      return judged(free >= ENOUGH_BYTES, `${probes.home} can be written, ${(free / GIB).toFixed(1)} GiB free`, `A build takes up to ${ENOUGH_BYTES / GIB} GiB: free space, run \`gc\`, or set PROVENROOT_HOME to another disk.`);
    }),
    check('mirror', async () => {
      const mirrors = await probes.debianMirrors();
      return judged(mirrors.length > 0, mirrors.length === 0 ? 'apt names no Debian archive' : `${mirrors.length} Debian archive${mirrors.length === 1 ? '' : 's'}`, 'Set PROVENROOT_DEBIAN_MIRROR to the address of one (…/debian).');
    }),
    check('tools', () => tools(machine, 'build')),
    check('emulator', () => tools(machine, 'boot')),
    check('catalog', async () => {
      const findings = await probes.catalogFindings();
      const errors = findings.filter(({ severity }) => severity === 'error').length;
      return judged(errors === 0, `${errors} errors, ${findings.length - errors} warnings`, 'Any verb that reads the catalog (`list recipes`) names them.');
    }),
  ]);
}

type Verdict = Omit<Check, 'name'>;

const ok = (found: string): Verdict => ({ ok: true, found, remedy: null });
const judged = (good: boolean, found: string, remedy: string): Verdict => good ? ok(found) : { ok: false, found, remedy };

async function check(name: string, look: () => Promise<Verdict>): Promise<Check> {
  try {
    return { name, ...await look() };
  } catch (error) {
    if (!isCoded(error)) return { name, ok: false, found: error instanceof Error ? error.message : String(error), remedy: ERRORS['FOUNDATION.BUG'].remedy };
    return { name, ok: false, found: `${error.message} [${error.code}]`, remedy: error.hint ?? ERRORS[error.code].remedy };
  }
}

async function tools(machine: Machine, purpose: Purpose): Promise<Verdict> {
  const missing = await missingParts(machine, [purpose], true);
  return judged(missing.length === 0, missing.length === 0 ? 'all there' : `missing: ${missing.map(({ command }) => command).join(', ')}`,
    `Run: ./provenroot setup, or: apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(' ')}`);
}

/** `engines` of package.json: ^22.22.2 || ^24.15.0 || >=26. */
export function isSupportedNode(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.replace(/^v/, '').split('.').map((part) => Number.parseInt(part, 10));
  if (major === 22) return minor > 22 || (minor === 22 && patch >= 2);
  return major === 24 ? minor >= 15 : major >= 26;
}
