import { z } from 'zod';

import { INIT_SCRIPT, KERNEL_OPTION, NAME, STAGE, VARIABLE } from './name.ts';

/** A field with its description and, for numbers, its unit: both reach JSON Schema and the documented pages. */
export function described<T extends z.ZodType>(schema: T, description: string, unit?: string): T {
  return schema.meta({ description, ...(unit === undefined ? {} : { 'x-unit': unit }) });
}

const line = (maximum: number): z.ZodString => z.string().min(1, 'must not be empty').max(maximum).regex(/^[^\n\t]*$/, 'must be one line');

/** One line of text. */
export const text = line(1024);
export const summary = line(200);
export const format = described(z.literal(1), 'Version of this vocabulary; the first key of the file.');
export const name = z.string().regex(NAME, 'must be lower-case letters, digits, `+`, `.`, `_` and `-`, at most 64, a letter or digit first');
export const variable = z.string().regex(VARIABLE, 'must be lower-case letters, digits and `_`, at most 64, a letter first');
export const stageName = z.string().regex(STAGE, 'must be lower-case letters, digits and `-`, at most 32, a letter first');
export const kernelOption = z.string().regex(KERNEL_OPTION, 'must be spelled CONFIG_NAME');
export const initScriptName = z.string().regex(INIT_SCRIPT, 'must be S or K, two digits and a name: S50name');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256: 64 lower-case hexadecimal digits');
export const account = z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'must be an account name: lower-case letters, digits, `_`, `-`, at most 31');
export const id = z.int().min(0).max(65_533);
export const mode = z.string().regex(/^[0-7]{3,4}$/, 'must be three or four octal digits in quotes: "0755"');
export const url = z.string().max(2048).regex(/^(https?|ftp):\/\/[A-Za-z0-9.-]+(:[0-9]{1,5})?(\/[!-~]*)?$/, 'must be an http, https or ftp URL without user name or blanks');

/** Seconds since 1970 that every image format can hold. */
export const epochSeconds = z.int().min(1).max(0xffff_ffff);
/** A path below some folder: no leading slash, no `.` or `..`, no empty part, printable. */
export const relativePath = z.string().max(1024).regex(
  /^(?!\.{1,2}(\/|$))[A-Za-z0-9+,._@=~-]{1,255}(\/(?!\.{1,2}(\/|$))[A-Za-z0-9+,._@=~-]{1,255})*$/, 'must be a relative path without `.` or `..` and without blanks',
);
export const absolutePath = z.string().max(1024).regex(
  /^(\/|(\/(?!\.{1,2}(\/|$))[A-Za-z0-9+,._@=~[-]{1,255})+)$/, 'must be an absolute path without `.` or `..`, without blanks and without a slash at its end',
);
export const fileName = z.string().max(200).regex(/^[A-Za-z0-9][A-Za-z0-9+,._~-]*$/, 'must be a plain file name');

const CONFIG_VALUE = /^(y|m|n|-?[0-9]{1,19}|0x[0-9A-Fa-f]{1,16}|"[^"\\\n]{0,1000}")$/;
/** As it stands behind `=` in a `.config`; a number may be written bare. */
export const kernelValue = z.union([
  z.string().regex(CONFIG_VALUE, 'must be y, m, n, a number or text in double quotes, as in a .config'),
  z.int(),
]).transform(String);
export const kernelOptions = z.record(kernelOption, kernelValue);

export const optionValue = z.union([z.string().max(4096), z.int(), z.boolean(), z.array(z.string().max(4096)).max(1000), kernelOptions]);
export const condition = z.strictObject({
  option: described(variable, 'Name of an option of the same recipe.'),
  equals: described(optionValue, 'The value that it must have.'),
});

export const packageChoices = z.record(name, z.strictObject({
  options: described(z.record(variable, optionValue).default({}), 'Options of the recipe that differ from their defaults. A kconfig option is united key by key, any other replaced.'),
}));

export const IMAGE_FORMATS = ['cpio.gz', 'tar', 'squashfs', 'ext4'] as const;
export const MEBIBYTE = 1024 * 1024;

export const imageChoice = z.strictObject({
  format: described(z.enum(IMAGE_FORMATS), 'Format of the image.'),
  size_bytes: described(z.int().min(MEBIBYTE).max(2 ** 44).multipleOf(MEBIBYTE).optional(), 'Size of an ext4 image, a multiple of 1 MiB; without it as small as fits with a margin.', 'bytes'),
});

const CRYPT = /^(locked|\$(5|6|y|gy|2b)\$[A-Za-z0-9./,=$-]{20,250})$/;
const PUBLIC_KEY = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-[a-z0-9-]+@openssh\.com) [A-Za-z0-9+/]+={0,3}( [^\n\t]{0,200})?$/;
export const systemSettings = z.strictObject({
  hostname: described(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: lower-case letters, digits and `-`, at most 63'), 'Host name of the system.'),
  banner: described(line(1024), 'Line shown before the login prompt (/etc/issue).'),
  root_password: described(z.string().regex(CRYPT, 'must be `locked` or a crypt(3) hash: $5$, $6$, $y$, $gy$ or $2b$; a plain password is never stored'), 'A crypt(3) hash, or `locked`. There is no default password.'),
  authorized_keys: described(z.array(z.string().max(4096).regex(PUBLIC_KEY, 'must be an OpenSSH public key line')).max(100), 'OpenSSH public keys that may log in as root.'),
  epoch_seconds: described(epochSeconds, 'Time of images and of files that no recipe dates.', 'seconds since 1970'),
});
