import { isSha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';

/** Types with ids of their own, and what the id holds. */
const KINDS = {
  board: { type: 'Board', key: 'uuid' },
  rcp: { type: 'Recipe', key: 'uuid' },
  rcv: { type: 'RecipeVersion', key: 'sha256' },
  cfg: { type: 'Configuration', key: 'uuid' },
  rev: { type: 'ConfigurationRevision', key: 'uuid' },
  bld: { type: 'Build', key: 'uuid' },
  stp: { type: 'Step', key: 'pair' },
  pkg: { type: 'Package', key: 'pair' },
  img: { type: 'Image', key: 'uuid' },
  stm: { type: 'Statement', key: 'sha256' },
  ver: { type: 'Verification', key: 'uuid' },
  var: { type: 'VariationRun', key: 'uuid' },
  rel: { type: 'Release', key: 'uuid' },
  qua: { type: 'Quarantine', key: 'uuid' },
  job: { type: 'Job', key: 'uuid' },
  plr: { type: 'PolicyReport', key: 'uuid' },
  lcd: { type: 'LicenseDecision', key: 'uuid' },
  upl: { type: 'Upload', key: 'uuid' },
  cmp: { type: 'Comparison', key: 'uuid' },
} as const;

type Prefix = keyof typeof KINDS;
export type NodeType = (typeof KINDS)[Prefix]['type'];

/** `pair`: a build's id and a name within it. */
export interface NodeKey { type: NodeType; id: string; name: string | undefined }

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_LENGTH = 512;

const PREFIX_OF = new Map<NodeType, Prefix>((Object.keys(KINDS) as Prefix[]).map((prefix) => [KINDS[prefix].type, prefix]));

export function nodeId(type: NodeType, id: string, name?: string): string {
  const tail = name === undefined ? '' : `.${Buffer.from(name, 'utf8').toString('base64url')}`;
  return `${PREFIX_OF.get(type)}_${id}${tail}`;
}

/** Throws API.BAD_ID for anything that `nodeId` would not have written. */
export function parseNodeId(text: string): NodeKey {
  const refuse = (): never => { throw new Failure('API.BAD_ID', `${JSON.stringify(text.slice(0, MAX_LENGTH))} is no id of this API`); };
  const [prefix, rest] = splitOnce(text, '_');
  if (text.length > MAX_LENGTH || !Object.hasOwn(KINDS, prefix)) return refuse();
  const { type, key } = KINDS[prefix as Prefix];
  const [id, encoded] = key === 'pair' ? splitOnce(rest, '.') : [rest, ''];
  if (key === 'sha256' ? !isSha256(id) : !UUID.test(id)) return refuse();
  const name = key === 'pair' ? decodedName(encoded) : undefined;
  if (key === 'pair' && (name === undefined || nodeId(type, id, name) !== text)) return refuse();
  return { type, id, name };
}

/** Types whose bare ids the command line prints: they are good too. */
const PRINTED: readonly NodeType[] = ['Build', 'Verification', 'VariationRun', 'LicenseDecision'];

/** The key of an id that must be of one type. */
export function parseIdOf(type: NodeType, text: string): NodeKey {
  if (PRINTED.includes(type) && UUID.test(text)) return { type, id: text, name: undefined };
  const key = parseNodeId(text);
  if (key.type !== type) throw new Failure('API.BAD_ID', `this is the id of a ${key.type}, not of a ${type}`);
  return key;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function decodedName(encoded: string): string | undefined {
  const name = Buffer.from(encoded, 'base64url').toString('utf8');
  return name === '' || name.includes('\0') ? undefined : name;
}
