import type { Component, Inventory, InventoryFile } from '../inventory/inventory.ts';

export type Status = 'met' | 'not-met' | 'not-applicable';

/** `if-exists`: to be given where there is such a thing. */
export type Demand = 'required' | 'if-exists' | 'optional';

export interface Answer {
  status: Status;
  /** Short; of a file what is true of its whole group. */
  value: string;
  /** Where the value comes from, or would have to. */
  source: string;
  /** What to do; of what is not met. */
  remedy?: string;
}

/** A document of the build, as it is on record. */
export interface ProfileDocument {
  /** `cyclonedx-1.7`, `spdx-3.0.1` … */
  format: string;
  detail: string;
  sha256: string;
  signed: boolean;
}

export interface DocumentSubject { kind: 'document'; inventory: Inventory; documents: readonly ProfileDocument[] }
/** What all is about, as the documents name it. */
export interface ProductSubject { kind: 'product'; ref: string; name: string; version: string; inventory: Inventory }
export interface ComponentSubject { kind: 'component'; component: Component; dependencies: number; inventory: Inventory }
/** A file that runs or packs: what BSI TR-03183-2 calls a component. */
export interface FileSubject { kind: 'file'; file: InventoryFile; owner: Component | undefined; dependencies: number; missing: number; inventory: Inventory }

export type Subject = DocumentSubject | ProductSubject | ComponentSubject | FileSubject;

export interface FieldRule {
  field: string;
  clause: string;
  demand: Demand;
  /** Undefined where it is not asked of such a thing. */
  answer(subject: Subject): Answer | undefined;
}

export interface Profile { standard: string; rules: readonly FieldRule[] }

interface Answers {
  document?: (subject: DocumentSubject) => Answer | undefined;
  product?: (subject: ProductSubject) => Answer | undefined;
  component?: (subject: ComponentSubject) => Answer | undefined;
  file?: (subject: FileSubject) => Answer | undefined;
}

export function fieldRule(field: string, clause: string, demand: Demand, answers: Answers): FieldRule {
  return {
    field, clause, demand,
    answer: (subject) => {
      switch (subject.kind) {
        case 'document': return answers.document?.(subject);
        case 'product': return answers.product?.(subject);
        case 'component': return answers.component?.(subject);
        case 'file': return answers.file?.(subject);
      }
    },
  };
}

export function met(value: string, source: string): Answer {
  return { status: 'met', value, source };
}

export function notMet(value: string, source: string, remedy: string): Answer {
  return { status: 'not-met', value, source, remedy };
}

export function notApplicable(value: string): Answer {
  return { status: 'not-applicable', value, source: 'computed' };
}
