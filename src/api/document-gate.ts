import { GraphQLError, Kind, parse, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';

import { Failure } from '../foundation/failure.ts';
import { DocumentCost, PriceList } from './document-cost.ts';
import { checkShape } from './document-shape.ts';
import type { ApiLimits } from './limits.ts';

export interface GraphqlRequest {
  query: string;
  operationName: string | undefined;
  variables: Readonly<Record<string, unknown>>;
}

export interface AdmittedDocument { document: DocumentNode; operation: OperationDefinitionNode; cost: number }

const REMEMBERED = 500;

/** Lets a document through to validation and execution, or refuses it by code before either. */
export class DocumentGate {
  readonly #schema: GraphQLSchema;
  readonly #limits: ApiLimits;
  readonly #prices: PriceList;
  /** Documents of allowed shape by text, oldest first. */
  readonly #remembered = new Map<string, DocumentNode>();

  constructor(schema: GraphQLSchema, limits: ApiLimits) {
    this.#schema = schema;
    this.#limits = limits;
    this.#prices = new PriceList(schema);
  }

  admit(request: GraphqlRequest): AdmittedDocument {
    const document = this.#remembered.get(request.query) ?? this.#shaped(request.query);
    const operation = chosenOperation(document, request.operationName);
    const cost = new DocumentCost(this.#schema, this.#prices, document, request.variables).operation(operation);
    if (!(cost <= this.#limits.cost)) {
      throw new Failure('API.TOO_COSTLY', `the document asks for ${cost} objects; at most ${this.#limits.cost}`, { details: { cost, budget: this.#limits.cost } });
    }
    return { document, operation, cost };
  }

  #shaped(query: string): DocumentNode {
    const document = parsed(query, this.#limits.tokens);
    checkShape(document, this.#limits);
    if (this.#remembered.size >= REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(query, document);
    return document;
  }
}

/** Every root field carries `@bulk`: the address with the large body is for them only. */
export function isBulk(schema: GraphQLSchema, operation: OperationDefinitionNode): boolean {
  const fields = schema.getRootType(operation.operation)?.getFields() ?? {};
  return operation.selectionSet.selections.every((selection) => selection.kind === Kind.FIELD
    && fields[selection.name.value]?.astNode?.directives?.some((directive) => directive.name.value === 'bulk') === true);
}

function parsed(query: string, maxTokens: number): DocumentNode {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // graphql-js 16 tells this case by its sentence only.
    if (/more tha[tn] \d+ tokens/.test(error.message)) {
      throw new Failure('API.TOO_MANY_TOKENS', `the document has more than ${maxTokens} tokens`);
    }
    const at = error.locations?.[0];
    throw new Failure('API.INVALID_DOCUMENT', error.message, at === undefined ? {} : { place: `${at.line}:${at.column}` });
  }
}

function chosenOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION);
  const chosen = name === undefined ? operations : operations.filter((each) => each.name?.value === name);
  if (chosen.length === 1) return chosen[0]!;
  throw new Failure('API.INVALID_DOCUMENT', name === undefined
    ? `the document has ${operations.length} operations; say which by operationName` : `the document has no operation ${JSON.stringify(name)}`);
}
