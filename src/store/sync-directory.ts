import { open } from 'node:fs/promises';

/** Renames and links into a directory survive power loss only after this. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
