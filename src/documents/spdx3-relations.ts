import type { Relation } from '../inventory/inventory.ts';
import { productOf, type Detail } from './document.ts';
import { Members, Rows, type JsonPart } from './json-stream.ts';
import { groupedRelations, relationNote, RELATION_TERMS, stateOf } from './relation-terms.ts';
import { element, iri, type Spdx3Context } from './spdx3-element.ts';

/** One element for all relations of one from, kind and basis, with the completeness that is known of that kind. */
export function* spdx3Relations(context: Spdx3Context, relations: readonly Relation[], detail: Detail): Generator<JsonPart> {
  yield* productContents(context);
  for (const group of groupedRelations(relations)) {
    const { spdx3: { reversed } } = RELATION_TERMS[group[0]!.kind];
    if (reversed === undefined) yield relationElement(context, group);
    else for (const one of group) yield relationElement(context, [one]);
  }
  if (detail === 'files') yield* ownership(context);
}

function relationElement(context: Spdx3Context, group: readonly Relation[]): JsonPart {
  const { from, to, kind, basis } = group[0]!;
  const { spdx3: { type, scope, reversed }, claim } = RELATION_TERMS[kind];
  const state = stateOf(context.inventory, claim);
  const ref = `${kind}-${basis}-${reversed === undefined ? from : `${from}-${to}`}`.replaceAll(':', '-');
  return new Members({
    ...element(context, ref, scope === undefined ? 'Relationship' : 'LifecycleScopedRelationship', {
      relationshipType: type, comment: relationNote({ kind, basis }), completeness: state === 'unknown' ? 'noAssertion' : state,
      from: iri(context.namespace, reversed === undefined ? from : to), ...(scope === undefined ? {} : { scope }),
    }),
    to: new Rows(reversed === undefined ? group.map((one) => iri(context.namespace, one.to)) : [iri(context.namespace, from)]),
  });
}

function* productContents(context: Spdx3Context): Generator<JsonPart> {
  const { inventory, namespace } = context;
  const images = inventory.components.filter(({ kind, scope }) => kind === 'image' && scope === 'ships').map(({ ref }) => iri(namespace, ref));
  if (images.length > 0) yield element(context, 'product-contents', 'Relationship', { relationshipType: 'contains', from: iri(namespace, productOf(inventory).ref), to: images });
}

/** A component contains the files that it owns. */
function* ownership(context: Spdx3Context): Generator<JsonPart> {
  const { inventory, namespace, owned } = context;
  const state = stateOf(inventory, 'files', 'ownership');
  for (const [ref, files] of owned.byOwner) {
    if (files.length === 0) continue;
    yield new Members({
      ...element(context, `owns-${ref}`, 'Relationship', { relationshipType: 'contains', comment: 'provenroot:owns', completeness: state === 'unknown' ? 'noAssertion' : state, from: iri(namespace, ref) }),
      to: new Rows(files.map((file) => iri(namespace, file.ref))),
    });
  }
}
