import type { PathBytes } from '../tree/entry.ts';

/** Files by which a root tells its loader where libraries lie; small, and read whole. */
const CONFIGURATION = [/^etc\/ld-musl-[^/]+\.path$/, /^etc\/ld\.so\.conf$/, /^etc\/ld\.so\.conf\.d\/[^/]+\.conf$/];

export function isLoaderConfiguration(path: PathBytes): boolean {
  return CONFIGURATION.some((pattern) => pattern.test(path));
}

/** Directories in order; lines of `include` are passed over, as what they name is read on its own. */
export function parseLoaderConfiguration(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => !/^(include|hwcap)\b/.test(line));
  return lines.flatMap((line) => line.split(/[\s:,=]+/)).filter((word) => word.startsWith('/'));
}
