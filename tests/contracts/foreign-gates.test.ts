import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { tinyInventoryFacts } from '../support/inventory-facts.ts';
import { testRing, type TestRing } from '../support/signing-fixture.ts';
import { cycloneDx } from '../../src/documents/cyclone-dx.ts';
import type { BillOfMaterials, DocumentFormat } from '../../src/documents/document.ts';
import { foreignGates, ownGates, type GateResult } from '../../src/documents/foreign-gates.ts';
import { runGateProcess } from '../../src/documents/gate-process.ts';
import { signedCycloneDx } from '../../src/documents/signed-cyclone-dx.ts';
import { spdx2 } from '../../src/documents/spdx2.ts';
import { spdx3 } from '../../src/documents/spdx3.ts';
import { inventoryOf } from '../../src/inventory/inventory-of.ts';
import type { Inventory, Organisation } from '../../src/inventory/inventory.ts';

/** What JSON.parse gives: a canary may break anything of it. */
type Json = ReturnType<typeof JSON.parse>;
const ORGANISATION: Organisation = { supplier: 'Example', url: 'https://example.org/', contact: 'security@example.org', product: 'Box', productVersion: '2.1' };
const textOf = (document: BillOfMaterials): string => [...document.chunks()].join('');

let directory: string;
let keys: TestRing;
let inventory: Inventory;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'provenroot-gates-'));
  keys = await testRing();
  inventory = inventoryOf({ ...await tinyInventoryFacts(), organisation: ORGANISATION });
});
afterAll(async () => {
  await keys.remove();
  await rm(directory, { recursive: true, force: true });
});

const means = (): Parameters<typeof foreignGates>[1] => ({ directory, signal: AbortSignal.timeout(120_000) });
async function judged(format: DocumentFormat, text: string): Promise<GateResult[]> {
  const path = join(directory, 'document.json');
  await writeFile(path, text);
  return foreignGates({ format, detail: 'packages', path }, means());
}
async function signed(document: object): Promise<string> {
  const text = `${JSON.stringify(document)}\n`;
  return [...signedCycloneDx([text], await keys.ring.signDocument('builder', Buffer.from(text)))].join('');
}
const errorsOf = (results: readonly GateResult[]): string[] => results.flatMap(({ gate, findings }) => findings.filter(({ severity }) => severity === 'error').map(({ rule }) => `${gate}: ${rule}`));
const named = (rows: Json[], name: string): Json => rows.find((row) => row.name === name);
const typed = (document: Json, type: string): Json => document['@graph'].find((row: Json) => row.type === type);
const shippedPackage = (bom: Json): Json => bom.components.find((one: Json) => one.type === 'application');

describe.each(['packages', 'files'] as const)('documents of detail %s', (detail) => {
  it.each(['1.7', '1.6'] as const)('in CycloneDX %s, signed, meet all that a machine can judge of the CRA and of SCVS', async (version) => {
    const [result] = await judged(`cyclonedx-${version}`, await signed(JSON.parse(textOf(cycloneDx(inventory, { detail, version }))) as object));
    expect(result).toEqual({ gate: 'cdx-validate', passed: true, findings: [], scores: expect.objectContaining({ cra: { met: 8, of: 8 }, scvs: { met: 22, of: 22 }, 'scvs-l3': { met: 22, of: 22 } }) as object });
  });

  it('in SPDX 3 conform to the schema and to the shapes of the model', async () => {
    expect(await judged('spdx-3.0.1', textOf(spdx3(inventory, { detail })))).toEqual([{ gate: 'spdx3-schema', passed: true, findings: [] }, { gate: 'spdx3-shacl', passed: true, findings: [] }]);
  });

  it('in SPDX 2.3 are judged by nobody else', async () => {
    expect(await judged('spdx-2.3', textOf(spdx2(inventory, { detail })))).toEqual([]);
  });
});

describe('what the configuration does not say, and a signature that stands beside', () => {
  it('is told and does not refuse the document', async () => {
    const bare = inventoryOf(await tinyInventoryFacts());
    const [result] = await judged('cyclonedx-1.7', textOf(cycloneDx(bare, { detail: 'packages', version: '1.7' })));
    expect(result).toMatchObject({ passed: true, scores: { cra: { met: 6, of: 8 }, scvs: { met: 21, of: 22 } } });
    expect(result?.findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['CRA-MIN-001 warning', 'CRA-MIN-002 warning', 'SCVS-2.4 warning']);
  });
});

/** Faults that neither the schema nor our own rules find. */
const ONLY_CDX_VALIDATE: readonly [string, string, (bom: Json) => void][] = [
  ['a component that nothing identifies', 'SCVS-1.7', (bom) => { const one = shippedPackage(bom); delete one.purl; delete one.cpe; }],
  ['a component without a version', 'SCVS-1.1', (bom) => { delete shippedPackage(bom).version; }],
  ['a product without a version', 'SCVS-2.11', (bom) => { delete bom.metadata.component.version; }],
  ['a root file system under no license', 'SCVS-2.14', (bom) => { delete named(bom.components, 'root').licenses; }],
  ['an id in the graph that is percent-encoded', 'cdx-deep', (bom) => { Object.assign(bom, JSON.parse(JSON.stringify(bom).replaceAll(shippedPackage(bom)['bom-ref'] as string, 'package%3Abox'))); }],
  ['an epoch that the version does not have', 'cdx-deep', (bom) => { const one = shippedPackage(bom); one.purl = `pkg:deb/debian/box@${one.version}?epoch=7`; }],
];
const ONLY_SHAPES: readonly [string, string, (document: Json) => void][] = [
  ['a document that a tool made, not somebody', 'shape-class', (document) => { typed(document, 'CreationInfo').createdBy = [typed(document, 'Tool').spdxId]; }],
  ['a license of the data that is a package', 'shape-class', (document) => { typed(document, 'SpdxDocument').dataLicense = typed(document, 'software_Package').spdxId; }],
  ['a supplier that is a tool', 'shape-class', (document) => { document['@graph'].find((row: Json) => row.suppliedBy !== undefined).suppliedBy = typed(document, 'Tool').spdxId; }],
  ['a tool that is a relation', 'shape-class', (document) => { typed(document, 'CreationInfo').createdUsing = [typed(document, 'Relationship').spdxId]; }],
];

describe('a canary', () => {
  it.each(ONLY_CDX_VALIDATE)('of %s is refused by cdx-validate alone: %s', async (_, rule, mutate) => {
    const bom: Json = JSON.parse(textOf(cycloneDx(inventory, { detail: 'packages', version: '1.7' })));
    mutate(bom);
    const text = await signed(bom as object);
    expect(errorsOf(ownGates(text))).toEqual([]);
    const results = await judged('cyclonedx-1.7', text);
    expect(errorsOf(results)).toContain(`cdx-validate: ${rule}`);
    expect(results[0]?.passed).toBe(false);
  });

  it.each(ONLY_SHAPES)('of %s is refused by the shapes alone: %s', async (_, rule, mutate) => {
    const document: Json = JSON.parse(textOf(spdx3(inventory, { detail: 'packages' })));
    mutate(document);
    const text = JSON.stringify(document);
    expect(errorsOf(ownGates(text))).toEqual([]);
    const results = await judged('spdx-3.0.1', text);
    expect(errorsOf(results)).toContain(`spdx3-shacl: ${rule}`);
    expect(results.map(({ passed }) => passed)).toEqual([true, false]);
  });

  it('of one id for two elements is refused by our rules and by the shapes, of a word that there is not by the schema', async () => {
    const document: Json = JSON.parse(textOf(spdx3(inventory, { detail: 'packages' })));
    document['@graph'].push({ ...typed(document, 'software_Package'), name: 'other' });
    expect(errorsOf(await judged('spdx-3.0.1', JSON.stringify(document)))).toContain('spdx3-shacl: shape-maxcount');
    typed(document, 'Relationship').relationshipType = 'has';
    expect(errorsOf(await judged('spdx-3.0.1', JSON.stringify(document)))).toContain('spdx3-schema: schema');
  });

  it('of another context is no judgement', async () => {
    const document: Json = JSON.parse(textOf(spdx3(inventory, { detail: 'packages' })));
    document['@context'] = [document['@context'], 'https://example.org/other.jsonld'];
    await expect(judged('spdx-3.0.1', JSON.stringify(document))).rejects.toMatchObject({ code: 'DOCUMENTS.GATE_FAILED' });
  });

  it('of bytes that are no JSON is no judgement', async () => {
    await expect(judged('cyclonedx-1.7', '{')).rejects.toMatchObject({ name: 'Fault', code: 'DOCUMENTS.GATE_FAILED' });
  });
});

describe('the signature in a document', () => {
  const verify = async (text: string): Promise<number> => {
    const [path, key] = [join(directory, 'signed.json'), join(directory, 'key.pub')];
    await writeFile(path, text);
    await writeFile(key, (await keys.ring.keys()).find(({ role }) => role === 'builder')!.publicKey);
    const script = join(dirname(createRequire(import.meta.url).resolve('@cyclonedx/cdxgen')), 'bin/verify.js');
    return (await runGateProcess({ gate: 'cdx-verify', script, args: ['--input', path, '--public-key', key], directory, document: path, memoryMiB: 512, signal: AbortSignal.timeout(120_000) })).exitCode;
  };

  it('is good for cdx-verify with our public key, and bad with one byte changed', async () => {
    const text = await signed(JSON.parse(textOf(cycloneDx(inventory, { detail: 'files', version: '1.7' }))) as object);
    expect(await verify(text)).toBe(0);
    expect(await verify(text.replace('"version":"2.1"', '"version":"2.2"'))).not.toBe(0);
  });
});

describe('a gate', () => {
  const run = async (source: string, more: { memoryMiB?: number; signal?: AbortSignal } = {}): Promise<{ exitCode: number; stdout: string }> => {
    const scratch = await mkdtemp(join(directory, 'gate-'));
    const script = join(scratch, 'gate.mjs');
    await writeFile(script, source);
    return runGateProcess({ gate: 'a test', script, args: [], directory: scratch, document: script, memoryMiB: 128, signal: AbortSignal.timeout(60_000), ...more });
  };
  const denied = (code: string): string => `const tried = []; const note = (error) => tried.push(error.code ?? error.cause?.code ?? error.message); ${code}; process.stdout.write(tried.join(' '));`;

  it('calls nobody', async () => {
    const { stdout } = await run(denied(`
      await fetch('http://127.0.0.1:65001/').catch(note);
      const net = await import('node:net'); try { net.connect(65001, '127.0.0.1'); } catch (error) { note(error); }
      const dns = await import('node:dns/promises'); try { await dns.lookup('localhost'); } catch (error) { note(error); }`));
    expect(stdout).toBe('ENETUNREACH ENETUNREACH ENETUNREACH');
  });

  it('starts nothing, reads nothing else, and knows no environment', async () => {
    const { stdout } = await run(denied(`
      const { spawnSync } = await import('node:child_process'); try { spawnSync('true'); } catch (error) { note(error); }
      const { Worker } = await import('node:worker_threads'); try { new Worker('1', { eval: true }); } catch (error) { note(error); }
      const fs = await import('node:fs'); try { fs.readFileSync('/etc/hostname'); } catch (error) { note(error); }
      try { fs.writeFileSync('${join(import.meta.dirname, 'written')}', ''); } catch (error) { note(error); }
      tried.push(Object.keys(process.env).sort().join());`));
    expect(stdout).toBe(`${'ERR_ACCESS_DENIED '.repeat(4)}HOME,LANG,TMPDIR,TZ`);
  });

  it('that needs too much memory, is called off or prints without end comes to no judgement', async () => {
    await expect(run('const all = []; for (;;) all.push(new Array(1e6).fill(all.length));', { memoryMiB: 64 })).rejects.toMatchObject({ code: 'DOCUMENTS.GATE_FAILED' });
    await expect(run('setInterval(() => {}, 1000);', { signal: AbortSignal.timeout(500) })).rejects.toMatchObject({ code: 'DOCUMENTS.GATE_FAILED' });
    await expect(run('for (;;) process.stdout.write("x".repeat(1e6));')).rejects.toMatchObject({ code: 'DOCUMENTS.GATE_FAILED' });
  });

  it('leaves nothing behind', async () => {
    const before = await readdir(directory);
    await judged('cyclonedx-1.7', await signed(JSON.parse(textOf(cycloneDx(inventory, { detail: 'packages', version: '1.7' }))) as object));
    expect((await readdir(directory)).toSorted()).toEqual([...new Set([...before, 'document.json'])].toSorted());
  });
});
