/** What may be otherwise around a step, one name a condition; a recipe may deviate from `variation-NAME` with a reason. */
export const VARIATION_NAMES = [
  'aslr', 'build-path', 'cache', 'cpu-count', 'directory-order', 'domain', 'entropy', 'environment', 'exec-path', 'home', 'hostname', 'kernel',
  'locale', 'storage', 'store-path', 'time', 'time-zone', 'umask', 'user',
] as const;

export type VariationName = typeof VARIATION_NAMES[number];

export function isVariationName(text: string): text is VariationName {
  return (VARIATION_NAMES as readonly string[]).includes(text);
}

/** Rule id under which a recipe's `deviations` excuse what the variation changes. */
export function variationRule(name: VariationName): string {
  return `variation-${name}`;
}
