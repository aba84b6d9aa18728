import { z } from 'zod';

import { described, format, imageChoice, name, packageChoices, systemSettings, text, url } from './field-schemas.ts';

export const configurationSchema = z.strictObject({
  format,
  board: described(name, 'Board that everything else is inherited from.'),
  packages: described(packageChoices.default({}), 'Packages beyond the board\'s, and options that differ from the board\'s.'),
  remove: described(z.array(name).max(1000).default([]), 'Packages of the board that are left out.'),
  toolchain: described(name.optional(), 'Toolchain recipe in place of the board\'s.'),
  system: described(systemSettings.partial().prefault({}), 'Settings that differ from the board\'s.'),
  images: described(z.array(imageChoice).min(1).max(10).optional(), 'Images in place of the board\'s.'),
  organization: described(z.strictObject({
    supplier: described(text, 'Who supplies the image.'),
    contact: described(text.optional(), 'Mail address or URL for questions about security.'),
    url: described(url.optional(), 'Page of the supplier.'),
    publishing_url: described(url.regex(/\/$/, 'must end in a slash').optional(), 'Where images and documents are published; file names are added.'),
    product: described(text.optional(), 'Name of what is shipped, in place of the board\'s.'),
    product_version: described(text.optional(), 'Its version, in place of the build\'s definition digest.'),
    support_until: described(z.string().regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/, 'must be a day, YYYY-MM-DD').optional(), 'Last day of its support period, `YYYY-MM-DD`.'),
  }).optional(), 'Named in documents about the image; changes no image.'),
});

export type ConfigurationYaml = z.infer<typeof configurationSchema>;
