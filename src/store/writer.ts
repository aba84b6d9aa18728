import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

import { compareText } from '../foundation/order.ts';
import { unlessMissing } from './disk-fault.ts';
import { removeTree } from './remove-tree.ts';

/**
 * Who writes: `<boot>.<pid namespace>.<pid>.<start time>`. With all four, a process of this machine is known to
 * be alive or dead even after its pid was given to another; of any other writer only the age of its files speaks.
 */
export interface Writer {
  name: string;
  boot: string;
}

export function thisWriter(): Writer {
  const boot = currentBoot();
  return { boot, name: `${boot}.${pidNamespace()}.${process.pid}.${startTimeOf(process.pid) ?? 0}` };
}

/** True only where it is certain. */
export function isDead(writerName: string): boolean {
  const [boot, namespace, pid, started] = writerName.split('.');
  if (boot !== currentBoot() || namespace !== pidNamespace()) return false;
  return startTimeOf(Number(pid)) !== started;
}

/** Temporary files of processes that were killed; a live one's are left alone. */
export function removeDeadWriters(tmp: string): void {
  for (const name of readdirSync(tmp).toSorted(compareText)) {
    if (isDead(name)) removeTree(join(tmp, name));
  }
}

/** Another process may remove an empty directory of ours only if we are dead: it stays while we live. */
export function makeWriterDirectory(tmp: string, writer: Writer): string {
  const directory = join(tmp, writer.name);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return directory;
}

function currentBoot(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

function pidNamespace(): string {
  return readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '');
}

/** Field 22 of proc(5) stat; the command in field 2 may itself hold spaces and parentheses. */
function startTimeOf(pid: number): string | undefined {
  const stat = unlessMissing(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
