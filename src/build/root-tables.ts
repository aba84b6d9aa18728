import type { DeviceRow, PermissionRow, SystemSettings, UserRow } from '../catalog/model.ts';
import { Bug } from '../foundation/failure.ts';
import type { ResolvedPackage } from '../plan/resolution.ts';

/** A row of a table, or a script, and the package that declares it. */
export interface Declared<T> { owner: string; row: T }

export interface InitScript { name: string; bytes: Uint8Array }

/** What the packages and the configuration say of the root beside their trees. */
export interface RootTables {
  users: readonly Declared<UserRow>[];
  permissions: readonly Declared<PermissionRow>[];
  devices: readonly Declared<DeviceRow>[];
  initScripts: readonly Declared<InitScript>[];
  system: SystemSettings;
}

export function rootTables(shipped: readonly ResolvedPackage[], system: SystemSettings): RootTables {
  const declared = <T>(rows: (one: ResolvedPackage) => readonly T[]): Declared<T>[] =>
    shipped.flatMap((one) => rows(one).map((row) => ({ owner: one.recipe.name, row })));
  return {
    users: declared(({ recipe }) => recipe.users),
    permissions: declared(({ recipe }) => recipe.permissions),
    devices: declared(({ recipe }) => recipe.devices),
    initScripts: declared(({ recipe }) => recipe.initScripts.map(({ name, file }) => {
      const found = recipe.files.find(({ path }) => path === file);
      if (found === undefined) throw new Bug(`recipe ${recipe.name} has no file ${file}`);
      return { name, bytes: found.bytes };
    })),
    system,
  };
}
