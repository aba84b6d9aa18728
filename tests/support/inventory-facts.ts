import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { packageFacts } from '../../src/actions/inventory-facts.ts';
import type { ContentFacts, ExaminedContent, InventoryFacts, OwnedEntry } from '../../src/inventory/inventory-facts.ts';
import type { OwnerKind } from '../../src/inventory/inventory.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { pathBytes, ROOT_PATH, type TreeEntry } from '../../src/tree/entry.ts';
import { treeDigest } from '../../src/tree/node.ts';
import { DEFAULT_DIRECTORY, makeTree } from '../../src/tree/tree.ts';
import { catalogAt, planOf, TINY_CATALOG } from './planning.ts';

type Row = readonly [path: string, entry: Partial<TreeEntry> & { kind: TreeEntry['kind'] }, owner?: string | undefined, content?: ExaminedContent];

const PROGRAM: ExaminedContent = {
  kind: 'elf', type: 'shared', machine: 'x86_64', bits: 64, needed: [], rpath: [], runpath: [], dynamic: true, opensLibraries: false,
};
export const program = (more: Partial<typeof PROGRAM> = {}): ExaminedContent => ({ ...PROGRAM, interpreter: '/lib/ld-test.so.1', ...more });
export const library = (soname: string, ...needed: string[]): ExaminedContent => ({ ...PROGRAM, soname, needed });

/** `PACKAGE`, `table:PACKAGE` or `generator:NAME`. */
function ownerOf(text: string): NonNullable<OwnedEntry['owner']> {
  const [kind, name] = text.includes(':') ? text.split(':') as [OwnerKind, string] : ['package' as const, text];
  return { kind, name, reason: kind === 'package' ? 'installed' : `a ${kind} of a test` };
}

/** A root as the facts tell it: a file's content is made of its path. */
export function rootFacts(rows: readonly Row[], packages: Pick<InventoryFacts, 'toolchain' | 'kernel' | 'packages' | 'images' | 'definition' | 'definitionDigest' | 'sandbox'>): InventoryFacts {
  const contents: Record<Sha256, ContentFacts> = {};
  const owners = new Map<string, OwnedEntry['owner']>();
  const entries = rows.map(([path, entry, owner, content]): [string, TreeEntry] => {
    if (owner !== undefined) owners.set(path, ownerOf(owner));
    const digest = sha256(path);
    if (entry.kind === 'file') contents[digest] = { sha512: digest.repeat(2), content: content ?? { kind: 'data' } };
    const common = { mode: content === undefined ? 0o644 : 0o755, uid: 0, gid: 0 };
    return [path, { ...(entry.kind === 'hard-link' ? {} : common), ...(entry.kind === 'file' ? { sha256: digest, sizeBytes: path.length } : {}), ...entry } as TreeEntry];
  });
  const tree = makeTree(entries.map(([path, entry]) => [pathBytes(path), entry]));
  const files = [...tree.entries].map(([path, entry]): OwnedEntry => {
    const owner = owners.get(Buffer.from(path, 'latin1').toString('utf8')) ?? (path === ROOT_PATH || entry !== DEFAULT_DIRECTORY ? undefined : ownerOf('tiny-skeleton'));
    return { path, entry, ...(owner === undefined ? {} : { owner }) };
  });
  return { ...packages, rootTree: treeDigest(tree), organisation: {}, files, contents, loaderPaths: [], decisions: {} };
}

export function packagesOfPlan(plan: Plan): Parameters<typeof rootFacts>[1] {
  const { resolution, definition, definitionDigest } = plan;
  const image = (name: string, format: string): InventoryFacts['images'][number] => ({
    name, format, hashes: { sha256: sha256(name), sha512: sha256(name).repeat(2) }, sizeBytes: 4096, writerVersion: '1',
  });
  return {
    definition, definitionDigest, toolchain: resolution.toolchain, kernel: resolution.kernel,
    packages: [...resolution.packages.values()].map((one) => ({ ...packageFacts(one, definition), usesToolchain: one.recipe.name !== resolution.toolchain, staticLibraries: [] })),
    images: [...resolution.images.map(({ format }) => image(`rootfs.${format}`, format)), { ...image('bzImage', 'kernel'), package: resolution.kernel }],
    sandbox: {
      digest: definition.sandbox, lockDigest: sha256('lock'), architecture: 'amd64', suite: 'bookworm',
      packages: [{ name: 'gcc', version: '12.2.0-14+deb12u1', architecture: 'amd64', sha256: sha256('gcc'), sizeBytes: 3, pool: 'pool/main/g/gcc/gcc.deb' }],
    },
  };
}

/** A root of the tiny catalog's board as its packages would leave it. */
export const TINY_ROWS: readonly Row[] = [
  ['bin', { kind: 'directory' }, 'tiny-skeleton'],
  ['dev/console', { kind: 'character-device', mode: 0o600, uid: 0, gid: 0, major: 5, minor: 1 }, 'table:tiny-skeleton'],
  ['etc/init.d/S50hello', { kind: 'file' }, 'hello', { kind: 'script', interpreter: '/bin/sh' }],
  ['etc/passwd', { kind: 'file' }, 'generator:users'],
  ['bin/sh', { kind: 'file' }, 'tiny-skeleton', { ...PROGRAM, dynamic: false }],
  ['lib/ld-test.so.1', { kind: 'file' }, 'tiny-toolchain', library('ld-test.so.1')],
  ['usr/bin/hello', { kind: 'file' }, 'hello', program({ needed: ['libgreeting.so.1'] })],
  ['usr/bin/hi', { kind: 'hard-link', target: pathBytes('usr/bin/hello') }, 'hello'],
  ['usr/lib/libgreeting.so', { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes('libgreeting.so.1') }, 'hello-lib'],
  ['usr/lib/libgreeting.so.1', { kind: 'file' }, 'hello-lib', library('libgreeting.so.1')],
];

/** Facts of a finished build of the tiny catalog's board, made up. */
export async function tinyInventoryFacts(rows: readonly Row[] = TINY_ROWS): Promise<InventoryFacts> {
  return rootFacts(rows, packagesOfPlan(planOf(await catalogAt(TINY_CATALOG), 'tiny')));
}
