/** A directed acyclic graph of work; nodes come after what they need. */
export interface GraphWork<Id extends string> {
  /** In an order in which every node comes after its needs. */
  nodes: readonly Id[];
  needsOf(node: Id): readonly Id[];
  /** Larger goes first among those that are ready. */
  priorityOf(node: Id): number;
  /** Resolves to false where the node failed: nothing that needs it is started, nothing new at all. */
  run(node: Id): Promise<boolean>;
}

/**
 * Runs ready nodes, at most `parallel` at once. After a failure, what runs is let finish (its results are kept)
 * and nothing more starts. Rejects with the first rejection of `run`, after all that runs has ended.
 */
export async function runGraph<Id extends string>(work: GraphWork<Id>, parallel: number, signal: AbortSignal): Promise<void> {
  const waiting = new Set(work.nodes);
  const done = new Set<Id>();
  const running = new Map<Id, Promise<void>>();
  let stopped = false;
  const rejections: unknown[] = [];

  const start = (node: Id): void => {
    waiting.delete(node);
    running.set(node, work.run(node).then(
      (succeeded) => { if (succeeded) done.add(node); else stopped = true; },
      (error: unknown) => { stopped = true; rejections.push(error); },
    ).finally(() => running.delete(node)));
  };
  for (;;) {
    if (!stopped && !signal.aborted) {
      const ready = [...waiting].filter((node) => work.needsOf(node).every((need) => done.has(need)));
      ready.sort((a, b) => work.priorityOf(b) - work.priorityOf(a));
      for (const node of ready.slice(0, parallel - running.size)) start(node);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (rejections.length > 0) throw rejections[0];
}

/** The longest chain of durations from a node to the end: what has most behind it goes first. */
export function criticalPath<Id extends string>(
  nodes: readonly Id[], needsOf: (node: Id) => readonly Id[], durationMs: (node: Id) => number,
): Map<Id, number> {
  const length = new Map<Id, number>(nodes.map((node) => [node, durationMs(node)]));
  for (const node of nodes.toReversed()) {
    for (const need of needsOf(node)) length.set(need, Math.max(length.get(need) ?? 0, durationMs(need) + length.get(node)!));
  }
  return length;
}
