import { readFile } from 'node:fs/promises';

import { errorCodeOf, Failure } from '../foundation/failure.ts';

/** `sandbox/definition.json`: what the sandbox shall hold, by what it is for. */
export interface SandboxDefinition {
  format: 1;
  /** Debian suite and component: main only, because updates and security move between point releases. */
  suite: string;
  component: 'main';
  architecture: 'amd64';
  /** Package names by what they are for. */
  packages: Readonly<Record<string, readonly string[]>>;
}

const KEYS = ['architecture', 'component', 'format', 'packages', 'suite'];

/** Throws SANDBOX.BAD_DEFINITION where the file is missing or malformed. */
export async function readDefinition(path: string): Promise<SandboxDefinition> {
  try {
    return parseDefinition(await readFile(path, 'utf8'), path);
  } catch (cause) {
    if (errorCodeOf(cause) !== 'ENOENT') throw cause;
    throw new Failure('SANDBOX.BAD_DEFINITION', `${path}: there is no such file`, { place: path, cause });
  }
}

/** `place` names the file for messages. */
export function parseDefinition(text: string, place: string): SandboxDefinition {
  const refuse = (why: string, cause?: unknown): never => {
    throw new Failure('SANDBOX.BAD_DEFINITION', `${place}: ${why}`, { place, cause });
  };
  const given = parsed(text, refuse);
  if (typeof given !== 'object' || given === null || given.format !== 1) refuse('format is not 1');
  const unknown = Object.keys(given).toSorted().find((key) => !KEYS.includes(key));
  if (unknown !== undefined) refuse(`unknown key "${unknown}"`);
  if (!isName(given.suite)) refuse('suite is no name');
  if (given.component !== 'main') refuse('component is not main: others move between point releases');
  if (given.architecture !== 'amd64') refuse('architecture is not amd64');
  if (typeof given.packages !== 'object' || given.packages === null) refuse('packages is no map of lists');
  for (const [why, names] of Object.entries(given.packages)) {
    const bad = Array.isArray(names) ? (names as unknown[]).find((name) => !isName(name)) : names;
    if (bad !== undefined) refuse(`packages "${why}": ${JSON.stringify(bad)} is no package name`);
  }
  return given;
}

/** Every wanted package once, sorted: the same question to apt however they are grouped. */
export function wantedPackages({ packages }: SandboxDefinition): string[] {
  return [...new Set(Object.values(packages).flat())].toSorted();
}

/** Debian policy 5.6.1. What could be an option of apt is none. */
const isName = (value: unknown): boolean => typeof value === 'string' && /^[a-z0-9][a-z0-9+.-]+$/.test(value);

function parsed(text: string, refuse: (why: string, cause?: unknown) => never): SandboxDefinition {
  try {
    return JSON.parse(text) as SandboxDefinition;
  } catch (cause) {
    return refuse('it is not JSON', cause);
  }
}
