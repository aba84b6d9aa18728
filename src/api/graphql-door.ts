import { ApolloServer, HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled, ApolloServerPluginInlineTraceDisabled, ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';

import { Failure } from '../foundation/failure.ts';
import { Batches } from './batches.ts';
import type { Context } from './context.ts';
import { isBulk, type DocumentGate } from './document-gate.ts';
import { isInternal, presentGraphqlError, type ErrorLog } from './present-error.ts';
import { checkJson, parseGraphqlRequest, parseJsonBody, readBody } from './request-body.ts';
import type { Exchange, Parts, Route } from './route.ts';

const REQUEST_SCHEMA = {
  type: 'object', required: ['query'],
  properties: { query: { type: 'string' }, variables: { type: ['object', 'null'] }, operationName: { type: ['string', 'null'] } },
};
const ANSWER_SCHEMA = { type: 'object', properties: { data: { type: ['object', 'null'] }, errors: { type: 'array' } } };

/** Logs what is ours to mend, and gives every error the id that the log has. */
function errorPlugin(log: ErrorLog): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue: { requestId } }) {
          // A document that does not validate is the client's; Apollo wraps that error once more.
          for (const { originalError } of errors) if (originalError && !(originalError instanceof GraphQLError) && isInternal(originalError)) log.error({ requestId, error: originalError });
        },
        async willSendResponse({ response, contextValue: { requestId } }) {
          if (response.body.kind !== 'single' || response.body.singleResult.errors === undefined) return;
          response.body.singleResult.errors = response.body.singleResult.errors.map((error) =>
            ({ ...error, extensions: { ...error.extensions, requestId } }));
        },
      };
    },
  };
}

export function createApollo(schema: GraphQLSchema, log: ErrorLog): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    introspection: true, allowBatchedHttpRequests: false, persistedQueries: false, stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false, nodeEnv: 'production', csrfPrevention: true,
    formatError: (formatted, error) => presentGraphqlError(formatted, error, ''),
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: (error: unknown) => log.error({ requestId: '', error }) },
    plugins: [
      // Cache control wraps every resolver: it doubles the cost of a nested query.
      ApolloServerPluginCacheControlDisabled(), ApolloServerPluginInlineTraceDisabled(), ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(), ApolloServerPluginUsageReportingDisabled(), errorPlugin(log),
    ],
  });
}

/** `/graphql` for all but subscriptions, `/graphql/bulk` for what carries `@bulk`. */
export function graphqlRoutes(apollo: ApolloServer<Context>, gate: DocumentGate, schema: GraphQLSchema, limits: Parts['limits']): Route[] {
  const serve = (bulk: boolean, limitBytes: number) => async (parts: Parts, exchange: Exchange): Promise<void> => {
    checkJson(exchange.request);
    const request = parseGraphqlRequest(parseJsonBody(await readBody(exchange.request, limitBytes)));
    const { operation, cost } = gate.admit(request);
    if (operation.operation === 'subscription') throw new Failure('API.BAD_REQUEST', 'a subscription is asked for over a WebSocket (graphql-transport-ws)');
    if (bulk && !isBulk(schema, operation)) throw new Failure('API.NOT_BULK', 'a field of this document is not one for /graphql/bulk');
    exchange.response.setHeader('x-query-cost', `${cost} of ${limits.cost}`);
    const { query, variables, operationName } = request;
    await execute(apollo, parts, exchange, { query, variables, ...(operationName === undefined ? {} : { operationName }) });
  };
  const route = (path: string, id: string, summary: string, bulk: boolean, limitBytes: number): Route => ({
    method: 'POST', path, id, summary, parameters: [], body: { schema: REQUEST_SCHEMA, limitBytes },
    answers: {
      200: { description: 'The answer; `errors` where a part of it failed.', type: 'application/json', schema: ANSWER_SCHEMA },
      400: { description: 'Refused before anything was done.', type: 'application/json', schema: ANSWER_SCHEMA },
    },
    serve: serve(bulk, limitBytes),
  });
  return [
    route('/graphql', 'postGraphql', 'A GraphQL query or mutation', false, limits.bodyBytes),
    route('/graphql/bulk', 'postGraphqlBulk', 'An upload or a batch look-up: fields that carry @bulk', true, limits.bulkBodyBytes),
  ];
}

async function execute(apollo: ApolloServer<Context>, parts: Parts, exchange: Exchange, body: object): Promise<void> {
  const { request, response, requestId, address } = exchange;
  const headers = new HeaderMap();
  for (const name of ['accept', 'content-type']) { const value = request.headers[name]; if (typeof value === 'string') headers.set(name, value); }
  const context: Context = { ...parts, requestId, address, batches: new Batches() };
  const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: { method: 'POST', headers, search: '', body }, context: async () => context });
  if (response.destroyed || response.headersSent) return;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  const text = answer.body.kind === 'complete' ? answer.body.string : '';
  response.setHeader('cache-control', 'no-store');
  response.writeHead(answer.status ?? 200).end(text);
}
