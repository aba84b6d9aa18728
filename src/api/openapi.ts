import type { Route } from './route.ts';

const ERROR_SCHEMA = {
  type: 'object', required: ['errors'],
  properties: {
    errors: {
      type: 'array', minItems: 1,
      items: {
        type: 'object', required: ['message', 'extensions'],
        properties: {
          message: { type: 'string' },
          extensions: {
            type: 'object', required: ['code', 'requestId'],
            properties: { code: { type: 'string', description: '`ROOM.SUBCODE`, see docs/errors.md.' }, hint: { type: 'string' }, requestId: { type: 'string' }, findings: { type: 'array', description: 'All that is wrong with an input.', items: { type: 'object' } } },
          },
        },
      },
    },
  },
};

/** OpenAPI 3.1 of the route table. */
export function openApiOf(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Provenroot', version,
      description: 'Bytes, logs and state over plain HTTP; everything else is asked for at `/graphql` (see schema.graphql).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: { schemas: { Error: ERROR_SCHEMA } },
  };
}

function operationOf({ id, summary, parameters, answers, body }: Route): object {
  const error = { description: 'Refused or failed.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
  return {
    operationId: id, summary,
    ...(parameters.length === 0 ? {} : { parameters: parameters.map((each) => ({ ...each, required: each.required ?? false })) }),
    ...(body === undefined ? {} : {
      requestBody: { required: true, description: `At most ${body.limitBytes} bytes.`, content: { 'application/json': { schema: body.schema } } },
    }),
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, { description, type, schema }]) =>
        [status, { description, ...(type === undefined ? {} : { content: { [type]: { schema: schema ?? { type: 'string' } } } }) }])),
      default: error,
    },
  };
}
