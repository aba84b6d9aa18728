import { openFileSource, type FileSource } from '../bytes/file-source.ts';
import { piecesOf } from '../bytes/byte-source.ts';
import { checkOwnedFiles, type PathComparison } from '../documents/check-owned-files.ts';
import type { ReadDocument } from '../documents/document-fields.ts';
import type { Detail, DocumentFormat } from '../documents/document.ts';
import { readOwnedFiles, type BillContents } from '../documents/read-owned-files.ts';
import { schemaProblems } from '../documents/schema-gate.ts';
import { MAX_DOCUMENT_BYTES, parseStrictDocument } from '../documents/strict-document.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { ERRORS, type ErrorCode } from '../foundation/error-registry.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import type { TrustRoot } from '../signing/trust-root.ts';
import { digestsOfImage, imageNamed, rootTreeIn, type ImageDigests, type NamedImage } from './check-bill-image.ts';
import { verifyBillSignatures, type BillSigner } from './check-bill-signature.ts';

/** In the order in which they are taken. One that an earlier failure leaves nothing to look at is skipped. */
export const BILL_STEPS = ['READ', 'VALID', 'SIGNED', 'LISTED', 'IMAGE', 'FILES'] as const;
export type BillStepName = (typeof BILL_STEPS)[number];

export interface BillStep {
  step: BillStepName;
  outcome: 'PASSED' | 'FAILED' | 'SKIPPED';
  /** Of a step that failed. */
  code?: ErrorCode;
  message: string;
}

export interface BillToCheck {
  /** Path of a bill of materials: CycloneDX 1.6 or 1.7, SPDX 3.0.1 or 2.3, in JSON. */
  document: string;
  /** Path of the image that it is said to be of. */
  image: string;
  /** Came on a way that is trusted. */
  root: TrustRoot;
  /** A DSSE envelope that came beside the document, as its bytes. */
  envelope?: Uint8Array;
  /** RFC 3339, milliseconds, UTC: keys must be valid then. */
  now: string;
}

export interface BillReport {
  /** No step failed. */
  accepted: boolean;
  /** All six, in order. */
  steps: readonly BillStep[];
  document?: { sha256: Sha256; format: DocumentFormat; detail?: Detail };
  signers: readonly BillSigner[];
  image: ImageDigests & { name?: string };
  /** What was found path by path, also where a step failed. */
  files?: PathComparison;
}

/**
 * A document and an image held against each other and a trust root, offline: needs neither record nor engine nor home.
 * Never a bare yes or no; each step has an outcome and a code of its own. Throws where a file cannot be read (BYTES.IO).
 */
export function checkBill(asked: BillToCheck): BillReport {
  const bytes = withSource(asked.document, documentBytes);
  return withSource(asked.image, (source) => {
    const check = new Check(asked, bytes, source);
    const steps = BILL_STEPS.map((step) => check.take(step));
    return check.report(steps);
  });
}

/** The failed step's own; the first counts. */
export function billExitCode({ steps }: Pick<BillReport, 'steps'>): ExitCode {
  const code = steps.find(({ outcome }) => outcome === 'FAILED')?.code;
  return code === undefined ? EXIT.done : ERRORS[code].exit;
}

class Check {
  readonly #asked: BillToCheck;
  readonly #bytes: Uint8Array | Failure;
  readonly #source: FileSource;
  readonly #image: ImageDigests;
  #document: ReadDocument | undefined;
  #bill: BillContents | undefined;
  #named: NamedImage | undefined;
  #signers: readonly BillSigner[] = [];
  #files: PathComparison | undefined;

  constructor(asked: BillToCheck, bytes: Uint8Array | Failure, source: FileSource) {
    this.#asked = asked;
    this.#bytes = bytes;
    this.#source = source;
    this.#image = digestsOfImage(source);
  }

  take(step: BillStepName): BillStep {
    try {
      const found = this.#run(step);
      if (found === undefined) return { step, outcome: 'SKIPPED', message: 'an earlier step failed' };
      return typeof found === 'string' ? { step, outcome: 'PASSED', message: found } : { step, outcome: 'SKIPPED', message: found.skipped };
    } catch (error) {
      if (!isCoded(error) || error.name !== 'Failure') throw error;
      return { step, outcome: 'FAILED', code: error.code, message: error.message };
    }
  }

  /** What was found; undefined where a step that it stands on has failed. */
  #run(step: BillStepName): string | { skipped: string } | undefined {
    switch (step) {
      case 'READ': return this.#read();
      case 'VALID': return this.#document && this.#checkSchema();
      case 'SIGNED': return this.#document && this.#checkSignatures(this.#document);
      case 'LISTED': return this.#document && this.#list(this.#document);
      case 'IMAGE': return this.#bill && this.#checkImage(this.#bill);
      case 'FILES': return this.#bill && this.#checkFiles(this.#bill);
    }
  }

  get #documentBytes(): Uint8Array {
    if (this.#bytes instanceof Uint8Array) return this.#bytes;
    throw this.#bytes;
  }

  #read(): string {
    this.#document = parseStrictDocument(this.#documentBytes, PLACE);
    return `${this.#document.format}, ${this.#documentBytes.byteLength} bytes, sha256 ${sha256(this.#documentBytes)}`;
  }

  #checkSchema(): string {
    const problems = schemaProblems(this.#documentBytes, PLACE);
    const [first] = problems;
    if (first !== undefined) throw new Failure('DOCUMENTS.NOT_VALID', `${problems.length} places are not as the schema of ${this.#document!.format} asks, the first: ${first.path} ${first.message}`);
    return `as the published schema of ${this.#document!.format} asks`;
  }

  #checkSignatures(document: ReadDocument): string {
    const { root, envelope, now } = this.#asked;
    this.#signers = verifyBillSignatures({ bytes: this.#documentBytes, document, root, at: now, ...(envelope === undefined ? {} : { envelope }) });
    return this.#signers.map(({ form, operator, keyId }) => `${FORMS[form]}, by ${operator} with the key ${keyId}`).join('; ');
  }

  #list(document: ReadDocument): string {
    this.#bill = readOwnedFiles(document, PLACE);
    const { images, files } = this.#bill;
    return `${images.length} images, ${files.size === 0 ? 'no paths: a document of packages' : `${files.size} paths, each once`}`;
  }

  #checkImage(bill: BillContents): string {
    this.#named = imageNamed(bill, this.#image);
    return `${JSON.stringify(this.#named.image.name)}${this.#named.unpacked ? ', unpacked' : ''}, sha256 ${this.#image.sha256}`;
  }

  #checkFiles(bill: BillContents): string | { skipped: string } {
    if (this.#named?.image.holdsRoot === false) return { skipped: 'the image is not one of the root file system: its digest stands for every byte' };
    if (bill.detail === 'packages' && bill.rootTree === undefined) return { skipped: 'the document lists no paths' };
    const tree = rootTreeIn(this.#source, bill);
    if (tree === undefined && this.#named === undefined) return { skipped: 'the image holds no files that are read here' };
    if (tree === undefined) throw new Failure('DOCUMENTS.NO_TREE', 'the image should hold the root file system, and holds no files that are read here');
    this.#files = checkOwnedFiles(bill, tree);
    return verdict(this.#files, bill);
  }

  report(steps: readonly BillStep[]): BillReport {
    const accepted = steps.every(({ outcome }) => outcome !== 'FAILED');
    const name = this.#named?.image.name;
    return {
      accepted, steps, signers: accepted ? this.#signers : [], image: { ...this.#image, ...(name === undefined ? {} : { name }) },
      ...(this.#document === undefined ? {} : { document: { sha256: sha256(this.#documentBytes), format: this.#document.format, ...(this.#bill === undefined ? {} : { detail: this.#bill.detail }) } }),
      ...(this.#files === undefined ? {} : { files: this.#files }),
    };
  }
}

const PLACE = 'the document';
const FORMS: Readonly<Record<BillSigner['form'], string>> = { JSF: 'signed inside', DSSE: 'signed in the envelope beside it' };

function verdict({ compared, missing, extra, changed, rootAgrees, notHeld, rootTree }: PathComparison, { detail }: BillContents): string {
  if (missing + extra + changed > 0) throw new Failure('DOCUMENTS.IMAGE_DIFFERS', `${missing} paths are missing in the image, ${extra} are not in the document, ${changed} are not as it says`);
  if (rootAgrees === false) throw new Failure('DOCUMENTS.IMAGE_DIFFERS', detail === 'packages' ? `the root file system of the image, ${rootTree}, is another than the document's` : 'every path is as the document says, the root directory itself is not');
  const whole = rootAgrees === true ? `the root file system is ${rootTree}` : '';
  const paths = detail === 'packages' ? '' : `${compared} paths, every byte as the document says`;
  const lacking = notHeld.length === 0 ? '' : ` (not compared: ${notHeld.join('; ')})`;
  return `${[paths, whole].filter((part) => part !== '').join('; ')}${lacking}`;
}

function documentBytes(source: FileSource): Uint8Array | Failure {
  if (source.sizeBytes > MAX_DOCUMENT_BYTES) return new Failure('DOCUMENTS.TOO_LARGE', `${PLACE} has ${source.sizeBytes} bytes, read are at most ${MAX_DOCUMENT_BYTES}`);
  return Buffer.concat([...piecesOf(source)]);
}

function withSource<T>(path: string, use: (source: FileSource) => T): T {
  const source = openFileSource(path);
  try {
    return use(source);
  } finally {
    source.close();
  }
}
