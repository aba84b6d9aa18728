import {
  getDirectiveValues, getNamedType, isCompositeType, isInterfaceType, isListType, isNonNullType, isObjectType, Kind,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type GraphQLField, type GraphQLOutputType,
  type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode, type ValueNode,
} from 'graphql';

import { fragmentsOf } from './document-shape.ts';

type Variables = Readonly<Record<string, unknown>>;

/** A plain list that states no size. */
const ASSUMED_LIST_SIZE = 10;
/** Of the whole schema, as the standard introspection query asks for it. */
const INTROSPECTION_COST = 5000;
/** A page size that is no number is refused later; until then it counts as the largest. */
const UNKNOWN_SIZE = 200;

/** What a field costs, from `@cost` and `@listSize` in schema.graphql. */
interface FieldPrice { weight: number; size: { assumed: number; argument?: string } | undefined; isList: boolean }

/**
 * Objects that an operation asks for: 1 for each object, multiplied by the sizes of the lists around it. Nothing is
 * run for it; a fragment is counted once for each size it stands under, so spreads that multiply stay cheap to count.
 */
export class DocumentCost {
  readonly #schema: GraphQLSchema;
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #variables: Variables;
  readonly #prices: PriceList;
  readonly #known = new Map<string, number>();

  constructor(schema: GraphQLSchema, prices: PriceList, document: DocumentNode, variables: Variables) {
    this.#schema = schema;
    this.#prices = prices;
    this.#fragments = fragmentsOf(document);
    this.#variables = variables;
  }

  operation(operation: OperationDefinitionNode): number {
    const root = this.#schema.getRootType(operation.operation);
    return root ? this.#selections(root, operation.selectionSet, undefined, defaultsOf(operation, this.#variables)) : 0;
  }

  /** `size`: rows of the connection that this is the inside of. */
  #selections(type: GraphQLCompositeType, set: SelectionSetNode, size: number | undefined, variables: Variables): number {
    let total = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) total += this.#field(type, selection, size, variables);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) total += this.#fragment(selection.name.value, size, variables);
      else total += this.#selections(this.#typeNamed(selection.typeCondition?.name.value) ?? type, selection.selectionSet, size, variables);
    }
    return total;
  }

  #fragment(name: string, size: number | undefined, variables: Variables): number {
    const key = `${name} ${size}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    const type = this.#typeNamed(fragment?.typeCondition.name.value);
    const cost = fragment === undefined || type === undefined ? 0 : this.#selections(type, fragment.selectionSet, size, variables);
    this.#known.set(key, cost);
    return cost;
  }

  #field(parent: GraphQLCompositeType, node: FieldNode, inherited: number | undefined, variables: Variables): number {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') return INTROSPECTION_COST;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (field === undefined) return 0;
    const price = this.#prices.of(field);
    const stated = price.size === undefined ? undefined : sizeOf(node, field, price.size, variables);
    const inner = getNamedType(field.type);
    const own = price.isList ? (stated ?? inherited ?? ASSUMED_LIST_SIZE) : 1;
    const inside = isCompositeType(inner) && node.selectionSet !== undefined
      ? this.#selections(inner, node.selectionSet, price.isList ? undefined : stated, variables) : 0;
    return own * (price.weight + inside);
  }

  #typeNamed(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.#schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

/** The prices of a schema, read from its directives once. */
export class PriceList {
  readonly #schema: GraphQLSchema;
  readonly #known = new WeakMap<GraphQLField<unknown, unknown>, FieldPrice>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  of(field: GraphQLField<unknown, unknown>): FieldPrice {
    let price = this.#known.get(field);
    if (price === undefined) this.#known.set(field, price = this.#read(field));
    return price;
  }

  #read(field: GraphQLField<unknown, unknown>): FieldPrice {
    const values = (name: string): Record<string, unknown> | undefined => {
      const directive = this.#schema.getDirective(name);
      return directive && field.astNode ? getDirectiveValues(directive, field.astNode) : undefined;
    };
    const cost = values('cost');
    const list = values('listSize');
    return {
      weight: typeof cost?.['weight'] === 'number' ? cost['weight'] : isCompositeType(getNamedType(field.type)) ? 1 : 0,
      size: list === undefined ? undefined : {
        assumed: list['assumedSize'] as number,
        ...(typeof list['slicingArgument'] === 'string' ? { argument: list['slicingArgument'] } : {}),
      },
      isList: isList(field.type),
    };
  }
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function sizeOf(node: FieldNode, field: GraphQLField<unknown, unknown>, size: { assumed: number; argument?: string }, variables: Variables): number {
  if (size.argument === undefined) return size.assumed;
  const given = node.arguments?.find((each) => each.name.value === size.argument)?.value;
  const value = given === undefined ? undefined : literal(given, variables);
  const effective = value ?? field.args.find((each) => each.name === size.argument)?.defaultValue;
  if (Array.isArray(effective)) return effective.length;
  if (typeof effective === 'number' && effective >= 0) return effective;
  return effective === undefined || effective === null ? size.assumed : UNKNOWN_SIZE;
}

function literal(value: ValueNode, variables: Variables): unknown {
  if (value.kind === Kind.VARIABLE) return Object.hasOwn(variables, value.name.value) ? variables[value.name.value] : undefined;
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values;
  return value.kind === Kind.NULL ? null : value.kind;
}

function defaultsOf(operation: OperationDefinitionNode, given: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined || Object.hasOwn(given, variable.name.value) ? [] : [[variable.name.value, literal(defaultValue, {})] as const]);
  return { ...given, ...Object.fromEntries(defaults) };
}
