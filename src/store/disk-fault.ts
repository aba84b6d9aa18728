import { Fault, errorCodeOf, isCoded } from '../foundation/failure.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT']);

/** A system error in our words; one of ours passes through. */
export function diskFault(error: unknown, doing: string): unknown {
  if (isCoded(error)) return error;
  const code = errorCodeOf(error);
  if (code === undefined) return error;
  if (FULL.has(code)) {
    return new Fault('STORE.DISK_FULL', `no space left while ${doing}`, { cause: error, hint: 'Free space, or run `gc`.', retryable: true });
  }
  return new Fault('STORE.IO', `${code} while ${doing}`, { cause: error, details: { errno: code } });
}

export function told<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFault(error, doing);
  }
}

export async function toldLater<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error, doing);
  }
}

function isMissing(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** undefined where the file is not there. */
export function unlessMissing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
