import { z } from 'zod';

import { described, format, name, stageName, summary, text, variable } from './field-schemas.ts';
import { inputValue } from './recipe-schema.ts';

export const INPUT_TYPES = ['boolean', 'integer', 'string', 'list', 'kconfig'] as const;

const stage = z.strictObject({
  name: described(stageName, '`main` is the recipe itself and the last stage; another, `config`, becomes the step `recipe.config`.'),
  after: described(z.array(stageName).max(20).default([]), 'Earlier stages whose outputs it gets, below /src/stages/NAME/OUTPUT.'),
  inputs: described(z.array(variable).max(200).default([]), 'Inputs that its phases may see; no other changes its key.'),
  collects_kernel_options: described(z.boolean().default(false), 'It gets the kernel options that all chosen packages require, as the file `$with_required`.'),
  needs: described(z.array(z.enum(['toolchain', 'build', 'host'])).max(3).default([]), 'Kinds of needs that it gets.'),
  phases: described(z.array(z.strictObject({
    name: described(stageName, 'Name of the phase; a recipe may replace it by this name.'),
    run: described(z.string().min(1).max(65_536), 'Shell text. Sees inputs as `$with_NAME`, options as `$opt_NAME`, architecture facts as `$arch_NAME`; not interpolated.'),
  })).min(1).max(30), 'Run in order, in one container.'),
});

export const templateSchema = z.strictObject({
  format,
  name: described(name, 'Name of the template, and of its folder.'),
  summary: described(summary, 'What it builds, one line.'),
  inputs: described(z.record(variable, z.strictObject({
    type: described(z.enum(INPUT_TYPES), 'Type of its value. A list reaches the phase as quoted words for `eval "set -- $x"`, a kconfig as the path of a file of KEY=value lines.'),
    description: described(text, 'What it does, for the one who writes a recipe.'),
    default: described(inputValue.optional(), 'Its value where the recipe gives none; without a default the recipe must give one.'),
  })).default({}), 'What a recipe gives it below `with`, by name.'),
  stages: described(z.array(stage).min(1).max(10), 'Each is one step: one container.'),
});

export type TemplateYaml = z.infer<typeof templateSchema>;
