// Fetches one source into the store below a home and says so: argv is home, url, sha256, size.
import { join } from 'node:path';

import { systemClock } from '../../src/foundation/clock.ts';
import { parseSha256 } from '../../src/foundation/digest.ts';
import { createSourceFetcher } from '../../src/sources/fetcher.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';

const [home, url, sha256, sizeBytes] = process.argv.slice(2) as [string, string, string, string];
const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
const fetcher = createSourceFetcher({
  store, clock: systemClock, origins: { mirrors: [], debianMirrors: [] }, partialDirectory: join(home, 'partial'), offline: false, privateHosts: ['127.0.0.1'],
});
const found = await fetcher.fetch({ file: 'thing', sha256: parseSha256(sha256, 'argv'), sizeBytes: Number(sizeBytes), urls: [url] });
process.stdout.write(JSON.stringify(found));
