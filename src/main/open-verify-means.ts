import { cpus, release } from 'node:os';

import { openDesk, type Desk } from '../actions/desk.ts';
import type { VerifyMeans } from '../actions/verify-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Environment } from './environment.ts';
import { homeSigner } from './open-signer.ts';
import { openYard } from './open-yard.ts';
import { VERSION } from './version.ts';

/** What rebuilding takes: the desk, opened once, and a yard that can fetch nothing. */
export async function openVerifyMeans(environment: Environment, workshop: Workshop, options: { parallel?: number; note: (line: string) => void }): Promise<VerifyMeans> {
  let desk: Promise<Desk> | undefined;
  return {
    openDesk: () => (desk ??= openDesk(homeSigner(environment), workshop)),
    openYard: (signal) => openYard(environment, workshop, { ...options, offline: true, signal }),
    independence: {
      site: environment.site, cpuVendor: cpus()[0]?.model ?? 'unknown', kernel: release(),
      // A home is a worker; its path is nobody's business.
      worker: sha256(`provenroot worker ${environment.home}`),
    },
    version: { provenroot: VERSION, node: process.version },
  };
}
