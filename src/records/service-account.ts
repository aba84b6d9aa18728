import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { promisify } from 'node:util';

import { Fault } from '../foundation/failure.ts';

const run = promisify(execFile);

/** Whom Postgres runs as; `uid` and `gid` are absent where that is ourselves. */
export interface ServiceAccount {
  name: string;
  uid?: number;
  gid?: number;
}

/** Postgres refuses to run as root; it asks the password file for its own name, so a bare number does not do. */
const ACCOUNT = 'provenroot-db';

export async function serviceAccount(): Promise<ServiceAccount> {
  const self = userInfo();
  if (self.uid !== 0) return { name: self.username };
  const found = await lookUp(ACCOUNT) ?? await create(ACCOUNT);
  return { name: ACCOUNT, ...found };
}

async function lookUp(name: string): Promise<{ uid: number; gid: number } | undefined> {
  try {
    const fields = (await run('getent', ['passwd', name])).stdout.split(':');
    return { uid: Number(fields[2]), gid: Number(fields[3]) };
  } catch {
    return undefined;
  }
}

async function create(name: string): Promise<{ uid: number; gid: number }> {
  const refusal = await run('useradd', ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', name])
    .then(() => undefined, (error: unknown) => error);
  // Where two start at once, one is refused and finds the other's account.
  const found = await lookUp(name);
  if (found === undefined) throw new Fault('RECORDS.NO_ACCOUNT', `account ${name} is not there and cannot be made`, { cause: refusal });
  return found;
}
