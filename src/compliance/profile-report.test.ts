import fc from 'fast-check';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import type { Component, Inventory, Licenses, Organisation } from '../inventory/inventory.ts';
import { sampleFile, sampleInventory } from '../../tests/support/inventory-sample.ts';
import type { ProfileDocument } from './profile-field.ts';
import { profileReport, type ProfileName, type ProfileReport, type ProfileRow } from './profile-report.ts';
import { profileTable } from './profile-table.ts';

const document = (format: string, detail = 'files', signed = true): ProfileDocument => ({ format, detail, sha256: sha256(format + detail), signed });
const BOTH = [document('cyclonedx-1.7'), document('cyclonedx-1.7', 'packages'), document('spdx-3.0.1')];
const NAMES: readonly ProfileName[] = ['bsi', 'ntia', 'cra'];

const withOrganisation = (organisation: Organisation): Inventory => ({ ...sampleInventory(), organisation });
const withComponent = (name: string, fields: Partial<Component>): Inventory => {
  const inventory = sampleInventory();
  return { ...inventory, components: inventory.components.map((one) => (one.name === name ? { ...one, ...fields } : one)) };
};
const without = (name: string, field: keyof Component): Inventory => {
  const inventory = sampleInventory();
  return { ...inventory, components: inventory.components.map((one) => (one.name === name ? Object.fromEntries(Object.entries(one).filter(([key]) => key !== field)) as unknown as Component : one)) };
};
const rowOf = ({ rows }: ProfileReport, field: string, name?: string): ProfileRow | undefined =>
  rows.find((row) => row.field === field && (row.subject.kind === 'document' ? name === undefined : name === (row.subject.kind === 'files' ? row.subject.owner : row.subject.name)));
const bsi = (inventory: Inventory, documents = BOTH): ProfileReport => profileReport(inventory, 'bsi', documents);

describe.each(NAMES)('the profile %s', (name) => {
  it('is the same whatever the order of the inventory and of the documents', () => {
    const inventory = sampleInventory();
    const turned: Inventory = { ...inventory, components: inventory.components.toReversed(), files: inventory.files.toReversed(), relations: inventory.relations.toReversed(), completeness: inventory.completeness.toReversed() };
    expect(canonicalJson(profileReport(turned, name, BOTH.toReversed()))).toBe(canonicalJson(profileReport(inventory, name, BOTH)));
  });

  it('says of each row where the data come from, and of each that is not met what to do', () => {
    const rows = [BOTH, []].flatMap((documents) => [sampleInventory(), withOrganisation({})].flatMap((inventory) => profileReport(inventory, name, documents).rows));
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) {
      expect(row.value).not.toBe('');
      expect(row.source).not.toBe('');
      expect(row.status === 'not-met').toBe(row.remedy !== undefined);
    }
  });

  it('counts in its summary what its rows say', () => {
    const { rows, summary } = profileReport(withOrganisation({}), name, []);
    const counted = (status: ProfileRow['status']): number => rows.filter((row) => row.status === status).reduce((sum, { subject }) => sum + (subject.kind === 'files' ? subject.count : 1), 0);
    expect(summary.reduce((sum, { met }) => sum + met, 0)).toBe(counted('met'));
    expect(summary.reduce((sum, { notMet }) => sum + notMet, 0)).toBe(counted('not-met'));
    expect(summary.reduce((sum, { notApplicable }) => sum + notApplicable, 0)).toBe(counted('not-applicable'));
    for (const { percent, met, notMet } of summary) {
      if (percent === undefined) expect(met + notMet).toBe(0);
      else expect(percent === 100).toBe(notMet === 0);
    }
  });

  it('takes nobody\'s word for what only builds', () => {
    const { rows, leftOut } = profileReport(sampleInventory(), name, BOTH);
    expect(rows.some(({ subject }) => subject.kind === 'component' && subject.name === 'host-gamma')).toBe(false);
    expect(leftOut.components).toBe(2);
  });

  it('is not met where nobody says who supplies the product', () => {
    expect(profileReport(withOrganisation({}), name, BOTH).met).toBe(false);
  });

  it('shows a terminal at most so many lines of what is not met, required fields first', () => {
    const report = profileReport(withOrganisation({}), name, []);
    const missing = report.rows.filter(({ status }) => status === 'not-met').length;
    const lines = profileTable(report, 2).split('\n');
    expect(lines[0]).toContain('not everything required is met');
    expect(lines.slice(lines.indexOf('not met:')).length).toBe(1 + 2 + 1 + 1);
    expect(lines.at(-2)).toContain(`and ${missing - 2} more`);
    expect(lines.at(-3)).not.toMatch(/\((optional|if-exists)\)/);
  });
});

describe('BSI TR-03183-2', () => {
  it('asks a mail address or a URL of whoever made the document, and a name is neither', () => {
    const status = (organisation: Organisation): string => { const { status: one, value } = rowOf(bsi(withOrganisation(organisation)), 'creator of the SBOM')!; return `${one} ${value}`; };
    expect(status({ supplier: 'Example', contact: 'security@example.org', url: 'https://example.org/' })).toBe('met security@example.org');
    expect(status({ supplier: 'Example', contact: 'ask for Jo', url: 'https://example.org/' })).toBe('met https://example.org/');
    expect(status({ supplier: 'Example', contact: 'ask for Jo' })).toBe('not-met "ask for Jo" is no mail address and no URL');
    expect(status({ supplier: 'Example' })).toBe('not-met not given');
  });

  it('takes CycloneDX from 1.6 on and SPDX from 3.0.1 on', () => {
    const status = (...formats: string[]): string => rowOf(bsi(sampleInventory(), formats.map((format) => document(format))), 'format')!.status;
    expect([status('cyclonedx-1.6'), status('cyclonedx-1.7'), status('spdx-3.0.1'), status('spdx-2.3', 'cyclonedx-1.5'), status()]).toEqual(['met', 'met', 'met', 'not-met', 'not-met']);
  });

  it('asks for files, so that a document of packages alone is not enough', () => {
    const status = (documents: ProfileDocument[]): string => rowOf(bsi(sampleInventory(), documents), 'level of detail')!.status;
    expect([status(BOTH), status([document('cyclonedx-1.7', 'packages'), document('spdx-2.3')])]).toEqual(['met', 'not-met']);
    const unowned: Inventory = { ...sampleInventory(), completeness: [{ subject: 'ownership', state: 'incomplete', reason: '1 of 6 paths have no owner' }] };
    expect(rowOf(bsi(unowned), 'level of detail')).toMatchObject({ status: 'not-met', value: '1 of 6 paths have no owner' });
  });

  it('asks a package who made it, and names the recipe that has to say so', () => {
    const report = bsi(sampleInventory());
    expect(rowOf(report, 'component creator', 'libalpha')).toMatchObject({ status: 'met', value: 'https://example.org/alpha', source: 'inferred: owner of the repository that the source comes from' });
    expect(rowOf(report, 'component creator', 'beta')).toMatchObject({ status: 'not-met', remedy: 'Give recipes/beta/recipe.yaml a `homepage`.' });
    expect(rowOf(report, 'component creator', 'root.squashfs')).toMatchObject({ status: 'met', value: 'security@example.org' });
  });

  it('asks packages, which are no files, for no name and no digest of a file', () => {
    const { rows } = bsi(sampleInventory());
    const asked = (name: string): string[] => rows.filter(({ subject }) => subject.kind === 'component' && subject.name === name).map(({ field }) => field);
    expect(asked('beta')).not.toEqual(expect.arrayContaining(['filename']));
    for (const field of ['filename', 'hash of the deployable component', 'executable property', 'archive property', 'structured property']) {
      expect(asked('root.squashfs')).toContain(field);
      expect(asked('beta')).not.toContain(field);
    }
  });

  it('counts as components only files that run or pack', () => {
    const report = bsi(sampleInventory());
    const files = report.rows.filter(({ subject }) => subject.kind === 'files').flatMap(({ subject }) => (subject.kind === 'files' ? subject.examples : []));
    expect(new Set(files)).toEqual(new Set(['/usr/bin/beta', '/usr/lib/libalpha.so.1']));
    expect(report.leftOut.files).toBe(4);
  });

  it('asks a file for its digest and its flags, and gives it what its owner has', () => {
    const inventory = sampleInventory();
    const bare = sampleFile('/usr/bin/bare', inventory.components.find(({ name }) => name === 'beta')!.ref);
    const { hashes: _hashes, properties: _properties, ...rest } = bare;
    const report = bsi({ ...inventory, files: [...inventory.files, rest] });
    expect(report.rows.filter((row) => row.field === 'hash of the deployable component' && row.subject.kind === 'files').map(({ status, subject }) => [status, subject])).toEqual([
      ['met', { kind: 'files', owner: 'beta', count: 1, examples: ['/usr/bin/beta'] }], ['not-met', { kind: 'files', owner: 'beta', count: 1, examples: ['/usr/bin/bare'] }],
      ['met', { kind: 'files', owner: 'libalpha', count: 1, examples: ['/usr/lib/libalpha.so.1'] }],
    ]);
    expect(rowOf(report, 'executable property', 'beta')).toMatchObject({ subject: { count: 1 } });
    expect(rowOf(report, 'component version', 'beta')).toBeDefined();
    expect(report.rows.find((row) => row.field === 'component version' && row.subject.kind === 'files' && row.subject.owner === 'beta')).toMatchObject({ value: '1.0 (of beta)', subject: { count: 2 } });
  });

  it('calls the dependencies of a file unknown where it was not read, and unmet where nothing provides them', () => {
    const inventory = sampleInventory();
    const beta = inventory.files.find(({ path }) => path === '/usr/bin/beta')!;
    const status = (changed: Inventory): string | undefined => bsi(changed).rows.find((row) => row.field === 'dependencies' && row.subject.kind === 'files' && row.subject.owner === 'beta')?.status;
    expect(status(inventory)).toBe('met');
    expect(status({ ...inventory, files: inventory.files.map((file) => (file === beta ? { ...file, content: { kind: 'unread', reason: 'too large' } } : file)) })).toBe('not-met');
    expect(status({ ...inventory, unresolved: [{ from: beta.ref, kind: 'library', name: 'libmissing.so.1' }] })).toBe('not-met');
  });

  it.each<[string, Partial<Licenses>, ProfileRow['status']]>([
    ['an id of the list', { concluded: 'MIT' }, 'met'], ['a choice', { concluded: 'MIT OR Zlib' }, 'met'], ['an exception', { concluded: 'GPL-2.0-only WITH Classpath-exception-2.0' }, 'met'],
    ['a reference of ScanCode', { concluded: 'LicenseRef-scancode-public-domain' }, 'met'], ['a reference with its organisation', { concluded: 'MIT AND LicenseRef-example-eula' }, 'met'],
    ['a reference that nobody knows', { concluded: 'MIT AND LicenseRef-eula' }, 'not-met'], ['NOASSERTION', { concluded: 'NOASSERTION' }, 'not-met'], ['NONE', { concluded: 'NONE' }, 'not-met'],
    ['no license', {}, 'not-met'], ['words', { unreadable: 'see LICENSE' }, 'not-met'],
  ])('takes as the license of distribution, or refuses, %s', (_what, licenses, status) => {
    const row = rowOf(bsi(withComponent('libalpha', { licenses: { files: [], ...licenses } })), 'distribution licenses', 'libalpha');
    expect(row).toMatchObject({ status });
  });

  it('does not invent a license for an image, and takes for the root that of all that is in it', () => {
    expect(rowOf(bsi(withComponent('root', { licenses: { files: [], concluded: 'GPL-2.0-only AND MIT', concludedBasis: 'contents' } })), 'distribution licenses', 'root')).toMatchObject({ status: 'met', source: 'computed: the licenses of all that is in it' });
    expect(rowOf(bsi(sampleInventory()), 'distribution licenses', 'root')).toMatchObject({ status: 'not-met' });
    expect(rowOf(bsi(sampleInventory()), 'distribution licenses', 'root.squashfs')).toMatchObject({ status: 'not-met', value: 'nobody says' });
  });

  it('leaves open which license of a choice is used until a person says so', () => {
    const row = (licenses: Partial<Licenses>): ProfileRow | undefined => rowOf(bsi(withComponent('libalpha', { licenses: { files: [], ...licenses } })), 'effective license', 'libalpha');
    expect(row({ declared: 'MIT OR Zlib', concluded: 'MIT OR Zlib' })).toMatchObject({ status: 'not-met', demand: 'optional' });
    expect(row({ concluded: 'MIT OR Zlib', effective: 'MIT', effectiveBasis: 'decision' })).toMatchObject({ status: 'met', source: 'decision of a person' });
  });

  it('asks for addresses of sources where there are sources', () => {
    expect(rowOf(bsi(withComponent('beta', { sources: [] })), 'source code URI', 'beta')!.status).toBe('not-applicable');
    const [source] = sampleInventory().components.find(({ name }) => name === 'beta')!.sources;
    expect(rowOf(bsi(withComponent('beta', { sources: [{ ...source!, urls: [] }] })), 'source code URI', 'beta')).toMatchObject({ status: 'not-met', value: 'none for beta-1.0.tar.xz' });
  });

  it('asks for the address of an image where the organisation publishes', () => {
    expect(rowOf(bsi(sampleInventory()), 'URI of the deployable form', 'root.squashfs')).toMatchObject({ status: 'met', value: 'https://example.org/releases/root.squashfs' });
    expect(rowOf(bsi(withOrganisation({})), 'URI of the deployable form', 'root.squashfs')).toMatchObject({ status: 'not-met', demand: 'if-exists' });
  });
});

describe('the minimum elements of NTIA', () => {
  it('ask for names of suppliers, and tell unknowns without calling them faults', () => {
    const report = profileReport(withComponent('beta', { originator: { name: 'beta', basis: 'homepage' } }), 'ntia', BOTH);
    expect(rowOf(report, 'supplier name', 'beta')).toMatchObject({ status: 'met', value: 'beta' });
    expect(rowOf(report, 'known unknowns')).toMatchObject({ status: 'met', value: 'static-links incomplete' });
    expect(rowOf(report, 'access control')!.status).toBe('not-applicable');
    expect(report.rows.filter((row) => row.status === 'not-met').map(({ field, subject }) => [field, subject])).toMatchObject([['version of the component', { name: 'accounts', version: '' }]]);
  });

  it('take SPDX 2.3, and no report of a document that is none', () => {
    const status = (format: string): string => rowOf(profileReport(sampleInventory(), 'ntia', [document(format)]), 'machine-readable format')!.status;
    expect([status('spdx-2.3'), status('legal-info')]).toEqual(['met', 'not-met']);
  });
});

describe('the Cyber Resilience Act', () => {
  const asked = withComponent('beta', { recipe: { ...sampleInventory().components.find(({ name }) => name === 'beta')!.recipe!, reasons: ['asked for by the board'] } });

  it('asks for top-level dependencies, which are what somebody asked for', () => {
    const report = profileReport(asked, 'cra', BOTH);
    expect(report.rows.filter(({ field }) => field === 'top-level dependency: version').map(({ subject }) => subject)).toMatchObject([{ name: 'beta' }]);
    expect(rowOf(report, 'components are documented')).toMatchObject({ status: 'met', value: '2 packages, 1 of them top-level' });
    expect(rowOf(profileReport(sampleInventory(), 'cra', BOTH), 'components are documented')!.status).toBe('not-met');
  });

  it('asks for a signed document, and for the end of support, which only the configuration tells', () => {
    expect(rowOf(profileReport(asked, 'cra', [document('cyclonedx-1.7', 'files', false)]), 'kept for the authorities, and signed')!.status).toBe('not-met');
    const report = profileReport(asked, 'cra', BOTH);
    expect(report.rows.filter(({ status }) => status === 'not-met').map(({ field }) => field)).toEqual(['end of the support period']);
    const told = profileReport({ ...asked, organisation: { ...asked.organisation, supportUntil: '2031-12-31' } }, 'cra', BOTH);
    expect([told.met, told.rows.find(({ field }) => field === 'end of the support period')!.value]).toEqual([true, '2031-12-31']);
  });
});

it('lets no name write on the terminal', () => {
  const text = profileTable(bsi(withComponent('beta', { name: 'beta\u001b[2J' })), 1000);
  // eslint-disable-next-line no-control-regex
  expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f]/);
  expect(text).toContain('beta\\x1b[2J');
});

it('judges an inventory with anything left out of it, and never calls what is absent met', () => {
  fc.assert(fc.property(fc.constantFrom('originator', 'licenses', 'purls', 'sources') as fc.Arbitrary<keyof Component>, fc.constantFrom(...NAMES), (field, name) => {
    const inventory = field === 'licenses' ? withComponent('libalpha', { licenses: { files: [] } }) : field === 'purls' || field === 'sources' ? withComponent('libalpha', { [field]: [] }) : without('libalpha', field);
    const before = profileReport(sampleInventory(), name, BOTH).rows.filter(({ status }) => status === 'met').length;
    expect(profileReport(inventory, name, BOTH).rows.filter(({ status }) => status === 'met').length).toBeLessThanOrEqual(before);
  }));
});
