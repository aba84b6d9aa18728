import { z } from 'zod';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { isSha256, sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import { parseJson } from '../signing/strict-json.ts';
import { badArchive, DEFINITION_PATH } from './legal-index.ts';

const digest = z.string().refine(isSha256, 'is no sha256') as unknown as z.ZodType<Sha256>;
const digests = z.record(z.string(), digest);

/** Only what is looked at; the whole is known by its digest, and must come out again when it is planned. */
const definitionSchema = z.object({
  format: z.int(), configuration: digest, sandbox: digest, recipes: digests, templates: digests,
  target: z.object({ board: z.string(), architecture: z.string() }),
  inputs: z.array(z.object({ role: z.string(), name: z.string(), digest })),
  versions: z.object({ stepRunner: z.string(), collector: z.number(), finalize: z.number(), writers: z.record(z.string(), z.string()) }),
});

/** Hostile bytes to the definition with this digest. Throws LEGAL.OTHER_DEFINITION, LEGAL.BAD_ARCHIVE, SIGNING.BAD_JSON. */
export function parseDefinition(bytes: Uint8Array, expected: Sha256): BuildDefinition {
  if (sha256(bytes) !== expected) throw new Failure('LEGAL.OTHER_DEFINITION', `${DEFINITION_PATH} is ${sha256(bytes)}, the index is about ${expected}`, { place: DEFINITION_PATH });
  const value = parseJson(bytes, DEFINITION_PATH);
  const { error } = definitionSchema.safeParse(value);
  if (error !== undefined) badArchive(`${DEFINITION_PATH}: ${(error.issues[0]?.path ?? []).join('.').slice(0, 300)}: ${error.issues[0]?.message ?? ''}`, DEFINITION_PATH);
  if (!Buffer.from(canonicalJson(value)).equals(bytes)) badArchive(`${DEFINITION_PATH} is not in its one canonical form`, DEFINITION_PATH);
  return value as BuildDefinition;
}
