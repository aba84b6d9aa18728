import { createHash } from 'node:crypto';

import { sha256, type Sha256 } from '../foundation/digest.ts';
import { VARIATION_NAMES, type VariationName } from '../catalog/variation-name.ts';
import type { SandboxCommand } from './runner.ts';

/** How a run stands in other surroundings than a build's. Only for runs whose results are compared and thrown away. */
export interface Surroundings {
  /** What is otherwise; all else stands still, so that runs of one set can be compared. */
  varied: ReadonlySet<VariationName>;
  /** Tree of the tools that change what a step sees (`instrumentTree`). */
  instrument: Sha256;
  /** A name for the inputs' directory: the same for runs that are compared, nobody else's meanwhile. Short, `[a-z0-9]`. */
  place: string;
}

/** What a condition is in the runs that others are compared with, and where it is varied. */
export interface Variation {
  name: VariationName;
  /** What a step may meet on another machine, for people. */
  what: string;
  still: string;
  varied: string;
  /** Why it cannot reach a step at all. */
  sealedBy?: string;
}

/** Frozen at its start, far ahead of the real one: what the kernel dates stays in the past. Seconds. */
export const STILL_CLOCK = 2_051_222_400;
export const VARIED_CLOCK = 2_114_380_799;

export const OTHER = {
  hostname: 'elsewhere', domainname: 'varied.example', home: '/tmp/home-of-another', buildDirectory: '/another/place/build', searchPath: '/on/the/path/of/another',
  variable: 'SOMETHING_ELSE', variableValue: 'set-by-another', uid: 4321, user: 'somebody', timeZone: 'QZV-13:37', locale: 'vr_XX.UTF-8', umask: '0002',
} as const;

const ROWS: Readonly<Record<VariationName, Omit<Variation, 'name'>>> = {
  'aslr': { what: 'where the kernel puts programs in memory', still: 'not randomized', varied: 'randomized' },
  'build-path': { what: 'directory that the step builds in', still: '/build', varied: `${OTHER.buildDirectory}, also where the environment and the phases name it` },
  'cache': { what: 'inputs checked out before, or just now', still: 'the checkout that stands', varied: 'a new copy: other inode numbers and times of change' },
  'cpu-count': { what: 'cores of the machine', still: 'all, and JOBS as the machine says', varied: 'one, and JOBS=1' },
  'directory-order': { what: 'order of the entries of directories', still: 'by name', varied: 'by name, backwards' },
  'domain': { what: 'domain name of the machine', still: 'none', varied: OTHER.domainname },
  'entropy': { what: 'random bytes', still: 'one seed', varied: 'another seed' },
  'environment': { what: 'a variable that no step asks for', still: 'not set', varied: `${OTHER.variable}=${OTHER.variableValue}` },
  'exec-path': { what: 'further directories at the end of PATH', still: 'none', varied: OTHER.searchPath },
  'home': { what: 'home directory of the user', still: '/build/home', varied: `${OTHER.home}, which is not there` },
  'hostname': { what: 'name of the machine', still: 'provenroot', varied: OTHER.hostname },
  'kernel': { what: 'version of the kernel', still: 'that of the machine', varied: 'told as 2.6 (personality UNAME26)' },
  'locale': { what: 'language settings', still: 'LC_ALL=C', varied: `LC_ALL=${OTHER.locale}: letters sort as in a dictionary, decimal comma, other names of days and months` },
  'storage': { what: 'file system of the build directory', still: 'disk', varied: 'memory (tmpfs)' },
  'store-path': { what: 'path of checkout, home and store on the host', still: 'links in the home', varied: 'a longer path' },
  'time': { what: 'wall clock', still: 'stands in 2035', varied: 'stands two years later, a second before midnight' },
  'time-zone': { what: 'time zone', still: 'TZ=UTC', varied: `TZ=${OTHER.timeZone}` },
  'umask': { what: 'mask of new files of whoever starts the step', still: '0022', varied: OTHER.umask, sealedBy: 'the step runner sets its own' },
  'user': { what: 'user and group of the step', still: 'build, 1000:1000', varied: `${OTHER.user}, ${OTHER.uid}:${OTHER.uid}` },
};

/** Everything that a run can be varied in, by name. */
export const VARIATIONS: readonly Variation[] = VARIATION_NAMES.map((name) => ({ name, ...ROWS[name] }));

/** What is likely to stand in a file that a condition got into; lets a search try the right one first. */
export function marksOf(name: VariationName): readonly string[] {
  const marks: Partial<Record<VariationName, readonly string[]>> = {
    'build-path': [OTHER.buildDirectory], 'domain': [OTHER.domainname], 'environment': [OTHER.variableValue, OTHER.variable], 'exec-path': [OTHER.searchPath],
    'home': [OTHER.home], 'hostname': [OTHER.hostname], 'kernel': ['2.6.'], 'locale': ['vr_XX', ...OTHER_MONTHS], 'storage': ['tmpfs'], 'store-path': [OTHER_PLACE],
    'time': [String(VARIED_CLOCK).slice(0, 7), String(new Date(VARIED_CLOCK * 1000).getUTCFullYear())], 'time-zone': ['QZV', '+1337'],
    'user': [OTHER.user, String(OTHER.uid)],
  };
  return marks[name] ?? [];
}
const OTHER_MONTHS = ['Qua', 'Duodec'];

/** Directory below the inputs' own, for the longer path. */
export const OTHER_PLACE = 'a-longer-way-to-it';

/** The environment of a command in other surroundings: what its definition fixes is overridden too, that is what is tested. */
export function variedEnvironment(command: Pick<SandboxCommand, 'environment'>, varied: ReadonlySet<VariationName>): Record<string, string> {
  const environment: Record<string, string> = { ...command.environment };
  // The home has a condition of its own: it stays where it is.
  if (varied.has('build-path')) for (const [name, value] of Object.entries(environment)) environment[name] = name === 'HOME' ? value : movedBuildPath(value);
  if (varied.has('time-zone')) environment['TZ'] = OTHER.timeZone;
  if (varied.has('locale')) Object.assign(environment, { LC_ALL: OTHER.locale, LANG: OTHER.locale, LANGUAGE: 'vr' });
  if (varied.has('home')) environment['HOME'] = OTHER.home;
  if (varied.has('cpu-count') && environment['JOBS'] !== undefined) environment['JOBS'] = '1';
  if (varied.has('exec-path')) environment['PATH'] = [environment['PATH'], OTHER.searchPath].filter((part) => part !== undefined).join(':');
  if (varied.has('environment')) environment[OTHER.variable] = OTHER.variableValue;
  return environment;
}

/** `/build` as the start of a path, not as the end of another one. */
const BUILD_PATH = /(?<![\w.\-/})]|[\w}]")\/build(?![\w.-])/g;

export function movedBuildPath(text: string): string {
  return text.replaceAll(BUILD_PATH, OTHER.buildDirectory);
}

/** What `sandbox/variation.c` reads. */
export function instrumentConditions(varied: ReadonlySet<VariationName>): string {
  const clock = varied.has('time') ? VARIED_CLOCK : STILL_CLOCK;
  return [
    `clock ${clock}`, `seed ${varied.has('entropy') ? 2 : 1}`, `order ${varied.has('directory-order') ? 'reversed' : 'sorted'}`,
    ...(varied.has('umask') ? [`umask ${OTHER.umask}`] : []), '',
  ].join('\n');
}

const RANDOM_FILE_BYTES = 1024 * 1024;

/** Stands where /dev/random and /dev/urandom were: the same bytes for every reader of a run. */
export function randomFile(varied: ReadonlySet<VariationName>): Uint8Array {
  return createHash('shake256', { outputLength: RANDOM_FILE_BYTES }).update(varied.has('entropy') ? 'varied' : 'still').digest();
}

/** In the form of the kernel's own ids. */
export function randomId(varied: ReadonlySet<VariationName>): string {
  const hex = sha256(varied.has('entropy') ? 'varied id' : 'still id');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}\n`;
}

/** Words in front of the command: how the kernel presents itself. */
export function personality(varied: ReadonlySet<VariationName>): string[] {
  const flags = [...(varied.has('aslr') ? [] : ['--addr-no-randomize']), ...(varied.has('kernel') ? ['--uname-2.6'] : [])];
  return flags.length === 0 ? [] : ['/usr/bin/setarch', 'x86_64', ...flags];
}

