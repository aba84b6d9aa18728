import { sortFindings, type Finding } from '../foundation/finding.ts';
import { configurationDigest, type Configuration } from '../catalog/configuration.ts';
import { effectiveConfiguration, type EffectiveConfiguration } from '../catalog/effective.ts';
import type { Board, Catalog } from '../catalog/model.ts';
import { didYouMeanText, quoted } from '../catalog/name.ts';
import { present } from '../catalog/present.ts';
import type { PlacePath } from '../catalog/yaml-document.ts';
import { checkChoices } from './check-choices.ts';
import { checkShipped } from './check-shipped.ts';
import { collectKernelOptions } from './kernel-options.ts';
import { closePackages } from './package-closure.ts';
import type { Resolution } from './resolution.ts';

export interface ResolutionReading {
  /** Absent where any finding is an error. */
  resolution?: Resolution;
  /** Sorted; `path` is the configuration's name. */
  findings: readonly Finding[];
}

export interface ResolveOptions {
  /** Name of the configuration; without it the board's. */
  name?: string;
  /** How findings name the configuration's file; without it the name. */
  path?: string;
  /** Line of a place in the configuration's file; without it findings have line 0. */
  lineOf?: (place: PlacePath) => number;
}

export type Report = (severity: Finding['severity'], place: PlacePath, rule: string, message: string, suggestion?: string) => void;

/** What a configuration means against a catalog: every package with its options and why it is in. Pure; never throws for bad input. */
export function resolveConfiguration(configuration: Configuration, catalog: Catalog, options: ResolveOptions = {}): ResolutionReading {
  const name = options.name ?? configuration.board;
  const findings: Finding[] = [];
  const report: Report = (severity, place, rule, message, suggestion) => {
    findings.push({ severity, path: options.path ?? name, line: options.lineOf?.(place) ?? 0, rule, message, ...present({ suggestion }) });
  };
  const board = catalog.boards.get(configuration.board);
  if (board === undefined) {
    report('error', ['board'], 'unknown-board', `there is no board ${quoted(configuration.board)}`, didYouMeanText(configuration.board, catalog.boards.keys()));
    return { findings };
  }
  const resolution = resolveOnBoard({ configuration, catalog, board, name, report });
  const sorted = sortFindings(findings);
  return resolution === undefined || sorted.some(({ severity }) => severity === 'error') ? { findings: sorted } : { resolution, findings: sorted };
}

export interface Resolving {
  configuration: Configuration;
  catalog: Catalog;
  board: Board;
  name: string;
  report: Report;
}

function resolveOnBoard(resolving: Resolving): Resolution | undefined {
  const { configuration, catalog, board, name, report } = resolving;
  const effective: EffectiveConfiguration = effectiveConfiguration(configuration, board);
  if (!checkChoices(resolving, effective)) return undefined;
  const closed = closePackages(effective, catalog, report);
  const { packages, kernelOptions } = collectKernelOptions(closed, effective, report);
  checkShipped(packages, configuration, report);
  return {
    configurationDigest: configurationDigest(configuration), name, board, architecture: catalog.architectures.get(board.architecture)!,
    toolchain: effective.toolchain, kernel: effective.kernel, skeleton: effective.skeleton,
    packages, kernelOptions, system: effective.system, images: effective.images,
  };
}
