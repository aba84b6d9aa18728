export type Property = { name: string; value: string };

/** Of our own namespace. */
export function property(name: string, value: string): Property {
  return { name: `provenroot:${name}`, value };
}

export const RELATION_PREFIX = 'provenroot:relation:';
export const DECLARED_LICENSE = 'provenroot:license:declared';
