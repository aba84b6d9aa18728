import type { RecipeLint } from './lint.ts';
import { reportRepeated } from './lint-sources.ts';
import { quoted } from './name.ts';
import type { Catalog, UserRow } from './model.ts';

export const rowTwice: RecipeLint = {
  subject: 'recipe', id: 'row-twice', severity: 'error',
  explain: 'Two rows of `permissions`, `devices`, `needs` or `overrides` are about one thing. Keep one.',
  check(recipe, report) {
    for (const field of ['permissions', 'devices'] as const) {
      reportRepeated(recipe[field].map(({ path }) => path), (index, path) => report([field, index, 'path'], `${quoted(path)} has a row already`));
    }
    for (const kind of ['build', 'host', 'run'] as const) {
      reportRepeated(recipe.needs[kind].map((need) => JSON.stringify([need.recipe, need.when ?? null])), (index) => report(['needs', kind, index], 'is listed already'));
    }
    reportRepeated(recipe.overrides, (index, name) => report(['overrides', index], `${quoted(name)} is listed already`));
  },
};

export const deviceNumbers: RecipeLint = {
  subject: 'recipe', id: 'device-numbers', severity: 'error',
  explain: 'A fifo has no device numbers; leave `major` and `minor` out.',
  check(recipe, report) {
    for (const [index, { kind, major, minor }] of recipe.devices.entries()) {
      if (kind === 'fifo' && (major !== 0 || minor !== 0)) report(['devices', index], 'a fifo has no major or minor number');
    }
  },
};

export const userClash: RecipeLint = {
  subject: 'recipe', id: 'user-clash', severity: 'error',
  explain: 'Over the whole catalog a user name has one number and a number one name, and so for groups; otherwise files would change hands between images. Choose a free number.',
  check(recipe, report, { catalog }) {
    const rows = userRows(catalog);
    for (const [index, user] of recipe.users.entries()) {
      const other = rows.find((row) => clashes(row.user, user) && (row.recipe < recipe.name || (row.recipe === recipe.name && row.index < index)));
      if (other !== undefined) report(['users', index], `${user.name} (${user.uid}:${user.gid}, group ${user.group}) clashes with ${other.user.name} (${other.user.uid}:${other.user.gid}, group ${other.user.group}) of ${other.recipe}`);
    }
  },
};

interface OwnedRow { recipe: string; index: number; user: UserRow }
const rowsByCatalog = new WeakMap<Catalog, OwnedRow[]>();

function userRows(catalog: Catalog): OwnedRow[] {
  const known = rowsByCatalog.get(catalog);
  if (known !== undefined) return known;
  const rows = [...catalog.recipes.values()].flatMap(({ name, users }) => users.map((user, index) => ({ recipe: name, index, user })));
  rowsByCatalog.set(catalog, rows);
  return rows;
}

export function clashes(a: UserRow, b: UserRow): boolean {
  return (a.name === b.name) !== (a.uid === b.uid) || (a.group === b.group) !== (a.gid === b.gid);
}

export const roleFields: RecipeLint = {
  subject: 'recipe', id: 'role-fields', severity: 'error',
  explain: 'A field does not go with the role: only a toolchain has `runtime_components`.',
  check(recipe, report) {
    if (recipe.role !== 'toolchain' && recipe.runtimeComponents.length > 0) report(['runtime_components'], `a ${recipe.role} has no \`runtime_components\``, 'move them to the toolchain');
  },
};

export const renamedOption: RecipeLint = {
  subject: 'recipe', id: 'renamed-option', severity: 'error',
  explain: '`renamed_options` gives a replacement that is not declared, or an old name that is still declared.',
  check(recipe, report) {
    for (const [old, replacement] of Object.entries(recipe.renamedOptions)) {
      if (Object.hasOwn(recipe.options, old)) report(['renamed_options', old], `${quoted(old)} is still declared`);
      if (!Object.hasOwn(recipe.options, replacement)) report(['renamed_options', old], `the replacement ${quoted(replacement)} is not declared`);
    }
  },
};
