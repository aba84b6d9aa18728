import { z } from 'zod';

import { described, format, IMAGE_FORMATS, imageChoice, name, packageChoices, summary, systemSettings, text, variable } from './field-schemas.ts';

export const boardSchema = z.strictObject({
  format,
  name: described(name, 'Name of the board, and of its folder.'),
  summary: described(summary, 'What it is, one line.'),
  architecture: described(name, 'Architecture that everything is compiled for.'),
  tuning: described(name, 'One of the architecture\'s tunings.'),
  toolchain: described(name, 'Recipe of role toolchain.'),
  kernel: described(name, 'Recipe of role kernel.'),
  skeleton: described(name, 'Recipe of role skeleton.'),
  packages: described(packageChoices.default({}), 'Packages that every image of the board has, by recipe, and options of the toolchain, kernel and skeleton recipes.'),
  system: described(systemSettings, 'Settings of the system; a configuration may change each.'),
  images: described(z.array(imageChoice).min(1).max(10), 'Images that a build makes.'),
  qemu: described(z.strictObject({
    command: described(z.string().regex(/^qemu-system-[a-z0-9_]+$/, 'must be a qemu-system- command'), 'Emulator.'),
    arguments: described(z.array(z.string().max(1024)).max(100), 'Its arguments; `{{kernel}}`, `{{rootfs}}`, `{{append}}`, `{{forward}}` stand for what `boot` fills in.'),
    append: described(text, 'Kernel command line.'),
    root_format: described(z.enum(IMAGE_FORMATS), 'The image that it boots; one of `images`.'),
  }).optional(), 'How `boot` runs it.'),
});

const environmentName = z.string().regex(/^[A-Z_][A-Z0-9_]{0,63}$/, 'must be upper-case letters, digits and `_`');

export const architectureSchema = z.strictObject({
  format,
  name: described(name, 'Name of the architecture, and of its file.'),
  facts: described(z.record(variable, text), 'Interpolated as `{{arch.NAME}}` and exported to phases as `$arch_NAME`.'),
  environment: described(z.record(environmentName, z.string().max(4096)).default({}), 'Environment of every target step; values may hold `{{arch.NAME}}` and `{{tuning.NAME}}`.'),
  tunings: described(z.record(name, z.record(variable, z.string().max(1024))), 'Variants by name; each has the same values.'),
});

export type BoardYaml = z.infer<typeof boardSchema>;
