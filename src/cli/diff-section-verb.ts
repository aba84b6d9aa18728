import { compareBillFiles, compareBuildWithBill, compareComponents, compareConfigurations, compareInputs, compareLicenses } from '../actions/compare-contents.ts';
import { isDirectory } from '../actions/is-directory.ts';
import { outlineImage } from '../actions/outline-image.ts';
import { exitOfChanges, exitOfLicenses, imagesApart, sectionJson } from '../actions/present-section.ts';
import { exitOfSubjects } from '../actions/present-subjects.ts';
import type { Workshop } from '../actions/workshop.ts';
import { EVERY_LINE, findingLines, layoutLines, verdictLine } from '../compare/comparison-text.ts';
import { componentLines } from '../compare/component-lines.ts';
import { configurationLines } from '../compare/configuration-changes.ts';
import { imageLines } from '../compare/image-changes.ts';
import { outlineLines, type ImageOutline } from '../compare/image-outline.ts';
import { inputLines } from '../compare/input-changes.ts';
import { licenseLines } from '../compare/license-changes.ts';
import { counted } from '../compare/most-lines.ts';
import { packageLines } from '../compare/package-lines.ts';
import { policyLines } from '../compare/policy-changes.ts';
import { safeText } from '../compare/safe-text.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import type { CliDeps } from './cli-deps.ts';
import { buildNamed, isFile, withCompared, type ComparedSubjects } from './compared-subjects.ts';
import { readGiven } from './output-file.ts';
import type { ContentsVerbs, DiffSection } from './verbs.ts';

const MOST_LINES = 40;

/** One section of what two builds differ in: as a JSON value, and in lines. */
interface Told { value: unknown; lines: (most: number) => string[]; exit: ExitCode }

/** 0: nothing differs in this section; 3: licenses alone that are written in another way; 1: all else. Bills of materials may be files from anywhere. */
export async function diffSectionVerb(input: Parameters<ContentsVerbs['diff']>[0] & { only: DiffSection }, deps: CliDeps): Promise<ExitCode> {
  const { only, all, json } = input;
  const told = await toldOf(input, deps);
  if (json) deps.terminal.data(`${sectionJson(only, told.exit, told.value)}\n`);
  else deps.terminal.data(told.exit === EXIT.done ? `no difference in ${only}\n` : `${(all ? told.lines(EVERY_LINE) : inOneScreen(told.lines(MOST_LINES))).join('\n')}\n`);
  return told.exit;
}

/** Lists that stand one below the other are bounded each by itself. */
function inOneScreen(lines: readonly string[]): readonly string[] {
  return lines.length > MOST_LINES ? [...lines.slice(0, MOST_LINES - 1), `… ${counted(lines.length - MOST_LINES + 1, 'lines')}: --all shows them`] : lines;
}

async function toldOf({ left, right, only, policy }: Parameters<typeof diffSectionVerb>[0], deps: CliDeps): Promise<Told> {
  const [leftFile, rightFile] = [await isFile(left), await isFile(right)];
  const directory = only === 'images' ? [left, right].find((word, i) => [leftFile, rightFile][i] === true && isDirectory(word)) : undefined;
  if (directory !== undefined) throw new Failure('CLI.USAGE', `--only images tells how files are laid out, and ${directory} is a directory`, { hint: 'Compare it without `--only`.' });
  if (only === 'images') return withCompared({ left, right }, deps, (all) => Promise.resolve(images(all)));
  if (only === 'sbom' && leftFile && rightFile) return bills(compareBillFiles(left, right));
  if (only === 'sbom' && leftFile !== rightFile) {
    return deps.withWorkshop(async (workshop) => bills(await compareBuildWithBill(await buildNamed(leftFile ? right : left, deps, workshop), leftFile ? left : right, rightFile, workshop)));
  }
  if (leftFile || rightFile) throw new Failure('CLI.USAGE', `--only ${only} compares builds, and ${leftFile ? left : right} is none`, { hint: 'Name two builds; of files, bills of materials can be compared (`--only sbom`), or images (without `--only`).' });
  if (only === 'packages') return withCompared({ left, right }, deps, (all) => Promise.resolve(packages(all)));
  const text = policy === undefined ? undefined : await readGiven(policy);
  return deps.withWorkshop(async (workshop) => sectionOf(only, await buildNamed(left, deps, workshop), await buildNamed(right, deps, workshop), text, workshop));
}

async function sectionOf(only: Exclude<DiffSection, 'images' | 'packages'>, left: string, right: string, policy: Uint8Array | undefined, workshop: Workshop): Promise<Told> {
  switch (only) {
    case 'licenses': return licenses(await compareLicenses(left, right, workshop, policy));
    case 'sbom': return listed(await compareComponents(left, right, workshop), componentLines);
    case 'config': return listed(await compareConfigurations(left, right, workshop), configurationLines);
    case 'inputs': return listed(await compareInputs(left, right, workshop), inputLines);
  }
}

/** Of two builds everything that came out; else the files, how they are laid out, and the verdict on all that is in them. */
function images({ subjects, compared }: ComparedSubjects): Told {
  const exit = exitOfSubjects(compared);
  const both = [subjects.left, subjects.right];
  if (both.every(({ kind }) => kind === 'build')) {
    return { value: imagesApart(compared.images), exit, lines: (most) => imageLines(compared.images, most) };
  }
  const [left, right] = both.map((subject) => (subject.kind === 'file' ? outlineImage(subject.path) : null)) as [ImageOutline | null, ImageOutline | null];
  const { comparison } = compared;
  const outlines = [...(left === null ? [] : outlineLines('left', left)), ...(right === null ? [] : outlineLines('right', right))];
  return { value: { verdict: comparison.verdict, left, right, changes: comparison.layout, findings: comparison.findings }, exit, lines: (most) => [...outlines, verdictLine(comparison, exit), ...findingLines(comparison.findings, most), ...layoutLines(comparison.layout, most)].map((line) => safeText(line)) };
}

function packages({ compared }: ComparedSubjects): Told {
  return listed(compared.packages, (changes, most) => packageLines(changes, most, compared.images));
}

function listed<T>(changes: readonly T[], lines: (changes: readonly T[], most: number) => string[]): Told {
  return { value: changes, exit: exitOfChanges(changes), lines: (most) => lines(changes, most) };
}

function bills(compared: ReturnType<typeof compareBillFiles>): Told {
  return { value: compared, exit: exitOfChanges(compared.changes), lines: (most) => componentLines(compared.changes, most) };
}

function licenses({ changes, policy }: Awaited<ReturnType<typeof compareLicenses>>): Told {
  const judged = policy?.changes ?? [];
  return {
    value: policy === undefined ? { changes } : { changes, policy },
    exit: exitOfLicenses({ changes, ...(policy === undefined ? {} : { policy }) }),
    lines: (most) => [...licenseLines(changes, most), ...(policy === undefined ? [] : [`policy ${policy.name}: ${policy.verdicts.left} → ${policy.verdicts.right}`, ...policyLines(judged, most)])],
  };
}
