import { durationText, printFacts, printSection, sizeText, type Terminal } from './output.ts';
import type { JsonOf } from './print-shape.ts';

type ShownBuild = Extract<JsonOf<'show'>, { kind: 'build' }>;

export function buildText(build: ShownBuild, terminal: Terminal): void {
  const { counts, failure } = build;
  printFacts(terminal, [
    ['build', build.build], ['target', build.target === build.board ? build.target : `${build.target} (board ${build.board})`],
    ['state', build.state], ['purpose', build.purpose],
    ['definition', `sha256:${build.definitionDigest}`], ['sandbox', `sha256:${build.sandboxDigest}`],
    ['asked for', build.createdAt], ['started', build.startedAt ?? '-'], ['finished', build.finishedAt ?? '-'],
    ['steps', `${counts.total}: ${counts.run} run, ${counts.reused} reused, ${counts.failed} failed`],
    ['inputs', Object.entries(build.inputs).map(([role, count]) => `${count} ${role}`).join(', ') || 'none'],
    ...(build.nondeterministic ? [['warning', 'a step gave other bytes than before: NONDETERMINISTIC'] as const] : []),
    ...(failure === null ? [] : [['failed', `${failure.message} (${failure.kind}${failure.code === null ? '' : `, ${failure.code}`})`] as const]),
  ]);
  printSection(terminal, 'images', ['name', 'format', 'size', 'sha256'], build.images.map(({ name, format, sizeBytes, sha256 }) => [name, format, sizeText(sizeBytes), sha256]));
  printSection(terminal, 'steps', ['step', 'state', 'outcome', 'time', 'CPU', 'memory'], build.steps.map((step) => [
    step.name, step.nondeterministic ? `${step.state}, NONDETERMINISTIC` : step.state, step.outcome ?? '-',
    step.wallMs === null ? '-' : durationText(step.wallMs), step.cpuMs === null ? '-' : durationText(step.cpuMs),
    step.peakMemoryBytes === null ? '-' : sizeText(step.peakMemoryBytes),
  ]));
  printSection(terminal, 'packages', ['package', 'version', 'license', 'why'], build.packages.map(({ name, version, license, reasons }) => [name, version, license, reasons.join('; ')]));
}
