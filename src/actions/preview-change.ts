import { configurationForm, parseConfiguration, type Configuration } from '../catalog/configuration.ts';
import { addPackage, removePackage } from '../catalog/edit-configuration.ts';
import { unitedOptions } from '../catalog/effective.ts';
import type { Catalog } from '../catalog/model.ts';
import { sortFindings, type Finding } from '../foundation/finding.ts';
import { differenceOf } from '../plan/explain.ts';
import { planBuild } from '../plan/plan.ts';
import { resolveConfiguration } from '../plan/resolve.ts';
import type { ChangePreview, ChosenPackage, ConfigurationChange } from './actions.ts';
import { readRevision } from './explain-package.ts';
import { previewPlan } from './plan-preview.ts';
import type { Workshop } from './workshop.ts';

/** What a changed configuration would bring; nothing is saved. What is wrong with the change are findings, no error. */
export async function previewChange(revisionId: string, change: ConfigurationChange, workshop: Workshop): Promise<ChangePreview> {
  const { name, configurationId, configuration, pinned, resolution: before } = await readRevision(revisionId, workshop);
  const changed = changedConfiguration(configuration, change, pinned.catalog);
  if (changed.value === undefined) return refused(changed.findings);
  const { resolution: after, findings } = resolveConfiguration(changed.value, pinned.catalog, { name });
  if (after === undefined) return refused(findings);
  const { added, removed, changed: others } = differenceOf(before, after);
  const plan = await previewPlan({ plan: planBuild(after, pinned.catalog, workshop.engine), targetName: name, configurationId }, workshop);
  return { packagesAdded: added, packagesRemoved: removed, packagesChanged: others, findings, plan };
}

function refused(findings: readonly Finding[]): ChangePreview {
  return { packagesAdded: [], packagesRemoved: [], packagesChanged: [], findings };
}

interface Changed { value?: Configuration; findings: readonly Finding[] }

/** Every part of the change is tried, so that all that is wrong is told at once. */
function changedConfiguration(configuration: Configuration, { set, remove }: ConfigurationChange, catalog: Catalog): Changed {
  let value = configuration;
  const findings: Finding[] = [];
  const edit = (edited: Changed): void => { value = edited.value ?? value; findings.push(...edited.findings); };
  for (const name of remove) edit(removePackage(value, name, catalog));
  for (const chosen of set) edit(withPackage(value, chosen, catalog));
  return findings.some(({ severity }) => severity === 'error') ? { findings: sortFindings(findings) } : reparsed(value);
}

/** Options may be set for what the board chooses (a kernel); only what is no part of it is added. */
function withPackage(configuration: Configuration, { name, options }: ChosenPackage, catalog: Catalog): Changed {
  if (Object.keys(options).length === 0 || !catalog.recipes.has(name)) return addPackage(configuration, name, catalog);
  const packages = { ...configuration.packages, [name]: { options: unitedOptions(configuration.packages[name]?.options ?? {}, options) } };
  return { value: { ...configuration, packages, remove: configuration.remove.filter((other) => other !== name) }, findings: [] };
}

/** Through the schema: a change can make nothing that a file could not say. */
function reparsed(configuration: Configuration): Changed {
  const { value, findings } = parseConfiguration(Buffer.from(JSON.stringify(configurationForm(configuration))), 'change');
  return { ...(value === undefined ? {} : { value }), findings: findings.map((finding) => ({ ...finding, line: 0 })) };
}
