import { sha256 } from '../foundation/digest.ts';
import type { EngineFacts } from '../plan/engine.ts';
import type { ParsedStatement } from './parse-statement.ts';

/** One part of the engine that shapes bytes and is another here than where the statement was made. */
export interface EngineDifference { part: string; stated: string; here: string }

export interface EngineComparison {
  /** Empty: this release can rebuild it. Else every verdict is INCONCLUSIVE. */
  differences: readonly EngineDifference[];
  /** The version of Provenroot that made the statement, and so can verify it. */
  release: string;
}

/** The parts of an engine that are in every key: what a statement says of them. */
export function engineVersionsOf({ definition: { versions, sandbox, format } }: ParsedStatement): Record<string, string> {
  return {
    'plan format': String(format), 'sandbox': sandbox, 'step runner': versions.stepRunner, 'collector': String(versions.collector), 'finalize': String(versions.finalize),
    ...Object.fromEntries(Object.entries(versions.writers).map(([format_, version]) => [`writer of ${format_}`, version])),
  };
}

/** Whether an engine can give a statement's bytes at all; `planFormat` is this release's. */
export function compareEngine(statement: ParsedStatement, engine: EngineFacts, planFormat: number): EngineComparison {
  const stated = engineVersionsOf(statement);
  const here: Record<string, string> = {
    'plan format': String(planFormat), 'sandbox': engine.sandbox,
    // A plan without containers names no step runner.
    'step runner': stated['step runner'] === '' ? '' : sha256(engine.stepRunner),
    'collector': String(engine.collectorVersion), 'finalize': String(engine.finalizeVersion), ...writersHere(statement, engine),
  };
  return {
    differences: Object.entries(stated).filter(([part, version]) => here[part] !== version).map(([part, version]) => ({ part, stated: version, here: here[part] ?? 'unknown' })),
    release: statement.statement.predicate.runDetails.builder.version['provenroot'] ?? 'unknown',
  };
}

function writersHere({ definition: { target, epochSeconds, versions } }: ParsedStatement, engine: EngineFacts): Record<string, string> {
  return Object.fromEntries(Object.keys(versions.writers).flatMap((format) => {
    const choice = target.images.find((one) => (one as { format?: unknown } | null)?.format === format);
    const version = choice === undefined ? undefined : writerVersion(engine, choice, epochSeconds);
    return version === undefined ? [] : [[`writer of ${format}`, version]];
  }));
}

/** A format that this engine has no writer for is a difference, not an error. */
function writerVersion(engine: EngineFacts, choice: unknown, epochSeconds: number): string | undefined {
  try {
    return engine.imageFormat(choice as Parameters<EngineFacts['imageFormat']>[0], epochSeconds).writerVersion;
  } catch {
    return undefined;
  }
}
