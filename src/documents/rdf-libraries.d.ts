// As much of three libraries without types as `spdx3-shapes.ts` uses.
declare module 'jsonld' {
  export interface RdfTerm { termType: string; value: string; language?: string; datatype?: { value: string } }
  interface RdfQuad { subject: RdfTerm; predicate: RdfTerm; object: RdfTerm }
  interface LoadedDocument { contextUrl: null; documentUrl: string; document: unknown }
  const jsonld: { toRDF: (document: object, options: { documentLoader: (url: string) => Promise<LoadedDocument> }) => Promise<RdfQuad[]> };
  export default jsonld;
}

declare module 'n3' {
  export interface Term { termType: string; value: string }
  export interface Quad { subject: Term; predicate: Term; object: Term }
  export const DataFactory: {
    blankNode: (name: string) => Term;
    literal: (value: string, languageOrDatatype: string | Term) => Term;
    namedNode: (value: string) => Term;
    quad: (subject: Term, predicate: Term, object: Term) => Quad;
  };
  export class Parser {
    constructor(options: { blankNodePrefix: string });
    parse(text: string): Quad[];
  }
  export class Store {
    constructor(quads?: readonly Quad[]);
    addQuads(quads: readonly Quad[]): void;
  }
  export class Writer {
    constructor(options: { prefixes: Readonly<Record<string, string>> });
    addQuads(quads: readonly Quad[]): void;
    end(done: (error: Error | null, text: string) => void): void;
  }
}

declare module 'rdf-validate-shacl' {
  import type { Store, Term } from 'n3';

  export interface ValidationResult {
    focusNode: Term | null;
    path: Term | null;
    message: readonly Term[];
    sourceConstraintComponent: Term | null;
    value: Term | null | undefined;
  }
  export default class SHACLValidator {
    constructor(shapes: Store);
    validate(data: Store): Promise<{ conforms: boolean; results: readonly ValidationResult[] }>;
  }
}
