import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

import { compareText } from '../foundation/order.ts';
import type { Finding } from '../foundation/finding.ts';
import { LICENSE_LIST } from '../licensing/license-list.ts';
import { withLinearUniqueItems } from './distinct-items.ts';
import type { DocumentFormat } from './document.ts';
import { parseDocument } from './document-fields.ts';
import cryptography from './schemas/cyclonedx-cryptography.json' with { type: 'json' };
import cyclone16 from './schemas/cyclonedx-1.6.json' with { type: 'json' };
import cyclone17 from './schemas/cyclonedx-1.7.json' with { type: 'json' };
import jsf from './schemas/jsf-0.82.json' with { type: 'json' };
import spdx23 from './schemas/spdx-2.3.json' with { type: 'json' };
import spdx301 from './schemas/spdx-3.0.1.json' with { type: 'json' };

const MAX_FINDINGS = 100;
/** What the schemas of CycloneDX call each other by. */
const CYCLONE = 'http://cyclonedx.org/schema/';

/** What the published JSON schema of its format refuses in a document; rule `schema`, place as a JSON pointer. */
export function schemaProblems(bytes: Uint8Array | string, place = 'the document'): Finding[] {
  const { format, fields } = parseDocument(bytes, place);
  const validate = validatorOf(format);
  if (validate(fields)) return [];
  return (validate.errors ?? []).slice(0, MAX_FINDINGS).map(({ instancePath, message, params }: ErrorObject) => (
    { severity: 'error', path: `${place}#${instancePath}`, line: 0, rule: 'schema', message: `${message ?? 'not allowed'} ${JSON.stringify(params).slice(0, 200)}` }
  ));
}

const VALIDATORS = new Map<DocumentFormat, ValidateFunction>();

/** Compiled once, when first asked for: that takes about a second a format. */
function validatorOf(format: DocumentFormat): ValidateFunction {
  const known = VALIDATORS.get(format);
  if (known !== undefined) return known;
  const made = compiled(format);
  VALIDATORS.set(format, made);
  return made;
}

function compiled(format: DocumentFormat): ValidateFunction {
  const options = { strict: false, logger: false, formats: FORMATS } as const;
  if (format === 'spdx-3.0.1') return new Ajv2020(options).compile(spdx301);
  if (format === 'spdx-2.3') return new Ajv(options).compile(spdx23);
  return withLinearUniqueItems(new Ajv(options)).addSchema(jsf, `${CYCLONE}jsf-0.82.SNAPSHOT.schema.json`).addSchema(cryptography, `${CYCLONE}cryptography-defs.SNAPSHOT.schema.json`).addSchema(licenseIds(), `${CYCLONE}spdx.SNAPSHOT.schema.json`)
    .compile(format === 'cyclonedx-1.7' ? cyclone17 : cyclone16);
}

/** CycloneDX lists the ids of licenses in a schema of their own; ours come from the list that expressions are read by. */
function licenseIds(): object {
  const ids = [...LICENSE_LIST.licenseIds, ...LICENSE_LIST.exceptionIds].toSorted(compareText);
  return { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string', enum: ids };
}

const FORMATS = {
  'date-time': (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
  'date': (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
  'iri-reference': (text: string): boolean => !/[\s<>"{}|\\^`]/.test(text) && (text.match(/#/g) ?? []).length < 2,
  'idn-email': (text: string): boolean => /^[^\s@]+@[^\s@]+$/.test(text),
  'uuid': (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
  'uri': (text: string): boolean => URL.canParse(text),
};
