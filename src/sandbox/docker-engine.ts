import Docker from 'dockerode';

import { Fault, errorCodeOf } from '../foundation/failure.ts';

/** A client of the engine that `dockerHost` names, or of the local socket. */
export function connectEngine(dockerHost: string | undefined): Docker {
  if (dockerHost === undefined) return new Docker({ socketPath: '/var/run/docker.sock' });
  if (dockerHost.startsWith('unix://')) return new Docker({ socketPath: dockerHost.slice('unix://'.length) });
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  return new Docker({ host: url.hostname, port: Number(url.port === '' ? 2375 : url.port), protocol: 'http' });
}

export interface EngineFactsOnRecord {
  version: string;
  apiVersion: string;
  storageDriver: string;
  operatingSystem: string;
  kernel: string;
}

/** Inputs are directories of this machine that the engine mounts, so both sides must be what steps are made for. */
export function checkHost(platform: string, architecture: string): void {
  if (`${platform}/${architecture}` === 'linux/x64') return;
  throw new Fault('SANDBOX.UNSUPPORTED_HOST', `this machine is ${platform}/${architecture}; steps run on linux/amd64 (x64)`);
}

/** Throws SANDBOX.ENGINE_UNREACHABLE or, on another platform than linux/amd64, SANDBOX.UNSUPPORTED_HOST. */
export async function checkEngine(engine: Docker): Promise<EngineFactsOnRecord> {
  checkHost(process.platform, process.arch);
  const version = await told('asking for its version', () => engine.version());
  const info = await told('asking for its state', () => engine.info() as Promise<Record<string, string>>);
  if (version.Os !== 'linux' || version.Arch !== 'amd64') {
    throw new Fault('SANDBOX.UNSUPPORTED_HOST', `the Docker Engine runs on ${version.Os}/${version.Arch}; steps run on linux/amd64`);
  }
  return {
    version: version.Version, apiVersion: version.ApiVersion, storageDriver: info['Driver'] ?? '',
    operatingSystem: info['OperatingSystem'] ?? '', kernel: info['KernelVersion'] ?? '',
  };
}

const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EACCES', 'EPERM', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT']);

/** Runs a call to the engine; what goes wrong becomes a Fault that says what was being done. */
export async function told<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    const code = errorCodeOf(cause);
    if (code !== undefined && UNREACHABLE.has(code)) {
      const hint = code === 'EACCES' || code === 'EPERM'
        ? 'This user may not use its socket: add it to the group (`usermod -aG docker USER`, then log in again), or run as root.'
        : 'Start it: `systemctl start docker`, or `dockerd` as root; `provenroot setup` installs one.';
      throw new Fault('SANDBOX.ENGINE_UNREACHABLE', `the Docker Engine cannot be reached (${code})`, { cause, hint, retryable: true });
    }
    if (code?.includes('.') === true) throw cause;
    const said = messageOf(cause);
    const elsewhere = /failed to mount local volume.*no such file/.test(said);
    throw new Fault('SANDBOX.ENGINE_FAILED', `the Docker Engine failed while ${doing}: ${said}`, {
      cause, retryable: !elsewhere && (statusOf(cause) ?? 500) >= 500,
      ...(elsewhere ? { hint: 'The engine must run on this machine and see the home directory under the same path.' } : {}),
    });
  }
}

/** The same for an answer that comes in pieces: it breaks off where the engine does. */
export async function* toldWhileReading(doing: string, pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const reading = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await told(doing, () => reading.next());
      if (done === true) return;
      yield value;
    }
  } finally {
    await reading.return?.();
  }
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error || (typeof cause === 'object' && cause !== null && 'message' in cause) ? String(cause.message).slice(0, 500) : String(cause);
}

/** The HTTP status of an engine's refusal. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
