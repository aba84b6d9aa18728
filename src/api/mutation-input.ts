import type { OptionValue } from '../catalog/model.ts';
import type { ChosenPackage, ConfigurationContent } from '../actions/actions.ts';
import { Failure } from '../foundation/failure.ts';

export interface PackageArgument { name: string; options?: { name: string; value: unknown }[] | null }
export interface ImageArgument { format: keyof typeof IMAGE_FORMATS; sizeBytes?: number | null }
export interface SystemArgument { hostname?: string | null; banner?: string | null; rootPassword?: string | null; authorizedKeys?: string[] | null }

export interface ContentArgument {
  packages?: PackageArgument[] | null;
  without?: string[] | null;
  toolchain?: string | null;
  system?: SystemArgument | null;
  images?: ImageArgument[] | null;
}

export const IMAGE_FORMATS = { CPIO_GZ: 'cpio.gz', TAR: 'tar', SQUASHFS: 'squashfs', EXT4: 'ext4' } as const;

/** Whether each value has its option's type is the catalog's to say; here it is only a value that an option can have. */
export function chosenPackages(given: readonly PackageArgument[] | null | undefined): ChosenPackage[] {
  return (given ?? []).map(({ name, options }) => ({
    name, options: Object.fromEntries((options ?? []).map((option) => [option.name, optionValue(option.name, option.value)])),
  }));
}

function optionValue(name: string, value: unknown): OptionValue {
  const isText = (each: unknown): boolean => typeof each === 'string';
  const ok = typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string'
    || (Array.isArray(value) ? value.every(isText) : typeof value === 'object' && value !== null && Object.values(value).every(isText));
  if (!ok) throw new Failure('API.BAD_REQUEST', `the value of option ${JSON.stringify(name)} is none that an option can have`);
  return value as OptionValue;
}

export function configurationContent(given: ContentArgument | null | undefined): ConfigurationContent {
  return {
    packages: chosenPackages(given?.packages),
    without: given?.without ?? [],
    ...(given?.toolchain ? { toolchain: given.toolchain } : {}),
    system: present(given?.system ?? {}),
    ...(given?.images ? { images: given.images.map(({ format, sizeBytes }) => ({ format: IMAGE_FORMATS[format], ...present({ sizeBytes }) })) } : {}),
  };
}

/** Without what is null or undefined. */
export function present<T extends object>(given: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** The text of a policy as the use cases take it. */
export function policyOf({ policy }: { policy?: string | null | undefined }): { policy?: Uint8Array } {
  return typeof policy === 'string' ? { policy: Buffer.from(policy) } : {};
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function decodeUpload(path: string, content: string): Uint8Array {
  if (!BASE64.test(content)) throw new Failure('API.BAD_UPLOAD', `the content of ${JSON.stringify(path)} is not base64`, { place: path });
  return Buffer.from(content, 'base64');
}
