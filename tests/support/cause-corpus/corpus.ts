import { createHash } from 'node:crypto';

import { NOTHING_KNOWN, type KnownFacts } from '../../../src/causes/cause.ts';
import type { Both } from '../../../src/foundation/both.ts';
import { attacksOn } from './attacks.ts';
import { C_LOCALE, COMPILERS, FLAGS, KERNELS, LOCALES, PROCESSORS, ZONES, type Build } from './build.ts';
import { REAL_CHANGES, TRUNCATED } from './changes.ts';
import { FLAG_FAMILY, PARALLEL_FAMILY, PROCESSOR_FAMILY, TOOLCHAINS } from './compilers.ts';
import { Draw } from './draw.ts';
import { BUILD_IDS, RANDOM_IDS } from './ids.ts';
import { KERNEL_FAMILY } from './kernels.ts';
import { LANGUAGES } from './languages.ts';
import { ORDERS } from './orders.ts';
import { PACKING } from './packing.ts';
import { BUILD_PATHS, HOSTS } from './places.ts';
import { DEBUG_ONLY, LINK_ORDERS } from './programs-apart.ts';
import { KEYS, MODULE_SIGNATURES } from './secrets.ts';
import type { CorpusCause, Family, Shape } from './shape.ts';
import { EMBEDDED_TIMES, TIME_ZONES } from './times.ts';

const FAMILIES: readonly Family[] = [
  EMBEDDED_TIMES, TIME_ZONES, BUILD_PATHS, HOSTS, LANGUAGES, ORDERS, RANDOM_IDS, BUILD_IDS, TOOLCHAINS, FLAG_FAMILY, PROCESSOR_FAMILY, PARALLEL_FAMILY, KEYS, MODULE_SIGNATURES, PACKING, KERNEL_FAMILY, LINK_ORDERS, DEBUG_ONLY, TRUNCATED, REAL_CHANGES,
];
export const CORPUS_CAUSES: readonly CorpusCause[] = FAMILIES.map(({ cause }) => cause);

export type Half = 'tuning' | 'heldOut';
export interface CauseSample {
  cause: CorpusCause;
  shape: string;
  path: string;
  left: Buffer;
  right: Buffer;
  /** When the files were last written, in seconds. */
  written: readonly [number, number];
  known: Both<KnownFacts>;
  /** The right side with a change besides that nobody should miss. */
  attacks: readonly Buffer[];
}

/** Whole shapes are held out, every second of a cause by the digest of its name: nobody chose which. */
function half({ cause, shapes }: Family, which: Half): Shape[] {
  const digest = ({ name }: Shape): string => createHash('sha256').update(`${cause}/${name}`).digest('hex');
  return shapes.toSorted((a, b) => (digest(a) < digest(b) ? -1 : 1)).filter((_, i) => (i % 2 === 0) === (which === 'tuning'));
}

/** At least `each` samples of every cause, its shapes in turn. */
export function causeCorpus(which: Half, seed: number, each: number): CauseSample[] {
  return FAMILIES.flatMap((family) => {
    const shapes = half(family, which);
    return Array.from({ length: Math.max(each, shapes.length) }, (_, i) => sample(family.cause, shapes[i % shapes.length]!, `${seed}/${i}`));
  });
}

/** How many shapes each cause has in a half. */
export const shapesOf = (which: Half): number[] => FAMILIES.map((family) => half(family, which).length);

const MINUTE = 60;
const DAY = 86_400;
const ROOTS = ['/build', '/tmp/build', '/var/lib/jenkins/workspace', '/usr/src/packages/BUILD', '/builds/group', '/home/alice/code', '/home/builder/work', '/srv/ci'] as const;
const USERS = ['root', 'alice', 'builder', 'jenkins', 'buildd', 'bob', 'gitlab', 'pbuilder1', 'mockbuild'] as const;

function host(draw: Draw): string {
  return draw.pick([() => `build${draw.below(99)}`, () => `ci-runner-${draw.hex(6)}`, () => `${draw.word()}.example.org`, () => `ip-10-0-${draw.below(250)}-${draw.below(250)}`, () => `${draw.word()}-${draw.word()}`])();
}

/** One build, before anything of it is another in the second. */
function build(draw: Draw): Build {
  return {
    path: `${draw.pick(ROOTS)}/${draw.word()}-${draw.version()}`, host: host(draw), user: draw.pick(USERS), time: draw.between(1_420_070_400, 1_790_000_000), zone: ZONES[0]!, locale: C_LOCALE, jobs: draw.pick([1, 2, 4, 8]),
    compiler: draw.pick(COMPILERS), flags: draw.pick(FLAGS), processor: draw.pick(PROCESSORS), kernel: draw.pick(KERNELS), level: draw.between(1, 9), chance: new Draw('none'), order: (list) => [...list], other: false, body: (content) => content,
  };
}

const apart = <T>(draw: Draw, list: readonly T[], from: T): T => draw.pick(list.filter((item) => item !== from));
const later = (draw: Draw): number => draw.pick([() => draw.between(2, 50) * MINUTE + draw.below(60), () => draw.between(1, 20) * 3600 + draw.below(3600), () => draw.between(1, 25) * DAY + draw.below(DAY), () => draw.between(40, 300) * DAY + draw.below(DAY), () => draw.between(400, 1500) * DAY + draw.below(DAY)])();
/** A directory of another name: as long as the first, or not, in another place, or only in another copy. */
function elsewhere(draw: Draw, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const root = path.slice(0, path.lastIndexOf('/'));
  return draw.pick([() => `${root}/2nd/${name}`, () => `${apart(draw, ROOTS, root as typeof ROOTS[number])}/${name}`, () => `/${draw.letters(root.length - 1, 'abcdefghijklmnopqrstuvwxyz')}/${name}`, () => `${root}/${draw.hex(12)}/${name}`])();
}

/** What is another in the second build, by cause; where nothing is named, each build's own chance does it. */
const APART: Readonly<Partial<Record<CorpusCause, (one: Build, draw: Draw) => Partial<Build>>>> = {
  'embedded-timestamp': ({ time }, draw) => ({ time: time + later(draw) }),
  'time-zone': (_one, draw) => ({ zone: draw.pick(ZONES.slice(1)) }),
  'build-path': ({ path }, draw) => ({ path: elsewhere(draw, path) }),
  'host-leak': ({ user }, draw) => ({ host: host(draw), user: draw.often(70) ? apart(draw, USERS, user as typeof USERS[number]) : user }),
  locale: (_one, draw) => ({ locale: draw.pick(LOCALES.slice(1)) }),
  toolchain: ({ compiler }, draw) => ({ compiler: apart(draw, COMPILERS, compiler) }),
  'compiler-flags': ({ flags }, draw) => ({ flags: apart(draw, FLAGS, flags) }),
  'cpu-feature': ({ processor }, draw) => ({ processor: apart(draw, PROCESSORS, processor) }),
  parallelism: ({ jobs }, draw) => ({ jobs: apart(draw, [1, 2, 3, 4, 6, 8, 12, 16, 32, 64], jobs) }),
  compression: ({ level }, draw) => ({ level: apart(draw, [1, 2, 3, 4, 5, 6, 7, 8, 9], level) }),
  'kernel-version': ({ kernel }, draw) => ({ kernel: apart(draw, KERNELS, kernel) }),
};

function facts({ path, host: name, user }: Build, real: number): KnownFacts {
  return { paths: [path], hosts: [name], users: [user], times: [{ from: real - 10 * MINUTE, to: real + 15 * MINUTE }] };
}

interface Pair { left: Build; right: Build; real: readonly [number, number] }

function pair(cause: CorpusCause, draw: Draw): Pair {
  const one = build(draw);
  const two = { ...one, other: true, ...APART[cause]?.(one, draw) };
  const real = [one.time, cause === 'embedded-timestamp' ? two.time : one.time + later(draw)] as const;
  return draw.often(50) ? { left: two, right: one, real: [real[1], real[0]] } : { left: one, right: two, real };
}

const SHUFFLED: ReadonlySet<CorpusCause> = new Set<CorpusCause>(['ordering', 'link-order']);

/** The same bytes for the same key, whatever was rendered before; `body` is an attack on what is packed. */
function rendered({ render }: Shape, cause: CorpusCause, one: Build, key: string, body?: Build['body']): Buffer {
  const chance = new Draw(`${key}/${one.other}`);
  const order: Build['order'] = SHUFFLED.has(cause) ? (list) => chance.shuffled(list) : one.order;
  return Buffer.from(render({ ...one, chance, order, body: body ?? one.body }, new Draw(`${key}/thing`)) as string);
}

/** Where the two come out equal (one month, one order), another is drawn. */
function sample(cause: CorpusCause, thing: Shape, seed: string, attempt = 0): CauseSample {
  const key = `${cause}/${thing.name}/${seed}/${attempt}`;
  const draw = new Draw(key);
  const { left, right, real } = pair(cause, draw);
  const [before, after] = [rendered(thing, cause, left, key), rendered(thing, cause, right, key)];
  if (before.equals(after)) return sample(cause, thing, seed, attempt + 1);
  const recorded = thing.needsRecord === true || draw.often(55);
  const clamped = cause === 'time-zone' ? left.time : left.time - left.time % DAY;
  return {
    cause, shape: thing.name, path: thing.at, left: before, right: after,
    written: draw.often(50) ? [clamped, clamped] : [real[0] + draw.below(90), real[1] + draw.below(90)],
    known: recorded ? { left: facts(left, real[0]), right: facts(right, real[1]) } : { left: NOTHING_KNOWN, right: NOTHING_KNOWN },
    attacks: attacksOn(before, after, (body) => rendered(thing, cause, right, key, body), draw),
  };
}
