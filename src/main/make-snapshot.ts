import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build, type Plugin } from 'esbuild';

import { sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { IMAGE_FORMATS } from '../image/image-formats.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { CHECKOUT } from './checkout.ts';

/*
 * `node [OPTIONS] make-snapshot.ts FILE`: writes the snapshot that `compare-files.ts` tells of, whole or not at all. A process started from it has to be
 * the same Node with the same OPTIONS on the same processor, else Node refuses it. A snapshot is of one script, so all is bundled into one.
 */
const ENTRY = join(CHECKOUT, 'src/main/compare-files.ts');
/** The parts of the command line that are needed; all others are left to `cli.mjs`. */
const COMPARING = /^\.\/(?:explain-)?diff(?:-section)?-verb\.ts$|^\.\.\/compare\//;
const IN_COMMAND_LINE = /\/src\/cli\/[^/]+$/;
/** Reads what lies beside its own file, and makes what no snapshot can hold: loaded where it is used. */
const LATER = /^@alexaltea\/capstone-js$/;

async function makeSnapshot(file: string): Promise<void> {
  const scratch = await mkdtemp(`${file}.`);
  try {
    const script = await bundled(join(scratch, 'script.cjs'));
    const made = join(scratch, 'snapshot');
    const { status } = spawnSync(process.execPath, [...process.execArgv, '--snapshot-blob', made, '--build-snapshot', script], {
      stdio: ['ignore', 'ignore', 'inherit'], env: { PROVENROOT_REHEARSAL: (await rehearsal(scratch)).join('\n') },
    });
    if (status === 0) await rename(made, file);
    else process.exitCode = 1;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function bundled(outfile: string): Promise<string> {
  await build({
    entryPoints: [ENTRY], outfile, bundle: true, platform: 'node', format: 'cjs', target: `node${process.versions.node}`, absWorkingDir: CHECKOUT,
    // Names stay as they are, for the stack of a bug.
    minifyWhitespace: true, logLevel: 'error', plugins: [OWN_PLACES, ELSEWHERE, LATER_PACKAGES],
  });
  return outfile;
}

/** One script has one place; what lies beside each file is still found beside it. */
const OWN_PLACES: Plugin = {
  name: 'own-places',
  setup: (bundler) => {
    bundler.onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)).replaceAll('import.meta.dirname', JSON.stringify(dirname(path))) };
    });
  },
};

const ELSEWHERE: Plugin = {
  name: 'elsewhere',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^\./ }, ({ path, kind, importer }) => (kind === 'dynamic-import' && IN_COMMAND_LINE.test(importer) && !COMPARING.test(path) ? { path, namespace: 'elsewhere' } : undefined));
    bundler.onLoad({ filter: /.*/, namespace: 'elsewhere' }, () => ({
      contents: `import { Elsewhere } from ${JSON.stringify(join(CHECKOUT, 'src/main/elsewhere.ts'))};\nthrow new Elsewhere();`, resolveDir: CHECKOUT,
    }));
  },
};

const LATER_PACKAGES: Plugin = {
  name: 'later-packages',
  setup: (bundler) => {
    bundler.onResolve({ filter: LATER }, ({ path }) => ({ path, namespace: 'later' }));
    bundler.onLoad({ filter: /.*/, namespace: 'later' }, ({ path }) => ({
      contents: `import { createRequire } from 'node:module';\nexport default createRequire(${JSON.stringify(join(CHECKOUT, 'package.json'))})(${JSON.stringify(path)});`,
    }));
  },
};

/** Pairs of files that take a comparison through most of its code: text, tar, ext4. */
async function rehearsal(directory: string): Promise<string[]> {
  const written: string[] = [];
  for (const format of ['text', 'tar', 'ext4'] as const) {
    for (const line of ['one', 'another']) {
      const path = join(directory, `${line}.${format}`);
      const text = Buffer.from(`first\n${line}\nlast\n`);
      await writeFile(path, format === 'text' ? text : imageOf(format, text));
      written.push(path);
    }
  }
  return written;
}

function imageOf(format: 'tar' | 'ext4', text: Uint8Array): AsyncIterable<Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  const file = (path: string, bytes: Uint8Array): [PathBytes, TreeEntry] => {
    contents.set(sha256(bytes), bytes);
    return [pathBytes(path), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(bytes), sizeBytes: bytes.byteLength }];
  };
  const tree = makeTree([file('etc/text', text), ...Array.from({ length: 50 }, (_, i) => file(`etc/same-${i}`, Buffer.from(`line ${i}\n`)))]);
  const blobs = { readBlob: async function* (digest: string): AsyncIterable<Uint8Array> { yield contents.get(digest)!; } };
  return IMAGE_FORMATS[format].write(tree, blobs, { format }, 1);
}

const [target = '', ...more] = process.argv.slice(2);
if (target === '' || more.length > 0) throw new Bug('make-snapshot.ts is given one FILE to write');
await makeSnapshot(target);
