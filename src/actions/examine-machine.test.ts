import { Failure, Fault } from '../foundation/failure.ts';
import { examineMachine, isSupportedNode, type MachineProbes } from './examine-machine.ts';
import type { Machine } from './set-up-machine.ts';

const machine = (commands: (name: string) => boolean, platform = 'linux/x64'): Machine => ({ platform, hasCommand: async (name: string) => commands(name) }) as unknown as Machine;

const WELL: MachineProbes = {
  machine: machine(() => true), nodeVersion: 'v24.21.0', home: '/home/of/it',
  engine: async () => ({ version: '20.10.24', apiVersion: '1.41', storageDriver: 'overlay2' }),
  sandboxIsLoaded: async () => true, database: async () => [], freeBytes: async () => 2 ** 40, debianMirrors: async () => ['http://mirror/debian'], catalogFindings: async () => [],
};

const notOk = async (probes: Partial<MachineProbes>): Promise<string[]> => {
  const checks = await examineMachine({ ...WELL, ...probes });
  for (const { ok, remedy } of checks) expect(ok).toBe(remedy === null);
  return checks.filter(({ ok }) => !ok).map(({ name, found, remedy }) => `${name}: ${found} -> ${remedy}`);
};

describe('the doctor', () => {
  test('finds nothing on a machine that is well, also before the first build', async () => {
    expect(await notOk({})).toEqual([]);
    expect(await notOk({ sandboxIsLoaded: async () => false })).toEqual([]);
  });

  test.each<[string, Partial<MachineProbes>, RegExp]>([
    ['an old Node', { nodeVersion: 'v20.19.0' }, /^node: v20\.19\.0 -> Use Node/],
    ['another platform', { machine: machine(() => true, 'darwin/arm64') }, /^platform: darwin\/arm64 -> /],
    ['an engine that does not answer', { engine: async () => { throw new Fault('SANDBOX.ENGINE_UNREACHABLE', 'no engine', { hint: 'Start it.' }); } }, /^engine: no engine \[SANDBOX\.ENGINE_UNREACHABLE\] -> Start it\.$/],
    ['another image behind the name', { sandboxIsLoaded: async () => { throw new Fault('SANDBOX.IMAGE_DIFFERS', 'it differs'); } }, /^sandbox: it differs .* -> Remove the image/],
    ['no database', { database: async () => { throw new Fault('RECORDS.DATABASE_UNREACHABLE', 'away'); } }, /^database: away/],
    ['a full disk', { freeBytes: async () => 2 ** 30 }, /^disk: .* 1\.0 GiB free -> .*gc/],
    ['no Debian archive', { debianMirrors: async () => [] }, /^mirror: .* -> Set PROVENROOT_DEBIAN_MIRROR/],
    ['no unpacker', { machine: machine((name) => name !== 'xz') }, /^tools: missing: xz -> .*apt-get install xz-utils$/],
    ['no emulator', { machine: machine((name) => !name.startsWith('qemu')) }, /^emulator: missing: qemu-system-x86_64 -> /],
    ['a broken catalog', { catalogFindings: async () => [{ severity: 'error', path: 'a', line: 1, rule: 'r', message: 'm' }] }, /^catalog: 1 errors/],
    ['no catalog', { catalogFindings: async () => { throw new Failure('CATALOG.NOT_FOUND', 'none here'); } }, /^catalog: none here/],
    ['a probe that breaks', { freeBytes: async () => { throw new TypeError('broken'); } }, /^disk: broken -> Report it/],
  ])('names %s with what to do, and goes on', async (_what, probes, expected) => {
    expect(await notOk(probes)).toEqual([expect.stringMatching(expected)]);
  });
});

test.each([
  ['v22.22.1', false], ['v22.22.2', true], ['v22.23.0', true], ['v23.11.0', false], ['v24.14.9', false], ['v24.15.0', true], ['v25.9.0', false], ['v26.0.0', true], ['v20.20.0', false],
])('Node %s is new enough: %s', (version, enough) => { expect(isSupportedNode(version)).toBe(enough); });
