import rows from './license-list.json' with { type: 'json' };

interface ListedId {
  id: string;
  name: string;
  /** The list still knows it, but says to write something else. */
  deprecated: boolean;
  /** Approved by the Open Source Initiative; exceptions never are. */
  osiApproved: boolean;
  fsfLibre: boolean;
}

/** One version of the SPDX license list. An old document is judged by the list that it names. */
export interface LicenseList {
  version: string;
  /** Ids are matched without regard to case (SPDX 3.0.1, annex "SPDX license expressions"). */
  license(id: string): ListedId | undefined;
  exception(id: string): ListedId | undefined;
  licenseIds: readonly string[];
  exceptionIds: readonly string[];
}

function byId(listed: readonly string[][]): Map<string, ListedId> {
  return new Map(listed.map(([id, name, flags]) => [id!.toLowerCase(), {
    id: id!, name: name!, deprecated: flags!.includes('d'), osiApproved: flags!.includes('o'), fsfLibre: flags!.includes('f'),
  }]));
}

function listOf({ version, licenses, exceptions }: { version: string; licenses: readonly string[][]; exceptions: readonly string[][] }): LicenseList {
  const licensesById = byId(licenses);
  const exceptionsById = byId(exceptions);
  return {
    version,
    license: (id) => licensesById.get(id.toLowerCase()),
    exception: (id) => exceptionsById.get(id.toLowerCase()),
    licenseIds: [...licensesById.values()].map(({ id }) => id),
    exceptionIds: [...exceptionsById.values()].map(({ id }) => id),
  };
}

export const LICENSE_LIST: LicenseList = listOf(rows);
