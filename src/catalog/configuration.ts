import { stringify } from 'yaml';

import { canonicalJson, jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { configurationSchema, type ConfigurationYaml } from './configuration-schema.ts';
import { deepFrozen } from './freeze.ts';
import type { ImageChoice, PackageChoice, SystemSettings } from './model.ts';
import { parseYaml, type Parsed } from './parse-folder.ts';
import { toImage } from './parse-board.ts';
import { present } from './present.ts';
import type { PlacePath } from './yaml-document.ts';

/** What a user wants, as far as it differs from the board. A revision is one of these, frozen and known by its digest. */
export interface Configuration {
  format: 1;
  board: string;
  /** Beyond the board's, and options that differ from the board's. */
  packages: Readonly<Record<string, PackageChoice>>;
  /** Packages of the board that are left out. */
  remove: readonly string[];
  /** In place of the board's. */
  toolchain?: string;
  system: Partial<SystemSettings>;
  /** In place of the board's. */
  images?: readonly ImageChoice[];
  organization?: Organization;
}

export interface Organization {
  supplier: string;
  contact?: string;
  url?: string;
  /** Ends in a slash. */
  publishingUrl?: string;
  product?: string;
  productVersion?: string;
  /** `YYYY-MM-DD`. */
  supportUntil?: string;
}

/** YAML or JSON. `path` is how findings name the file. */
export function parseConfiguration(bytes: Uint8Array, path: string): ParsedConfiguration {
  const { value, document, findings } = parseYaml(bytes, path, configurationSchema);
  return value === undefined || document === undefined ? { findings } : { findings, value: deepFrozen(toConfiguration(value)), lineOf: document.lineOf };
}

export interface ParsedConfiguration extends Parsed<Configuration> {
  /** For resolution, whose findings then have lines. */
  lineOf?: (place: PlacePath) => number;
}

/** Everything that a board says, and no more: what `build BOARD` builds. */
export function plainConfiguration(board: string): Configuration {
  return { format: 1, board, packages: {}, remove: [], system: {} };
}

function toConfiguration(yaml: ConfigurationYaml): Configuration {
  const { system } = yaml;
  return {
    format: yaml.format, board: yaml.board, packages: yaml.packages, remove: yaml.remove,
    system: present({
      hostname: system.hostname, banner: system.banner, rootPassword: system.root_password,
      authorizedKeys: system.authorized_keys, epochSeconds: system.epoch_seconds,
    }),
    ...present({ toolchain: yaml.toolchain, images: yaml.images?.map(toImage), organization: yaml.organization === undefined ? undefined : toOrganization(yaml.organization) }),
  };
}

/** The file's own vocabulary in a fixed order, without empty parts: what is stored, shown and hashed. */
export function configurationForm(configuration: Configuration): Record<string, unknown> {
  const { format, board, packages, remove, toolchain, system, images, organization } = configuration;
  const form = {
    format, board, toolchain,
    packages: Object.fromEntries(sortedEntries(packages).map(([name, { options }]) => [name, Object.keys(options).length === 0 ? {} : { options: Object.fromEntries(sortedEntries(options)) }])),
    remove: [...new Set(remove)].toSorted(compareText),
    system: systemForm(system),
    images: images?.map(({ format: image, sizeBytes }) => present({ format: image, size_bytes: sizeBytes })),
    organization: organization === undefined ? undefined : organizationForm(organization),
  };
  return present(Object.fromEntries(Object.entries(form).map(([key, value]) => [key, isEmpty(value) ? undefined : value])));
}

function toOrganization({ supplier, contact, url, publishing_url: publishingUrl, product, product_version: productVersion, support_until: supportUntil }: NonNullable<ConfigurationYaml['organization']>): Organization {
  return { supplier, ...present({ contact, url, publishingUrl, product, productVersion, supportUntil }) };
}

function organizationForm({ publishingUrl, product, productVersion, supportUntil, ...named }: Organization): Record<string, unknown> {
  return { ...named, ...present({ publishing_url: publishingUrl, product, product_version: productVersion, support_until: supportUntil }) };
}

function systemForm(system: Partial<SystemSettings>): Record<string, unknown> {
  return present({
    hostname: system.hostname, banner: system.banner, root_password: system.rootPassword,
    authorized_keys: system.authorizedKeys, epoch_seconds: system.epochSeconds,
  });
}

/** An empty `images` never parses, so only lists and maps that mean nothing are dropped. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

export function configurationDigest(configuration: Configuration): Sha256 {
  return jsonDigest(configurationForm(configuration));
}

export function canonicalConfiguration(configuration: Configuration): string {
  return canonicalJson(configurationForm(configuration));
}

/** The file that `config save` writes. */
export function renderConfiguration(configuration: Configuration): string {
  return stringify(configurationForm(configuration), { version: '1.2', lineWidth: 0, aliasDuplicateObjects: false, blockQuote: false });
}
