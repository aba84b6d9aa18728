import { jsonSchemaOf, SCHEMA_KINDS, type JsonSchema, type SchemaKind } from './json-schemas.ts';
import { LINTS } from './lints.ts';

const TITLES: Record<SchemaKind, { title: string; file: string; intro: string }> = {
  recipe: {
    title: 'Recipe format', file: '`recipes/NAME/recipe.yaml`',
    intro: 'A recipe says what one package is: where its sources come from, what it needs, what may be set, how a step template builds it. Files beside it (patches, init scripts, fragments) travel with it; a phase reads them below `/src/files`.',
  },
  template: {
    title: 'Step template format', file: '`templates/NAME/template.yaml`',
    intro: 'A template is a shared build system: stages of phases of shell text, and the inputs that a recipe gives them. A template is a single file.',
  },
  board: {
    title: 'Board format', file: '`boards/NAME/board.yaml`',
    intro: 'A board says what is built for one kind of machine where nobody says otherwise. A configuration inherits from it.',
  },
  architecture: {
    title: 'Architecture format', file: '`architectures/NAME.yaml`',
    intro: 'An architecture gives names and compiler settings that recipes and templates use without knowing it.',
  },
  configuration: {
    title: 'Configuration format', file: 'A file of yours, YAML or JSON; also the content of a configuration\'s revision',
    intro: 'A configuration names a board and what differs from it. Each revision is frozen and known by the sha256 of its RFC 8785 form, in which packages, options and `remove` are sorted and empty parts are left out.',
  },
};

/** Generated files by path from the repository's root: pages and JSON Schemas. */
export function renderSchemaDocs(): ReadonlyMap<string, string> {
  return new Map(SCHEMA_KINDS.flatMap((kind): [string, string][] => [
    [`docs/${kind}-format.md`, renderPage(kind)],
    [`docs/schema/${kind}.json`, `${JSON.stringify(jsonSchemaOf(kind), null, 2)}\n`],
  ]));
}

function renderPage(kind: SchemaKind): string {
  const rules = LINTS.filter(({ subject }) => subject === kind);
  const behind = [
    ...(rules.length === 0 ? [] : ['## Rules', '', 'Checked beyond the fields, over the whole catalog.', '', '| rule | severity | what it means and what to do |', '|---|---|---|',
      ...rules.map(({ id, severity, explain }) => `| \`${id}\` | ${severity} | ${cell(explain)} |`), '']),
    ...(kind === 'recipe' ? ['A recipe opts out of a warning by `deviations`, with a reason; so it does of a condition of varied runs, as `variation-NAME` (`docs/host-contract.md`).', ''] : []),
  ];
  return renderFormatPage({ ...TITLES[kind], schemaIn: 'src/catalog' }, jsonSchemaOf(kind), behind);
}

/** The page of a YAML format: its fields, then the lines given in `behind`. */
export function renderFormatPage({ title, file, intro, schemaIn }: { title: string; file: string; intro: string; schemaIn: string }, schema: JsonSchema, behind: readonly string[]): string {
  return [
    `# ${title}`, '',
    `<!-- Generated from the schema in ${schemaIn}; do not edit. -->`, '',
    `${file}. ${intro}`, '',
    ...COMMON, '',
    '## Fields', '',
    '| field | type | default | meaning |', '|---|---|---|---|',
    ...fieldRows(schema, ''), '',
    ...behind,
  ].join('\n');
}

const COMMON = [
  'YAML 1.2, UTF-8, at most 256 KiB. `format: 1` is the first key. Unknown and duplicate keys, anchors, aliases, tags and control',
  'characters are refused. A number that YAML would respell (`1.20`, `0755`) must stand in quotes. A field without a default is required',
  'unless it says optional.',
];

function fieldRows({ properties = {}, required = [] }: JsonSchema, path: string): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [
      `| \`${at}\` | ${cell(typeText(field))} | ${defaultText(field, required.includes(name))} | ${cell(meaning(field))} |`,
      ...below(field, at),
    ];
  });
}

/** Rows of maps and lists of maps that stand in a field. */
function below(field: JsonSchema, at: string): string[] {
  return (field.anyOf ?? [field]).flatMap((choice) => {
    if (choice.properties !== undefined) return isCondition(choice) ? [] : fieldRows(choice, at);
    if (choice.items !== undefined) return below(choice.items, `${at}[]`);
    return choice.additionalProperties ? below(choice.additionalProperties, `${at}.NAME`) : [];
  });
}

function isCondition({ properties = {} }: JsonSchema): boolean {
  const names = Object.keys(properties);
  return names.length === 2 && names.includes('option') && names.includes('equals');
}

function typeText(field: JsonSchema): string {
  if (field.anyOf !== undefined) return [...new Set(field.anyOf.map(typeText))].join(' or ');
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${value}\``).join(', ');
  switch (field.type) {
    case 'array': return `list of ${typeText(field.items ?? {})}`;
    case 'object': return isCondition(field) ? 'condition `{ option, equals }`' : field.additionalProperties ? `map of ${typeText(field.additionalProperties)}` : 'map';
    case 'integer': return `integer${bounds(field)}`;
    case 'string': return 'text';
    default: return field.type ?? 'any';
  }
}

function bounds({ minimum, maximum }: JsonSchema): string {
  const stated = (bound: number | undefined): boolean => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (stated(minimum) && stated(maximum)) return `, ${minimum} to ${maximum}`;
  return stated(minimum) ? `, at least ${minimum}` : '';
}

function defaultText(field: JsonSchema, required: boolean): string {
  if (required) return 'required';
  return field.default === undefined ? 'optional' : `\`${JSON.stringify(field.default)}\``;
}

function meaning(field: JsonSchema): string {
  const unit = field['x-unit'];
  return `${field.description ?? ''}${unit === undefined ? '' : ` Unit: ${unit}.`}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
