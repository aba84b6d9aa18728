import { chmodSync, readFileSync, writeFileSync } from 'node:fs';

import { openTemporaryStore } from '../../tests/support/temporary-store.ts';
import { sha256 } from '../foundation/digest.ts';

describe('the file of a blob', () => {
  it('holds its bytes, and is refused where these are damaged or not there', async () => {
    const { store, close } = await openTemporaryStore();
    const { sha256: digest } = await store.putBlob(Buffer.from('read in place'));
    const path = await store.blobFile(digest);
    expect(readFileSync(path, 'utf8')).toBe('read in place');
    await expect(store.blobFile(sha256('none'))).rejects.toMatchObject({ code: 'STORE.MISSING' });
    chmodSync(path, 0o644);
    writeFileSync(path, 'read IN place');
    await expect(store.blobFile(digest)).rejects.toMatchObject({ code: 'STORE.DAMAGED' });
    await expect(store.blobFile(digest)).rejects.toMatchObject({ code: 'STORE.MISSING' });
    await close();
  });
});
