import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Imports that are there at run time: types are stripped. */
const IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;]*?\sfrom\s+)?'([^']+)';/gm;

const DYNAMIC = /\bawait import\('([^']+)'\)/g;

/** The files that an entry loads, relative to the repository, and the packages that they name. */
export async function importClosure(repository: string, entry: string): Promise<{ files: string[]; packages: string[] }> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(join(repository, file), 'utf8');
    for (const [, specifier] of [...text.matchAll(IMPORT), ...text.matchAll(DYNAMIC)]) {
      if (specifier!.startsWith('.')) await visit(join(file, '..', specifier!));
      else if (!specifier!.startsWith('node:')) packages.add(specifier!);
    }
  };
  await visit(entry);
  return { files: [...files].toSorted(), packages: [...packages].toSorted() };
}
