import fc from 'fast-check';

import { errorCodeOf } from '../foundation/failure.ts';
import { inventoryOf } from '../inventory/inventory-of.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { pathBytes } from '../tree/entry.ts';
import { TINY_ROWS, tinyInventoryFacts } from '../../tests/support/inventory-facts.ts';
import { explainOwner } from './explain-owner.ts';
import { ownerText } from './owner-text.ts';

type Row = (typeof TINY_ROWS)[number];
const link = (path: string, target: string, owner = 'hello'): Row => [path, { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(target) }, owner];

const inventoryWith = async (...rows: Row[]): Promise<Inventory> => inventoryOf(await tinyInventoryFacts([...TINY_ROWS, ...rows]));
const refused = (inventory: Inventory, path: string): { code: string | undefined; hint?: string } => {
  try {
    return { code: `none: ${explainOwner(inventory, path).file.path}` };
  } catch (error) {
    const { hint } = error as { hint?: string };
    return { code: errorCodeOf(error), ...(hint === undefined ? {} : { hint }) };
  }
};

describe('the owner of a path', () => {
  it('is told with its step, its sources, its license and why it is in the image', async () => {
    const { owner, file, images, links } = explainOwner(await inventoryWith(), '/usr/lib/libgreeting.so.1');
    expect(file).toMatchObject({ path: '/usr/lib/libgreeting.so.1', kind: 'file', content: { kind: 'elf', soname: 'libgreeting.so.1' } });
    expect(links).toEqual([]);
    expect(images).toContain('rootfs.tar');
    expect(images).not.toContain('bzImage');
    expect(owner).toMatchObject({ kind: 'package', name: 'hello-lib', ownership: { kind: 'package', reason: 'installed' }, step: { name: 'hello-lib' } });
    expect(owner!.step!.planKey).toMatch(/^[0-9a-f]{64}$/);
    expect(owner!.licenses.declared).toBeDefined();
    expect(owner!.why.path.map((one) => one.package)).toEqual(['hello', 'hello-lib']);
    expect(owner!.why.path[0]!.reason).toMatch(/^asked for by the board/);
    expect(owner!.neededBy).toContainEqual({ package: 'hello', kind: 'linksDynamically', basis: 'observed' });
  });

  it('comes with the files that it loads and those that load it', async () => {
    const inventory = await inventoryWith();
    expect(explainOwner(inventory, '/usr/bin/hello').uses).toEqual([
      { path: '/lib/ld-test.so.1', kind: 'interpreter', owner: 'tiny-toolchain' }, { path: '/usr/lib/libgreeting.so.1', kind: 'linksDynamically', owner: 'hello-lib' },
    ]);
    expect(explainOwner(inventory, '/usr/lib/libgreeting.so.1').usedBy).toEqual([{ path: '/usr/bin/hello', kind: 'linksDynamically', owner: 'hello' }]);
  });

  it('is the same file\'s under each of its hard links', async () => {
    const inventory = await inventoryWith();
    const [hi, hello] = [explainOwner(inventory, '/usr/bin/hi'), explainOwner(inventory, '/usr/bin/hello')];
    expect(hi.hardLinks).toEqual(['/usr/bin/hello']);
    expect(hello.hardLinks).toEqual(['/usr/bin/hi']);
    expect(hi.uses).toEqual(hello.uses);
  });

  it('is a generator, with the rule that made the file, where no package is', async () => {
    const { owner } = explainOwner(await inventoryWith(), '/etc/passwd');
    expect(owner).toMatchObject({ kind: 'generator', name: 'users', ownership: { kind: 'generator' } });
    expect(owner).not.toHaveProperty('step');
  });

  it('is told for what is found and not found by name', async () => {
    const inventory = inventoryOf(await tinyInventoryFacts(TINY_ROWS.filter(([path]) => path !== 'usr/lib/libgreeting.so.1')));
    expect(explainOwner(inventory, '/usr/bin/hello').missing).toEqual([{ kind: 'library', name: 'libgreeting.so.1' }]);
  });
});

describe('a path as it is given', () => {
  it('is followed through links of files and directories, and each is named with its owner', async () => {
    const inventory = await inventoryWith(link('sbin', 'usr/bin', 'tiny-skeleton'), link('usr/bin/greet', '../../usr/bin/./hello'));
    const { file, links } = explainOwner(inventory, '/sbin/./../bin//greet');
    expect(file.path).toBe('/usr/bin/hello');
    expect(links).toEqual([
      { path: '/sbin', target: 'usr/bin', owner: 'tiny-skeleton' }, { path: '/usr/bin/greet', target: '../../usr/bin/./hello', owner: 'hello' },
    ]);
  });

  it('may lack the first slash and leave the root at its top', async () => {
    const inventory = await inventoryWith();
    expect(explainOwner(inventory, 'usr/bin/hello').file.path).toBe('/usr/bin/hello');
    expect(explainOwner(inventory, '/../../usr/bin/hello').file.path).toBe('/usr/bin/hello');
  });

  it('is the link itself where that leads to nothing in the root', async () => {
    const inventory = await inventoryWith(link('etc/resolv.conf', '/run/resolv.conf', 'tiny-skeleton'));
    expect(explainOwner(inventory, '/etc/resolv.conf')).toMatchObject({ file: { path: '/etc/resolv.conf', kind: 'symlink' }, leadsNowhere: '/run/resolv.conf', owner: { name: 'tiny-skeleton' } });
  });

  it('is refused where links lead round in a circle', async () => {
    const inventory = await inventoryWith(link('a', 'b'), link('b', 'a'), link('self', 'self/self'));
    expect(refused(inventory, '/a').code).toBe('COMPLIANCE.LINK_LOOP');
    expect(refused(inventory, '/self').code).toBe('COMPLIANCE.LINK_LOOP');
    expect(refused(inventory, '/a/below').code).toBe('COMPLIANCE.LINK_LOOP');
  });

  it('is refused with what is near it: the same name elsewhere first, then other letters', async () => {
    const inventory = await inventoryWith();
    expect(refused(inventory, '/bin/hello')).toEqual({ code: 'COMPLIANCE.UNKNOWN_PATH', hint: expect.stringMatching(/^Did you mean \/usr\/bin\/hello[,?]/) as string });
    expect(refused(inventory, '/usr/bin/helo').hint).toContain('/usr/bin/hello');
    expect(refused(inventory, '/').code).toBe('COMPLIANCE.UNKNOWN_PATH');
    expect(refused(inventory, '/quite/another/thing/at/all').hint).toBe('Look at the list of files of the build.');
  });

  it('may name what is no UTF-8 in the form in which it is shown', async () => {
    const facts = await tinyInventoryFacts();
    const odd = { path: 'usr/\xff' as (typeof facts.files)[number]['path'], entry: { kind: 'fifo', mode: 0o600, uid: 1, gid: 2 } as const, owner: { kind: 'package', name: 'hello', reason: 'installed' } as const };
    expect(explainOwner(inventoryOf({ ...facts, files: [...facts.files, odd] }), '/usr/\\xff')).toMatchObject({ file: { pathHex: '7573722fff', kind: 'fifo' }, owner: { name: 'hello' } });
  });

  it('is found or refused, whatever it is', async () => {
    const inventory = await inventoryWith(link('loop', 'loop'), link('up', '..'), link('away', '/nowhere'));
    const part = fc.constantFrom('usr', 'bin', 'lib', 'hello', '..', '.', '', 'loop', 'up', 'away', 'x');
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/'))), (path) => {
      const { code } = refused(inventory, path);
      if (code?.startsWith('none: ') === true) expect(inventory.files.map((one) => `none: ${one.path}`)).toContain(code);
      else expect(['COMPLIANCE.UNKNOWN_PATH', 'COMPLIANCE.LINK_LOOP']).toContain(code);
    }));
  });
});

describe('an explanation as text', () => {
  it('names the package, the step, the license and why it is there', async () => {
    const text = ownerText(explainOwner(await inventoryWith(), '/usr/lib/libgreeting.so'));
    for (const part of ['path       /usr/lib/libgreeting.so.1', 'reached by /usr/lib/libgreeting.so', 'owner      package hello-lib', 'made by    step hello-lib', 'license', 'hello: asked for by the board', 'used by    /usr/bin/hello (links; hello)']) expect(text).toContain(part);
  });

  it('lets no name of a file write on the terminal', async () => {
    const rows: Row[] = [['etc/\u001b[2J\nowner', { kind: 'file' }, 'hello']];
    const text = ownerText(explainOwner(await inventoryWith(...rows), '/etc/\u001b[2J\nowner'));
    expect(text).toContain('\\x1b[2J\\x0aowner');
    // eslint-disable-next-line no-control-regex
    expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f]/);
  });
});
