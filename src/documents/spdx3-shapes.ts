import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import jsonld, { type RdfTerm } from 'jsonld';
import { DataFactory, Parser, Store, type Quad, type Term } from 'n3';
import SHACLValidator, { type ValidationResult } from 'rdf-validate-shacl';

import { Failure } from '../foundation/failure.ts';

export interface ShapeProblem {
  rule: string;
  /** The element's id and the property. */
  at: string;
  message: string;
}

const CONTEXT = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld';
const MODEL = 'https://spdx.org/rdf/3.0.1/';
const RDF_TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const SUBCLASS = 'http://www.w3.org/2000/01/rdf-schema#subClassOf';
const { blankNode, literal, namedNode, quad } = DataFactory;

/**
 * What the shapes of SPDX 3.0.1's published model (SHACL) refuse in a document. Nothing is fetched. The model's own individuals
 * break its shapes: what is found in them is left out.
 */
export async function shapeProblems(text: string): Promise<ShapeProblem[]> {
  const model = await modelQuads();
  const data = new Store(await documentQuads(JSON.parse(text) as object));
  data.addQuads(model.filter(({ predicate: { value } }) => value === SUBCLASS || value === RDF_TYPE));
  const { results } = await new SHACLValidator(new Store(model)).validate(data);
  return results.filter(({ focusNode }) => focusNode?.value.startsWith(MODEL) !== true).map(problemOf);
}

/** The shapes are of type `owl:Class`: without saying that such are classes they have no targets, and everything conforms. */
async function modelQuads(): Promise<Quad[]> {
  const turtle = await readFile(join(import.meta.dirname, 'schemas/spdx-3.0.1-model.ttl'), 'utf8');
  return [...new Parser({ blankNodePrefix: '_:model' }).parse(turtle), quad(namedNode('http://www.w3.org/2002/07/owl#Class'), namedNode(SUBCLASS), namedNode('http://www.w3.org/2000/01/rdf-schema#Class'))];
}

async function documentQuads(document: object): Promise<Quad[]> {
  const context: unknown = JSON.parse(await readFile(join(import.meta.dirname, 'schemas/spdx-3.0.1-context.json'), 'utf8'));
  const quads = await jsonld.toRDF(document, {
    documentLoader: async (url) => {
      if (url !== CONTEXT) throw new Failure('DOCUMENTS.UNKNOWN_FORMAT', `the document asks for another context than that of SPDX 3.0.1`);
      return { contextUrl: null, documentUrl: url, document: context };
    },
  });
  return quads.map(({ subject, predicate, object }) => quad(termOf(subject), termOf(predicate), termOf(object)));
}

/** Blank nodes of the document get names of their own: those of the model are another scope. */
function termOf({ termType, value, language, datatype }: RdfTerm): Term {
  if (termType === 'NamedNode') return namedNode(value);
  if (termType === 'BlankNode') return blankNode(`document${value.replace(/^_:/, '')}`);
  return literal(value, language !== undefined && language !== '' ? language : namedNode(datatype!.value));
}

function problemOf({ focusNode, path, message, sourceConstraintComponent, value }: ValidationResult): ShapeProblem {
  const rule = (sourceConstraintComponent?.value ?? 'shape').replace(/^.*[#/]/, '').replace(/ConstraintComponent$/, '');
  const words = message.map((one) => one.value).filter((one) => one !== '');
  return {
    rule: `shape-${rule.toLowerCase()}`, at: [focusNode?.value, path?.value.replace(/^.*[#/]/, '')].filter((one) => one !== undefined).join(' '),
    message: [...words, ...(value === null || value === undefined ? [] : [`found ${value.value}`])].join('; ') || 'does not conform',
  };
}
