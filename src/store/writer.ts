import { readFileSync, readlinkSync } from 'node:fs';

import { unlessMissing } from './disk-fault.ts';

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

export function lifeOf(writerName: string): 'alive' | 'dead' | 'unknown' {
  const [boot, namespace, pid, started] = writerName.split('.');
  if (boot !== currentBoot() || namespace !== pidNamespace()) return 'unknown';
  return startTimeOf(Number(pid)) === started ? 'alive' : 'dead';
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
