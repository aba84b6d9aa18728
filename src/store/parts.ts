import type { Clock } from '../foundation/clock.ts';
import type { ActionFiles } from './action-files.ts';
import type { DigestSums } from './digest-sums.ts';
import type { Layout } from './layout.ts';
import type { ObjectFiles } from './object-files.ts';
import type { Temporaries } from './temporaries.ts';
import type { Writer } from './writer.ts';

/** What an open store consists of. */
export interface StoreParts {
  layout: Layout;
  tmp: Temporaries;
  writer: Writer;
  clock: Clock;
  blobs: ObjectFiles;
  nodes: ObjectFiles;
  actions: ActionFiles;
  sums: DigestSums;
}
