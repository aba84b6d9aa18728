import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { ImageChoice } from '../catalog/model.ts';
import { FINALIZE_VERSION } from '../image/finalize-root.ts';
import { IMAGE_FORMATS } from '../image/image-formats.ts';
import type { EngineFacts, ImageFormatFacts } from '../plan/engine.ts';
import { COLLECTOR_VERSION } from '../sandbox/collect-outputs.ts';
import { rootTables } from './root-tables.ts';

/** The engine as plans see it: versions that enter keys, the pinned sandbox, the step runner. */
export function engineFacts(sandbox: Sha256, stepRunner: Uint8Array): EngineFacts {
  return {
    sandbox,
    stepRunner,
    collectorVersion: COLLECTOR_VERSION,
    finalizeVersion: FINALIZE_VERSION,
    imageFormat,
    rootParameters: (shipped, system) => {
      const { initScripts, ...tables } = rootTables(shipped, system);
      const scripts = initScripts.map(({ owner, row }) => ({ owner, name: row.name, sha256: sha256(row.bytes) }));
      const overrides = shipped.map(({ recipe }) => ({ owner: recipe.name, overrides: recipe.overrides }));
      return { ...tables, initScripts: scripts, overrides };
    },
  };
}

function imageFormat(choice: ImageChoice, epochSeconds: number): ImageFormatFacts {
  const { writerVersion, parameters, finish } = IMAGE_FORMATS[choice.format];
  return { writerVersion, parameters: parameters(choice, epochSeconds), finishedInSandbox: finish !== undefined };
}
