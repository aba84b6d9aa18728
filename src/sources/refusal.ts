import { Failure, Fault } from '../foundation/failure.ts';
import type { TransferFailure } from './transfer.ts';

export interface TriedOrigin {
  origin: string;
  kind: TransferFailure['kind'] | 'wrong-hash';
  why: string;
  /** sha256 of what it served, where it served something else. */
  found?: string;
}

/** The one error of a download that no origin could give: the gravest reason decides the code, the message lists them all. */
export function refusal(download: { file: string; sha256: string; sizeBytes: number }, tried: readonly TriedOrigin[]): Failure | Fault {
  const list = tried.map(({ origin, why }) => `\n  ${origin} ${why}`).join('');
  const { file, sha256, sizeBytes } = download;
  const told = { place: file, details: { sha256, sizeBytes, origins: tried } };
  const has = (kind: TriedOrigin['kind']): boolean => tried.some((one) => one.kind === kind);
  if (has('wrong-hash')) return new Failure('SOURCES.WRONG_HASH', `${file}: an origin serves other bytes than stated${list}`, told);
  if (has('wrong-size')) return new Failure('SOURCES.WRONG_SIZE', `${file}: an origin serves another length than stated${list}`, told);
  if (file.startsWith('pool/') && tried.every(({ kind }) => kind === 'missing')) {
    return new Fault('SOURCES.POOL_FILE_GONE', `${file} is on no Debian mirror any more${list}`, { ...told, hint: GONE_HINT });
  }
  return new Fault('SOURCES.UNREACHABLE', `${file}: no origin gave it${list}`, { ...told, retryable: tried.some(({ kind }) => kind === 'broken' || kind === 'no-answer') });
}

const GONE_HINT = 'Debian moved on: run `sandbox update` for a new lock, or give a mirror that still has it by PROVENROOT_DEBIAN_MIRROR.';
