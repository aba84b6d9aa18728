import { sortFindings, type Finding } from '../foundation/finding.ts';
import { treeDifferences, type TreeDifference } from '../tree/differences.ts';
import { displayPath, type PathBytes, type TreeEntry, type Xattrs } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { comparable, lossesOf } from './format-tools.ts';
import type { Extracted } from './re-extract.ts';

/** An image with more differences than these is told of by number. */
const MOST_FINDINGS = 50;

/**
 * Where an image holds something else than the recorded root tree: one finding a path, empty where they are equal.
 * What the format cannot hold and the tree has is a note: it was not compared.
 */
export function compareExtracted(expected: Tree, found: Extracted): Finding[] {
  if ('failed' in found) {
    return [{ severity: 'error', path: found.image, line: 0, rule: 'image-not-unpacked', message: plain(found.failed) }];
  }
  const losses = lossesOf(found.format);
  const recorded = comparable(expected, losses);
  const told = comparable(found.tree, losses);
  const differences = treeDifferences(recorded.tree, told.tree);
  const describe = describer(recorded.tree, told.tree, found);
  return sortFindings([
    ...differences.slice(0, MOST_FINDINGS).map(describe),
    ...(differences.length > MOST_FINDINGS ? [more(found, differences.length - MOST_FINDINGS)] : []),
    ...[...recorded.lost].map(([loss, paths]): Finding => ({
      severity: 'note', path: found.image, line: 0, rule: 'image-cannot-tell',
      message: `not compared: ${loss.name}, at ${paths} ${paths === 1 ? 'path' : 'paths'}: ${loss.why}`,
    })),
  ]);
}

function more({ image }: Extracted, count: number): Finding {
  return { severity: 'error', path: image, line: 0, rule: 'image-differs', message: `${count} more paths differ` };
}

function describer(recorded: Tree, told: Tree, { image }: Extracted): (difference: TreeDifference) => Finding {
  const before = byDisplay(recorded);
  const after = byDisplay(told);
  return ({ path, kind, fields }) => {
    const place = { path: `${image}:/${path}`, line: 0, severity: 'error' as const };
    switch (kind) {
      case 'added': return { ...place, rule: 'image-adds-path', message: `the image has a ${after.get(path)?.kind}, the record has nothing there` };
      case 'removed': return { ...place, rule: 'image-lacks-path', message: `the record has a ${before.get(path)?.kind}, the image has nothing there` };
      case 'changed': return { ...place, rule: 'image-differs', message: fields.map((field) => fieldText(field, before.get(path), after.get(path))).join('; ') };
    }
  };
}

function byDisplay(tree: Tree): Map<string, TreeEntry> {
  return new Map([...tree.entries].map(([path, entry]) => [displayPath(path), entry]));
}

function fieldText(field: string, before: TreeEntry | undefined, after: TreeEntry | undefined): string {
  return `${field} is ${valueText(field, after)}, on record ${valueText(field, before)}`;
}

function valueText(field: string, entry: TreeEntry | undefined): string {
  const value = (entry as unknown as Readonly<Record<string, string | number | Xattrs>> | undefined)?.[field];
  if (value === undefined) return 'absent';
  if (typeof value === 'object') return xattrsText(value);
  return typeof value === 'string' ? plain(value) : field === 'mode' ? value.toString(8).padStart(4, '0') : String(value);
}

function xattrsText(xattrs: Xattrs): string {
  return Object.keys(xattrs).toSorted().map((name) => `${plain(name)}=${Buffer.from(xattrs[name]!, 'latin1').toString('hex').slice(0, 80)}`).join(' ');
}

function plain(text: string): string {
  return displayPath(text.slice(0, 600) as PathBytes);
}
