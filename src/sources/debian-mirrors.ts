import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCodeOf } from '../foundation/failure.ts';

export interface AptFile { name: string; text: string }

/** Suites whose pool is the main archive's; security and third parties have pools of their own. */
const MAIN_SUITE = /^(oldoldstable|oldstable|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke)(-updates|-backports|-proposed-updates)?\/?$/;

/** Roots of Debian's main archive that apt uses, in apt's order, each once. `.list` and `.sources` by the file's name. */
export function debianMirrors(files: readonly AptFile[]): string[] {
  const entries = files.flatMap(({ name, text }) => name.endsWith('.sources') ? parseStanzas(text) : parseLines(text));
  const roots = entries
    .filter(({ suites, components }) => suites.some((suite) => MAIN_SUITE.test(suite)) && components.includes('main'))
    .flatMap(({ uris }) => uris)
    .filter((uri) => /^(https?|file):/.test(uri))
    .map((uri) => uri.replace(/\/+$/, ''));
  return [...new Set(roots)];
}

interface AptEntry { uris: string[]; suites: string[]; components: string[] }

/** `deb [options] uri suite component…`, sources.list(5). */
function parseLines(text: string): AptEntry[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/#.*/, ''));
    return found === null ? [] : [{ uris: [found[1]!], suites: [found[2]!], components: words(found[3]) }];
  });
}

/** Stanzas of `Field: values`, folded lines start with a blank (deb822, sources.list(5)). */
function parseStanzas(text: string): AptEntry[] {
  const withoutComments = text.split('\n').filter((line) => !line.startsWith('#')).join('\n');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map([...stanza.replace(/\n[ \t]+/g, ' ').matchAll(/^([A-Za-z-]+):(.*)$/gm)].map((field) => [field[1]!.toLowerCase(), field[2]!.trim()]));
    if (/^(no|false|0|off|without|disable)$/i.test(fields.get('enabled') ?? 'yes')) return [];
    return [{ uris: words(fields.get('uris')), suites: words(fields.get('suites')), components: words(fields.get('components')) }];
  });
}

const words = (text: string | undefined): string[] => (text ?? '').split(/\s+/).filter((word) => word !== '');

/** The files that apt reads below `/etc/apt`; none where there is no apt. */
export async function readAptFiles(directory: string): Promise<AptFile[]> {
  const parts = (await namesIn(join(directory, 'sources.list.d'))).filter((name) => /^[A-Za-z0-9_.-]+\.(list|sources)$/.test(name));
  const paths = [join(directory, 'sources.list'), ...parts.map((name) => join(directory, 'sources.list.d', name))];
  const files = await Promise.all(paths.map(async (name) => ({ name, text: await textOrNothing(name) })));
  return files.filter(({ text }) => text !== '');
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function textOrNothing(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'EACCES') return '';
    throw error;
  }
}
