import type { ComponentChange } from './component-changes.ts';
import { versionOrder } from './version-order.ts';

/** How much somebody should look at it. A fix may be in a later version; in the same one, or an earlier, it is not. */
export function severityOf({ kind, cause, before, after, cvesLost = [] }: Omit<ComponentChange, 'severity'>): ComponentChange['severity'] {
  switch (kind) {
    case 'source': return 'critical';
    case 'patch-lost': case 'patch-changed': {
      if (cvesLost.length === 0) return cause.code === 'version' ? 'note' : 'warning';
      return versionOrder(before?.version ?? '', after?.version ?? '') === 'up' ? 'warning' : 'critical';
    }
    case 'version-down': case 'version-unorderable': return 'warning';
    case 'license': case 'content': return cause.evidence.length === 0 ? 'warning' : 'note';
    case 'added': case 'removed': case 'renamed': case 'moved': case 'version-up': case 'patch-gained': return 'note';
  }
}
