import type { Sha256 } from '../foundation/digest.ts';
import type { ImageChoice, SystemSettings } from '../catalog/model.ts';
import type { ResolvedPackage } from './resolution.ts';

/**
 * What a plan must know of the engine that will run it: versions that are part of keys, the pinned sandbox,
 * the step runner. Handed in, so that planning stays pure and knows no other room.
 */
export interface EngineFacts {
  /** Digest of the sandbox's root tree, from its lock. */
  sandbox: Sha256;
  /** PID 1 of every step. */
  stepRunner: Uint8Array;
  collectorVersion: number;
  finalizeVersion: number;
  imageFormat(choice: ImageChoice, epochSeconds: number): ImageFormatFacts;
  /** What the final root is made of beside the packages' trees: tables and settings, in canonical form. */
  rootParameters(packages: readonly ResolvedPackage[], system: SystemSettings): Record<string, unknown>;
}

export interface ImageFormatFacts {
  /** Stands for the phase that finishes the image in the sandbox, too. */
  writerVersion: string;
  parameters: Readonly<Record<string, string | number>>;
  /** The writer's bytes are finished in the sandbox: a compressor's version shapes the result. */
  finishedInSandbox: boolean;
}
