import { canonicalJson } from '../foundation/canonical-json.ts';
import type { History, HistoryBuild, HistoryCause, HistorySpan, HistoryState } from './history.ts';
import { safeText } from './safe-text.ts';

const WIDEST = 240;
const MOST_LINES = 40;
const MOST_CAUSES = 3;
const MOST_NAMES = 12;

/** For people, newest first, in 40 lines at most unless all are asked for; no control characters. */
export function historyText(history: History, all: boolean): string {
  const lines = [headline(history), ...history.spans.flatMap((span) => spanLines(span))];
  const shown = all || lines.length <= MOST_LINES ? lines : [...lines.slice(0, MOST_LINES - 1), `… ${lines.length - MOST_LINES + 1} more lines: --all shows them, --json has them`];
  return shown.map((line) => `${safeText(line.slice(0, WIDEST))}\n`).join('');
}

function headline({ subject, scope, builds, untold, more, unread, spans }: History): string {
  const changes = Math.max(0, spans.length - 1);
  return [
    `${subject.kind} ${subject.name} in ${builds === 1 ? 'the only build' : `the last ${builds} builds`} of ${scope.kind} ${scope.name}${more ? '' : builds === 1 ? '' : ', all there are'}: `,
    spans.length === 0 ? 'no build tells' : spans.every(({ state }) => state === null) ? 'in none of them' : changes === 0 ? 'never changed' : `${changes} change${changes === 1 ? '' : 's'}`,
    ...(untold === 0 ? [] : [`; ${untold} without an inventory`]), ...(unread === 0 ? [] : [`; ${unread} files were not read`]),
  ].join('');
}

function spanLines({ state, since, builds, change }: HistorySpan): string[] {
  return [
    `${change === null ? 'at least since' : 'since'} ${buildText(since)}, ${builds} build${builds === 1 ? '' : 's'}: ${state === null ? 'not there' : stateText(state)}`,
    ...(change === null ? [] : [`  after ${buildText(change.before)}`, ...causeLines(change.causes)]),
  ];
}

function causeLines(causes: readonly HistoryCause[]): string[] {
  const lines = causes.slice(0, MOST_CAUSES).map((cause) => `  because ${causeText(cause)}`);
  return causes.length > MOST_CAUSES ? [...lines, `  and ${causes.length - MOST_CAUSES} packages more`] : lines;
}

function causeText({ package: name, kind, reasons }: HistoryCause): string {
  if (kind === 'added' || kind === 'removed') return `${name} was ${kind}`;
  return reasons.length === 0 ? `${name} came out otherwise, made in the same way` : `${name}: ${reasons.map(({ reason, detail }) => `${reason} ${detail}`).join('; ')}`;
}

function buildText({ build, target, finishedAt }: HistoryBuild): string {
  return `${finishedAt.slice(0, 16)}Z ${build} (${target})`;
}

function stateText(state: HistoryState): string {
  switch (state.kind) {
    case 'path': {
      const { entry, mode, uid, gid, sizeBytes, sha256, target, device, owner } = state;
      return [
        entry, mode.toString(8).padStart(4, '0'), `${uid}:${gid}`, ...(sizeBytes === null ? [] : [`${sizeBytes} bytes`]), ...(sha256 === null ? [] : [`sha256:${sha256}`]), ...(target === null ? [] : [`→ ${target}`]),
        ...(device === null ? [] : [`${device.major},${device.minor}`]), `of ${owner.name}`,
      ].join(' ');
    }
    case 'package': {
      const { version, license, recipeDigest, options } = state;
      return `${version}, ${license}, recipe ${recipeDigest.slice(0, 12)}${Object.keys(options).length === 0 ? '' : `, ${canonicalJson(options)}`}`;
    }
    case 'license': return listText(state.packages);
    case 'symbol': return listText(state.files.map(({ path, owner }) => `${path} (${owner})`));
  }
}

function listText(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more` : names.join(', ');
}
