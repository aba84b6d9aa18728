import { sortedBy } from '../foundation/order.ts';
import { displayPath, type PathBytes } from '../tree/entry.ts';
import type { Component, Relation, RelationKind, SandboxPackage, UnresolvedNeed } from './inventory.ts';
import type { InventoryFacts, PackageFacts } from './inventory-facts.ts';
import { ownerKey, packageKey, type Components } from './inventory-components.ts';
import type { ListedFile } from './inventory-files.ts';
import type { Loading } from './loadings.ts';

export interface RelationParts {
  facts: InventoryFacts;
  files: readonly ListedFile[];
  components: Components;
  sandbox: readonly SandboxPackage[];
  /** What the bytes tell, between files and between their owners. */
  links: readonly Relation[];
}

type Basis = Relation['basis'];

/** Each relation once, by from, kind, to; where it is known in two ways, the stronger. */
export function relationsOf(parts: RelationParts): Relation[] {
  const all = [containment, generation, declaredNeeds, runtimeParts, ({ links }: RelationParts) => links, modules, staticLinks].flatMap((rule) => rule(parts));
  const strength: readonly Basis[] = ['observed', 'declared', 'inferred'];
  const unique = new Map<string, Relation>();
  for (const one of all.toSorted((a, b) => strength.indexOf(b.basis) - strength.indexOf(a.basis))) unique.set(keyOf(one), one);
  return sortedBy([...unique.values()].filter(({ from, to }) => from !== to), keyOf);
}

function keyOf({ from, kind, to }: Relation): string {
  return `${from} ${kind} ${to}`;
}

export function relations(from: Component | undefined, kind: RelationKind, to: Iterable<Component | SandboxPackage | undefined>, basis: Basis): Relation[] {
  return [...to].flatMap((one) => from === undefined || one === undefined ? [] : [{ from: from.ref, to: one.ref, kind, basis }]);
}

/** Images hold the root or what their package made; the root holds whoever owns files in it. */
function containment({ facts, components }: RelationParts): Relation[] {
  const { images, root, packages, runtime } = components;
  return [
    ...facts.images.flatMap((image) => relations(images.get(image.name), 'contains', [image.package === undefined ? root : packages.get(image.package)], 'observed')),
    ...relations(root, 'contains', [...packages.values()].filter(({ contentDigest }) => contentDigest !== undefined), 'observed'),
    ...relations(root, 'contains', runtime.map(({ component }) => component).filter(({ scope }) => scope === 'ships'), 'inferred'),
  ];
}

/** The name that the rule for accounts has as an owner (`image/user-files.ts`). */
const USERS_GENERATOR = 'users';

function generation({ facts, components: { root, generators, packages } }: RelationParts): Relation[] {
  const users = facts.packages.filter(({ declaresUsers }) => declaresUsers).map(({ name }) => packages.get(name));
  return [...relations(root, 'generatedBy', generators.values(), 'observed'), ...relations(generators.get(USERS_GENERATOR), 'builtFrom', users, 'declared')];
}

function declaredNeeds({ facts, components: { packages } }: RelationParts): Relation[] {
  const of = (names: readonly string[]): (Component | undefined)[] => names.map((name) => packages.get(name));
  return facts.packages.flatMap(({ name, needs, usesToolchain }) => {
    const from = packages.get(name);
    return [
      ...relations(from, 'needsAtBuild', of(needs.build), 'declared'), ...relations(from, 'needsAtBuild', usesToolchain ? of([facts.toolchain]) : [], 'declared'),
      ...relations(from, 'needsAtHost', of(needs.host), 'declared'), ...relations(from, 'needsAtRun', of(needs.run), 'declared'),
    ];
  });
}

/** What the compiler leaves in every program comes from a package of the sandbox, and goes into whoever ships programs. */
function runtimeParts(parts: RelationParts): Relation[] {
  const { components: { runtime, packages }, sandbox } = parts;
  const compiled = packagesWith(parts, ({ kind }) => kind === 'elf').filter(({ usesToolchain, role }) => usesToolchain || role === 'toolchain');
  return runtime.flatMap(({ component, toolchain, sandboxPackage }) => [
    ...relations(component, 'builtFrom', sandbox.filter(({ name }) => name === sandboxPackage), 'declared'),
    ...relations(packages.get(toolchain), 'contains', [component], 'declared'),
    ...compiled.flatMap(({ name }) => relations(packages.get(name), 'linksStatically', [component], 'inferred')),
  ]);
}

/** Whoever ships modules needs the kernel that they go into. */
function modules(parts: RelationParts): Relation[] {
  const { facts, components: { packages } } = parts;
  return packagesWith(parts, ({ kind }) => kind === 'kernel-module').flatMap(({ name }) => relations(packages.get(name), 'kernelModule', [packages.get(facts.kernel)], 'observed'));
}

/**
 * Programs do not tell what was copied into them: whoever is given a static library and loads nothing of its package is taken to have it inside,
 * and so what that library was given in turn.
 */
function staticLinks(parts: RelationParts): Relation[] {
  const { facts, components: { packages }, links } = parts;
  const loads = new Set(links.map(({ from, to }) => `${from} ${to}`));
  const offers = new Map(facts.packages.filter(({ staticLibraries }) => staticLibraries.length > 0).map((one) => [one.name, one]));
  const statics = new Set(packagesWith(parts, (content) => content.kind === 'elf' && content.linkage === 'static').map(({ name }) => name));
  return packagesWith(parts, ({ kind }) => kind === 'elf').flatMap(({ name, needs }) => {
    const from = packages.get(name)!;
    const copied = new Set<string>();
    const given = [...needs.build, ...(statics.has(name) ? [facts.toolchain] : [])];
    for (const one of given) {
      const library = offers.get(one);
      if (library === undefined || copied.has(one) || loads.has(`${from.ref} ${packages.get(one)!.ref}`)) continue;
      copied.add(one);
      given.push(...library.needs.build);
    }
    return relations(from, 'linksStatically', [...copied].map((one) => packages.get(one)), 'inferred');
  });
}

type Content = NonNullable<ListedFile['file']['content']>;

function packagesWith({ facts, files }: RelationParts, wanted: (content: Content) => boolean): PackageFacts[] {
  const owners = new Set(files.filter(({ file }) => file.content !== undefined && wanted(file.content)).map(({ source }) => ownerKey(source)));
  return facts.packages.filter(({ name }) => owners.has(packageKey(name)));
}

/** Undefined where nobody owns it, or somebody who is no component of the build. */
export function ownerOf({ owner }: ListedFile['source'], { packages, generators }: Components): Component | undefined {
  return owner?.kind === 'generator' ? generators.get(owner.name) : packages.get(owner?.name ?? '');
}

/** Each once, by from, kind and name. */
export function unresolvedNeeds(loadings: readonly Loading[], byPath: ReadonlyMap<PathBytes, ListedFile>): UnresolvedNeed[] {
  const open = loadings.filter(({ to }) => to === undefined).map(({ from, kind, name }): UnresolvedNeed => ({ from: byPath.get(from)!.file.ref, kind, name: displayPath(name as PathBytes) }));
  return sortedBy(new Map(open.map((one) => [unresolvedKey(one), one])).values(), unresolvedKey);
}

function unresolvedKey({ from, kind, name }: UnresolvedNeed): string {
  return `${from} ${kind} ${name}`;
}
