import { sortFindings } from '../foundation/finding.ts';
import { filesBeside, folderDigest, folderPathOf, type CatalogFolder } from './folder.ts';
import type { Template } from './model.ts';
import { parseFolder, type ParsedFolder } from './parse-folder.ts';
import { mapValues, toInputValue } from './parse-recipe.ts';
import { present } from './present.ts';
import { templateSchema, type TemplateYaml } from './template-schema.ts';

export function parseTemplate(folder: CatalogFolder): ParsedFolder<Template> {
  const parsed = parseFolder(folder, templateSchema, toTemplate);
  const beside = parsed.document === undefined ? [] : filesBeside(folder).map(({ path }) => ({
    severity: 'error' as const, path: `${folderPathOf(folder)}/${path}`, line: 0, rule: 'template-is-one-file', message: 'a template is a single file', suggestion: 'move it beside the recipe that needs it',
  }));
  if (beside.length === 0) return parsed;
  return { document: parsed.document!, findings: sortFindings([...parsed.findings, ...beside]) };
}

function toTemplate(yaml: TemplateYaml, folder: CatalogFolder): Template {
  return {
    format: yaml.format, name: yaml.name, summary: yaml.summary,
    inputs: mapValues(yaml.inputs, ({ type, description, default: value }) => ({
      type, description, ...present({ default: value === undefined ? undefined : toInputValue(value) }),
    })),
    stages: yaml.stages.map(({ collects_kernel_options, ...stage }) => ({ ...stage, collectsKernelOptions: collects_kernel_options })),
    folderDigest: folderDigest(folder),
  };
}
