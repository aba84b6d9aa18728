import { Kind, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

import { Failure } from '../foundation/failure.ts';
import type { ApiLimits } from './limits.ts';

interface Shape {
  /** Fields inside fields. */
  depth: number;
  /** Selection sets inside selection sets, inline fragments counted: what recursion over the document costs. */
  nesting: number;
  aliases: number;
  directives: number;
}

const FLAT: Shape = { depth: 0, nesting: 0, aliases: 0, directives: 0 };
/** Deepest chain of `ofType` and `args { type }` that the standard introspection query of graphql-js 16 has. */
const INTROSPECTION_DEPTH = 16;
const MAX_NESTING = 40;

/** Refuses what is too deep, too broad or circular by its shape alone; fragments are measured once each. */
export function checkShape(document: DocumentNode, limits: ApiLimits): void {
  const measure = new ShapeMeasure(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    refuseBeyond(measure.operation(definition), isIntrospection(definition) ? Math.max(limits.depth, INTROSPECTION_DEPTH) : limits.depth, limits);
  }
}

function refuseBeyond(shape: Shape, depth: number, limits: ApiLimits): void {
  if (shape.depth > depth) throw new Failure('API.TOO_DEEP', `fields are nested ${shape.depth} deep; at most ${depth}`);
  if (shape.nesting > MAX_NESTING) throw new Failure('API.TOO_DEEP', `selections are nested ${shape.nesting} deep; at most ${MAX_NESTING}`);
  if (shape.aliases > limits.aliases) throw new Failure('API.TOO_MANY_ALIASES', `${shape.aliases} aliases; at most ${limits.aliases}`);
  if (shape.directives > limits.directives) throw new Failure('API.TOO_MANY_DIRECTIVES', `${shape.directives} directives; at most ${limits.directives}`);
}

/** Only the schema is asked for; graphql-js' own rule (MaxIntrospectionDepth) bounds how it may recurse. */
function isIntrospection(operation: OperationDefinitionNode): boolean {
  return operation.selectionSet.selections.every((selection) =>
    selection.kind === Kind.FIELD && ['__schema', '__type', '__typename'].includes(selection.name.value));
}

export function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  return new Map(document.definitions.flatMap((each) => each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : []));
}

class ShapeMeasure {
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #known = new Map<string, Shape | 'open'>();

  constructor(document: DocumentNode) {
    this.#fragments = fragmentsOf(document);
  }

  operation(operation: OperationDefinitionNode): Shape {
    const inside = this.#selections(operation.selectionSet);
    return { ...inside, directives: inside.directives + (operation.directives?.length ?? 0) };
  }

  #selections(set: SelectionSetNode): Shape {
    const total = { ...FLAT };
    for (const selection of set.selections) {
      const inside = selection.kind === Kind.FRAGMENT_SPREAD ? this.#fragment(selection.name.value)
        : selection.selectionSet === undefined ? FLAT : this.#selections(selection.selectionSet);
      const isField = selection.kind === Kind.FIELD;
      total.depth = Math.max(total.depth, inside.depth + (isField ? 1 : 0));
      total.nesting = Math.max(total.nesting, inside.nesting + 1);
      total.aliases += inside.aliases + (isField && selection.alias !== undefined ? 1 : 0);
      total.directives += inside.directives + (selection.directives?.length ?? 0);
    }
    return total;
  }

  #fragment(name: string): Shape {
    const known = this.#known.get(name);
    if (known === 'open') throw new Failure('API.INVALID_DOCUMENT', `fragment ${name} spreads itself`);
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    if (fragment === undefined) return FLAT;
    this.#known.set(name, 'open');
    const shape = this.#selections(fragment.selectionSet);
    this.#known.set(name, shape);
    return shape;
  }
}
