import { fileURLToPath } from 'node:url';

import { plainConfiguration, type Configuration } from '../../src/catalog/configuration.ts';
import { loadCatalog } from '../../src/catalog/load-catalog.ts';
import type { Catalog } from '../../src/catalog/model.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { Bug } from '../../src/foundation/failure.ts';
import type { EngineFacts } from '../../src/plan/engine.ts';
import { planBuild, type Plan } from '../../src/plan/plan.ts';
import { resolveConfiguration } from '../../src/plan/resolve.ts';

/** An engine whose facts never change, so that plans in golden files change with the planner alone. */
export const FIXED_ENGINE: EngineFacts = {
  sandbox: sha256('a sandbox'),
  stepRunner: Buffer.from('a step runner'),
  collectorVersion: 1,
  finalizeVersion: 1,
  imageFormat: ({ format }) => ({ writerVersion: '1', parameters: { format }, finishedInSandbox: format === 'squashfs' }),
  rootParameters: (packages, system) => ({ packages: packages.map(({ recipe }) => recipe.name), system }),
};

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const TINY_CATALOG = at('tiny-catalog');
export const OWN_CATALOG = at('../..');

export async function catalogAt(root: string): Promise<Catalog> {
  const { catalog, findings } = await loadCatalog(root);
  if (catalog === undefined) throw new Bug(`the catalog has errors: ${JSON.stringify(findings)}`);
  return catalog;
}

export function planOf(catalog: Catalog, configuration: Configuration | string, engine: EngineFacts = FIXED_ENGINE): Plan {
  const { resolution, findings } = resolveConfiguration(typeof configuration === 'string' ? plainConfiguration(configuration) : configuration, catalog);
  if (resolution === undefined) throw new Bug(`the configuration does not resolve: ${JSON.stringify(findings)}`);
  return planBuild(resolution, catalog, engine);
}
