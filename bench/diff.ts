/**
 * `node bench/diff.ts [OPTIONS]`: the same pairs of images through diffoscope and ours in one run, each a whole process as a
 * user starts it: CPU of all its processes, peak memory, size of what it prints. The images are made first, from this
 * machine's own files, by this machine's own tools.
 *
 *   --size small|medium|large   58 MB and 1,700 files, 160 MB and 7,000, 640 MB and 12,000; default small
 *   --formats tar,squashfs,…    of tar, squashfs, ext4, gpt, cpio.gz, erofs; default all whose tools are here
 *   --variants line,elf,…       of identical, line, elf, times, five, upgrade; default all, and of formats that diffoscope hexdumps only `line`
 *   --full                      every variant of every format; diffoscope on large images, too
 *   --ours                      without diffoscope
 *   --runs N                    the median of so many; diffoscope's of one
 *   --timeout SECONDS           for one process; default 900
 *   --directory DIRECTORY       where trees and images are made, and left; default: a temporary one, removed
 *
 * Needs gcc and, for the rival, Debian's `diffoscope` (tried: --no-install-recommends; ext4 is hexdumped then), `squashfs-tools`.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { isInstalled, measured, tool, type Measured } from './diff-measured.ts';
import { FORMATS, isAvailable, makeImage, makeVariant, VARIANTS } from './diff-pairs.ts';
import { makeTree, SIZES } from './diff-trees.ts';

const { values } = parseArgs({ options: {
  size: { type: 'string', default: 'small' }, formats: { type: 'string' }, variants: { type: 'string' }, full: { type: 'boolean', default: false },
  ours: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' }, timeout: { type: 'string', default: '900' }, directory: { type: 'string' },
} });

/** diffoscope's CPU divided by ours. */
const GOALS: Readonly<Record<string, number>> = { tar: 25, squashfs: 10, ext4: 100, gpt: 100 };
const MOST_BYTES = 300 * 2 ** 20;
const MOST_OUTPUT = 100_000;
/** Without a virtual machine, or at all, diffoscope sees bytes there: a minute each, whatever the change. */
const HEXDUMPED = new Set(['ext4', 'gpt', 'erofs']);

const launcher = join(import.meta.dirname, '../provenroot');
const print = (line: string): void => { process.stdout.write(`${line}\n`); };
const listed = (text: string | undefined, all: readonly string[]): string[] => {
  const asked = text === undefined ? [...all] : text.split(',');
  for (const name of asked) if (!all.includes(name)) throw new Error(`${name} is none of ${all.join(', ')}`);
  return asked;
};

const size = SIZES[values.size];
if (size === undefined) throw new Error(`a size is ${Object.keys(SIZES).join(', ')}`);
const formats = listed(values.formats, Object.keys(FORMATS)).filter((name) => isAvailable(FORMATS[name]!) || print(`${name} is left out: of ${FORMATS[name]!.needs.join(', ')} one is not here`));
const variants = listed(values.variants, Object.keys(VARIANTS));
const withRival = !values.ours && isInstalled('diffoscope') && (values.size !== 'large' || values.full);
const timeout = Number(values.timeout);
const chosen = (variant: string): string[] => formats.filter((format) => values.full || values.variants !== undefined || variant === 'line' || !HEXDUMPED.has(format));

const scratch = values.directory ?? mkdtempSync(join(tmpdir(), 'bench-diff-'));
const home = join(scratch, 'home');
const environment = { PROVENROOT_HOME: home, SOURCE_DATE_EPOCH: '' };

async function median(argv: readonly string[], runs: number): Promise<Measured> {
  const all: Measured[] = [];
  for (let i = 0; i < runs; i++) all.push(await measured(argv, scratch, timeout, environment));
  const middle = all.toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)[runs >> 1]!;
  return { ...middle, peakBytes: Math.max(...all.map(({ peakBytes }) => peakBytes)) };
}

const MB = (bytes: number): string => String(Math.round(bytes / 2 ** 20));
const met = (is: boolean): string => (is ? 'met' : 'MISSED');
const row = (...cells: readonly string[]): void => print(cells.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(i === 1 ? 6 : 11))).join(' '));

async function compareOne(format: string, variant: string, left: string, right: string): Promise<void> {
  const ours = await median([launcher, 'diff', left, right], Number(values.runs));
  const theirs = withRival ? await measured(['diffoscope', '--no-progress', '--text', '-', left, right], scratch, timeout, environment) : undefined;
  const rivalSeconds = theirs?.exit === undefined ? timeout : theirs.cpuSeconds;
  const ratio = rivalSeconds / ours.cpuSeconds;
  const goal = variant === 'identical' ? undefined : GOALS[format];
  if (ours.exit === undefined || ours.exit > 3 || ours.exit === 2) throw new Error(`ours ended with ${ours.exit} for ${left} ${right}: see ${join(scratch, 'complaints')}`);
  const told = theirs === undefined ? ['-', '-', '-', '-'] : theirs.exit === undefined ? [`>${timeout} s`, MB(theirs.peakBytes), String(theirs.outputBytes), '-'] : [theirs.cpuSeconds.toFixed(2), MB(theirs.peakBytes), String(theirs.outputBytes), `${ratio.toFixed(1)}x`];
  row(`${format} ${variant}`, MB(statSync(right).size), ours.cpuSeconds.toFixed(2), ours.wallSeconds.toFixed(2), MB(ours.peakBytes), String(ours.outputBytes), ...told,
    goal === undefined || theirs === undefined ? '' : `${goal}x ${met(ratio >= goal)}`, `${ours.peakBytes <= MOST_BYTES ? '' : 'MEMORY '}${ours.outputBytes <= MOST_OUTPUT ? '' : 'OUTPUT'}`);
}

try {
  mkdirSync(scratch, { recursive: true });
  const base = join(scratch, `tree-${values.size}`);
  if (!existsSync(base)) makeTree(base, size, scratch);
  const bytes = Number(SIZES[values.size]!.bytes) * 1.1;
  // A user's second start: the first fills the cache of compiled code.
  await measured([launcher, 'diff', launcher, join(import.meta.dirname, '../package.json')], scratch, timeout, environment);
  print(`${values.size}; load ${loadavg()[0]!.toFixed(1)}; ours: median of ${values.runs}; CPU and wall in seconds, peak in MiB`);
  row('pair', 'MiB', 'ours CPU', 'wall', 'peak', 'bytes', 'theirs CPU', 'peak', 'bytes', 'ratio', 'goal', 'limits');
  const image = (format: string, side: string): string => join(scratch, `${values.size}-${side}.${format}`);
  for (const format of formats) if (!existsSync(image(format, 'left'))) makeImage(format, base, image(format, 'left'), bytes);
  for (const variant of variants) {
    const wanted = chosen(variant).filter((format) => !existsSync(image(format, variant)));
    const tree = join(scratch, 'variant');
    if (wanted.length > 0) {
      tool(`rm -rf ${tree} && cp -a ${base} ${tree}`);
      makeVariant(variant, tree, scratch);
    }
    for (const format of wanted) {
      if (variant === 'identical') tool(`cp --sparse=always ${image(format, 'left')} ${image(format, variant)}`);
      else makeImage(format, tree, image(format, variant), bytes);
    }
    rmSync(tree, { recursive: true, force: true });
    for (const format of chosen(variant)) {
      await compareOne(format, variant, image(format, 'left'), image(format, variant));
      if (values.directory === undefined) rmSync(image(format, variant));
    }
  }
} finally {
  if (values.directory === undefined) rmSync(scratch, { recursive: true, force: true });
}
