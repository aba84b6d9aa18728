import { readFileSync } from 'node:fs';

import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';

import { BUILD_RESOLVERS } from './resolve-build.ts';
import { CATALOG_RESOLVERS } from './resolve-catalog.ts';
import { CHANGE_RESOLVERS } from './resolve-change.ts';
import { COMPARED_CONTENT_RESOLVERS } from './resolve-compared-contents.ts';
import { COMPARE_RESOLVERS } from './resolve-compare.ts';
import { CONFIGURATION_RESOLVERS } from './resolve-configuration.ts';
import { CONTENTS_MUTATION_RESOLVERS } from './resolve-contents-mutation.ts';
import { CONTENTS_RESOLVERS } from './resolve-contents.ts';
import { DETAIL_RESOLVERS } from './resolve-detail.ts';
import { EVIDENCE_RESOLVERS } from './resolve-evidence.ts';
import { EVIDENCE_MUTATION_RESOLVERS } from './resolve-evidence-mutation.ts';
import { HISTORY_RESOLVERS } from './resolve-history.ts';
import { LICENSE_RESOLVERS } from './resolve-licenses.ts';
import { MUTATION_RESOLVERS } from './resolve-mutation.ts';
import { OWNERSHIP_RESOLVERS } from './resolve-ownership.ts';
import { PROFILE_RESOLVERS } from './resolve-profile.ts';
import { QUERY_RESOLVERS } from './resolve-query.ts';
import { RELEASE_RESOLVERS } from './resolve-release.ts';
import { STEP_RESOLVERS } from './resolve-step.ts';
import { SUBSCRIPTION_RESOLVERS } from './resolve-subscription.ts';
import { UPLOAD_RESOLVERS } from './resolve-uploads.ts';
import { VERIFICATION_RESOLVERS } from './resolve-verification.ts';
import { SCALARS } from './scalars.ts';

export const SCHEMA_FILE = new URL('../../schema.graphql', import.meta.url);

/** `schema.graphql` with resolvers; a resolver that the file does not know is an error at start. */
export function loadSchema(): GraphQLSchema {
  return makeExecutableSchema({
    typeDefs: readFileSync(SCHEMA_FILE, 'utf8'),
    resolvers: [
      SCALARS, QUERY_RESOLVERS, CATALOG_RESOLVERS, CONFIGURATION_RESOLVERS, BUILD_RESOLVERS, STEP_RESOLVERS,
      CONTENTS_RESOLVERS, LICENSE_RESOLVERS, OWNERSHIP_RESOLVERS, PROFILE_RESOLVERS, COMPARE_RESOLVERS, CHANGE_RESOLVERS, HISTORY_RESOLVERS, COMPARED_CONTENT_RESOLVERS, UPLOAD_RESOLVERS, DETAIL_RESOLVERS,
      EVIDENCE_RESOLVERS, VERIFICATION_RESOLVERS, RELEASE_RESOLVERS, MUTATION_RESOLVERS, EVIDENCE_MUTATION_RESOLVERS, CONTENTS_MUTATION_RESOLVERS, SUBSCRIPTION_RESOLVERS,
    ],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  });
}
