import { z } from 'zod';

import { architectureSchema, boardSchema } from './board-schema.ts';
import { configurationSchema } from './configuration-schema.ts';
import { recipeSchema } from './recipe-schema.ts';
import { templateSchema } from './template-schema.ts';

/** The part of JSON Schema that our schemas come to. */
export interface JsonSchema {
  type?: string;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | false;
  anyOf?: readonly JsonSchema[];
  const?: string | number | boolean;
  enum?: readonly (string | number)[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
  description?: string;
  'x-unit'?: string;
}

const KINDS = {
  recipe: recipeSchema, template: templateSchema, board: boardSchema, architecture: architectureSchema, configuration: configurationSchema,
} as const;

export type SchemaKind = keyof typeof KINDS;
export const SCHEMA_KINDS = Object.keys(KINDS) as readonly SchemaKind[];

/** JSON Schema 2020-12 of a file as it is written: what has a default may be left out. `x-unit` names a number's unit. */
export function jsonSchemaOf(kind: SchemaKind): JsonSchema {
  return jsonSchemaFrom(KINDS[kind], `Provenroot ${kind}, format 1`);
}

/** The same of a file that another room reads. */
export function jsonSchemaFrom(read: z.ZodType, title: string): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(read, { io: 'input', target: 'draft-2020-12', override: keepDefault });
  return { $schema, title, ...schema } as JsonSchema;
}

/** The library drops the default of whatever holds a transformed value; ours are equal before and after. */
function keepDefault({ zodSchema, jsonSchema }: { zodSchema: z.core.$ZodTypes; jsonSchema: Record<string, unknown> }): void {
  const { def } = zodSchema._zod;
  if ((def.type === 'default' || def.type === 'prefault') && jsonSchema['default'] === undefined) jsonSchema['default'] = def.defaultValue;
}
