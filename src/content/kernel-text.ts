import { decompress } from '../bytes/decompress.ts';
import { tolerate, type ContentProblem } from './problem.ts';

/** What `/proc/version` says, and how the kernel was made. */
export interface KernelBanner {
  /** The whole line. */
  text: string;
  release: string;
  /** As compiled in: KBUILD_BUILD_USER and KBUILD_BUILD_HOST. */
  user?: string;
  host?: string;
  compiler?: string;
  /** From `#` on: number, flags, KBUILD_BUILD_TIMESTAMP. */
  build?: string;
}

const BANNER_START = 'Linux version ';
const MAX_BANNER_BYTES = 1024;
/** Programs that look for a marker hold it, too. */
const MOST_MARKERS = 16;

/**
 * `Linux version 6.1.0 (user@host) (gcc …) #1 SMP …`; strings of the same beginning that hold a format are no banner.
 * Kernels keep a copy without the build's number beside the true one, which is the one that is told.
 */
export function kernelBanner(bytes: Buffer): KernelBanner | undefined {
  let numberless: KernelBanner | undefined;
  let at = bytes.indexOf(BANNER_START, 0, 'latin1');
  for (let tries = 0; at >= 0 && tries < MOST_MARKERS; tries++, at = bytes.indexOf(BANNER_START, at + 1, 'latin1')) {
    const banner = parseBanner(/^[^\0\n]*/.exec(bytes.toString('latin1', at, at + MAX_BANNER_BYTES))![0]);
    if (banner !== undefined && /^#\d/.test(banner.build ?? '')) return banner;
    numberless ??= banner;
  }
  return numberless;
}

function parseBanner(text: string): KernelBanner | undefined {
  const release = /^Linux version (\d+\.\S+)/.exec(text)?.[1];
  if (release === undefined) return undefined;
  const maker = /^Linux version \S+ \(([^@()]*)@([^()]*)\) /.exec(text);
  const build = / (#\d* .*)$/.exec(text)?.[1];
  const compiler = maker === null ? undefined : text.slice(maker[0].length, build === undefined ? undefined : text.length - build.length).trim();
  return {
    text, release, ...(maker === null ? {} : { user: maker[1]!, host: maker[2]! }), ...(compiler === undefined ? {} : { compiler: compiler.replace(/^\((.*)\)$/s, '$1') }),
    ...(build === undefined ? {} : { build }),
  };
}

const CONFIG_START = 'IKCFG_ST';
const MAX_CONFIG_BYTES = 4 * 2 ** 20;
/** The configuration that CONFIG_IKCONFIG keeps in the kernel, as text. */
export function kernelConfiguration(bytes: Buffer, problems: ContentProblem[]): string | undefined {
  let at = bytes.indexOf(CONFIG_START, 0, 'latin1');
  for (let tries = 0; at >= 0 && tries < MOST_MARKERS; tries++) {
    const start = at + CONFIG_START.length;
    if (bytes[start] === 0x1f && bytes[start + 1] === 0x8b) {
      return tolerate(problems, () => decompress(bytes.subarray(start), 'gzip', { place: 'the configuration in the kernel', maxBytes: MAX_CONFIG_BYTES }).bytes.toString('latin1'));
    }
    at = bytes.indexOf(CONFIG_START, start, 'latin1');
  }
  return undefined;
}

/** `CONFIG_…` to its value; `n` for `# CONFIG_… is not set`. In the text's order. */
export function parseKernelConfiguration(text: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value, unset] = /^(?:(CONFIG_\w+)=(.*)|# (CONFIG_\w+) is not set)$/.exec(line) ?? [];
    if (name !== undefined) options.set(name, value!);
    else if (unset !== undefined) options.set(unset, 'n');
  }
  return options;
}
