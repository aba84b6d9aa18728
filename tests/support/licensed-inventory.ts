import { sha256 } from '../../src/foundation/digest.ts';
import type { LicenseText, LicenseTexts } from '../../src/compliance/license-texts.ts';
import { licensesOf } from '../../src/inventory/licenses.ts';
import type { Component, FileContent, Inventory, InventoryFile, RelationKind } from '../../src/inventory/inventory.ts';
import { sampleComponent, sampleFile, sampleInventory, samplePackage } from './inventory-sample.ts';

export interface LicensedRow {
  license: string;
  scope?: Component['scope'];
  version?: string;
  /** Text of its license file `COPYING`; without it there is none. */
  text?: string;
  /** In place of `/usr/bin/NAME`. */
  paths?: readonly string[];
  content?: FileContent;
  kind?: 'package' | 'runtime-component';
  role?: 'kernel';
  concluded?: string;
  patches?: readonly string[];
}

export type Link = readonly [from: string, kind: RelationKind, to: string];

const ELF: FileContent = { kind: 'elf', type: 'shared', machine: 'x86_64', bits: 64, linkage: 'dynamic', opensLibraries: false };

/** A small inventory by what matters to licenses. Links between packages; dynamic ones also between their first files. */
export function licensedInventory(rows: Readonly<Record<string, LicensedRow>>, links: readonly Link[] = []): Inventory {
  const base = sampleInventory();
  const image = sampleComponent({ kind: 'image', name: 'rootfs.tar' });
  const kernelImage = sampleComponent({ kind: 'image', name: 'kernel.img' });
  const root = sampleComponent({ kind: 'root-file-system', name: 'root' });
  const components = new Map(Object.entries(rows).map(([name, row]) => [name, licensedComponent(name, row)]));
  const ref = (name: string): string => components.get(name)!.ref;
  const files = Object.entries(rows).flatMap(([name, row]) => filesOf(name, row, ref(name)));
  const firstFile = (name: string): string | undefined => files.find(({ owner }) => owner === ref(name))?.ref;
  const shipped = [...components.values()].filter(({ scope }) => scope === 'ships');
  return {
    ...base, files, unresolved: [], components: [image, kernelImage, root, ...components.values()],
    relations: [
      { from: image.ref, to: root.ref, kind: 'contains', basis: 'observed' },
      ...shipped.map((one) => ({ from: one.recipe?.role === 'kernel' ? kernelImage.ref : root.ref, to: one.ref, kind: 'contains', basis: 'observed' } as const)),
      ...links.map(([from, kind, to]) => ({ from: ref(from), to: ref(to), kind, basis: 'observed' } as const)),
      ...links.filter(([, kind]) => kind === 'linksDynamically').flatMap(([from, kind, to]) => {
        const [one, other] = [firstFile(from), firstFile(to)];
        return one === undefined || other === undefined ? [] : [{ from: one, to: other, kind, basis: 'observed' } as const];
      }),
    ],
  };
}

function licensedComponent(name: string, { license, scope = 'ships', version = '1.0', text, kind = 'package', role, concluded, patches = [] }: LicensedRow): Component {
  const files = text === undefined ? [] : [{ path: 'COPYING', sha256: sha256(text) }];
  const licenses = licensesOf(license, files, concluded === undefined ? {} : { concluded });
  if (kind === 'runtime-component') return sampleComponent({ kind, name, scope, version, licenses });
  const plain = samplePackage(name, { scope, version, licenses });
  return {
    ...plain, recipe: { ...plain.recipe!, role: role ?? 'package' }, sources: [{ ...plain.sources[0]!, file: `${name}-${version}.tar.xz`, sha256: sha256(`source ${name} ${version}`) }],
    patches: patches.map((file) => ({ file, sha256: sha256(file), origin: 'own', upstream: 'pending' as const, cves: [] })),
  };
}

function filesOf(name: string, { scope = 'ships', paths, content = ELF, kind = 'package', role }: LicensedRow, owner: string): InventoryFile[] {
  if (scope !== 'ships' || kind !== 'package' || (role === 'kernel' && paths === undefined)) return [];
  return (paths ?? [`/usr/bin/${name}`]).map((path) => sampleFile(path, owner, { content }));
}

/** As captured: the text of each row, as its recipe states it, unless `found` says otherwise. `null`: the sources have no such file. */
export function capturedTexts(rows: Readonly<Record<string, LicensedRow>>, found: Readonly<Record<string, string | null>> = {}): LicenseTexts {
  return new Map(Object.entries(rows).filter(([, { kind }]) => kind !== 'runtime-component').map(([name, { text }]): [string, LicenseText[]] => {
    const now = Object.hasOwn(found, name) ? found[name] ?? undefined : text;
    return [name, text === undefined || now === undefined ? [] : [{ path: 'COPYING', sha256: sha256(now), sizeBytes: Buffer.byteLength(now), declaredSha256: sha256(text), text: now }]];
  }));
}

/** The text of the SPDX list, with a holder. */
export const MIT_TEXT = `MIT License

Copyright (c) 2021 Jo Example

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;
