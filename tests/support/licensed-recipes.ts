import { sha256 } from '../../src/foundation/digest.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import { pathBytes } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { bytesOf, streamOf } from './evidence-archive.ts';
import type { TinyHome } from './tiny-home.ts';

/** What the SPDX list has as MIT, and words that it does not know. */
export const MIT_TEXT = `MIT License

Copyright (c) 2020 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
export const OTHER_TEXT = `${MIT_TEXT}\nAnd nobody may sell it on a Sunday.\n`;

/** Terms that are closed, by their reference alone. */
export const CLOSED = 'LicenseRef-scancode-proprietary-license';

/** An upstream's archive in the mirror of the home; the line that a recipe takes it by. */
async function mirrored(home: TinyHome, name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const tree = makeTree(Object.entries(files).map(([path, text]) => [pathBytes(`${name}/${path}`), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(text), sizeBytes: Buffer.byteLength(text) }]));
  const contents = new Map(Object.values(files).map((text) => [sha256(text), Buffer.from(text)]));
  const archive = await bytesOf(writeTar(tree, { readBlob: (digest) => streamOf(contents.get(digest)!) }, { epochSeconds: 0 }));
  const pool = `pool/main/${name}.tar`;
  await home.mirror(pool, archive);
  return `sources: [{ file: ${name}.tar, sha256: ${sha256(archive)}, size_bytes: ${archive.byteLength}, debian_pool: ${pool}, origin: pristine, unpack_to: . }]`;
}

/** `dual` is offered under two licenses, with their text in its archive. The same name again is another version of it. */
export async function addDual(home: TinyHome, version: string, text = MIT_TEXT): Promise<void> {
  const sources = await mirrored(home, `dual-${version}`, { COPYING: text, version: `${version}\n` });
  await home.write('recipes/dual/recipe.yaml', `format: 1
name: dual
version: "${version}"
summary: Under the one license or the other
license: MIT OR GPL-2.0-only
license_files: [{ path: COPYING, sha256: ${sha256(text)} }]
${sources}
uses: shell
phases:
  install: |
    mkdir -p /out/target/usr/share
    cp version /out/target/usr/share/dual
    ln -s dual /out/target/usr/share/another-name
epoch_seconds: 1700000000
`);
}

const EULA = 'Nobody may pass this on.\n';

/** `closed` is a program under closed terms, from a source of its own, with `fee`, a static library under GPL-2.0-only, inside. */
export async function addClosed(home: TinyHome): Promise<void> {
  await home.write('recipes/fee/recipe.yaml', `format: 1
name: fee
version: "2.0"
summary: A library to be copied into programs
license: GPL-2.0-only
sources: []
uses: shell
phases:
  build: |
    printf 'int fee(void) { return 7; }\\n' >fee.c
    $CC -O2 -c fee.c
    ar rcsD libfee.a fee.o
  install: |
    mkdir -p /out/sysroot/usr/lib
    cp libfee.a /out/sysroot/usr/lib/
epoch_seconds: 1700000000
`);
  const sources = await mirrored(home, 'closed-5', { EULA, 'closed.c': 'int fee(void);\nint main(void) { return fee(); }\n' });
  await home.write('recipes/closed/recipe.yaml', `format: 1
name: closed
version: "5"
summary: A program that nobody may pass on
license: ${CLOSED}
license_files: [{ path: EULA, sha256: ${sha256(EULA)} }]
${sources}
needs:
  build: [fee]
uses: shell
phases:
  build: |
    $CC -O2 -o closed closed.c /sysroot/usr/lib/libfee.a
  install: |
    mkdir -p /out/target/usr/bin
    cp closed /out/target/usr/bin/
epoch_seconds: 1700000000
`);
}
