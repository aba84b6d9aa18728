import { createHash } from 'node:crypto';
import { dirname, basename } from 'node:path';

import factory, { type SevenZipModuleFactory } from '7z-wasm';

// Its types say default where the module is the function itself.
const start = factory as unknown as SevenZipModuleFactory;

export interface SevenZipRow {
  isFolder: boolean;
  sizeBytes: number;
  /** As `ls -l` writes it; absent where the format has none. */
  mode?: string;
  uid?: number;
  gid?: number;
  modifiedSeconds?: number;
}

/** What 7-Zip reads of an image, in a process of nobody's: rows by path, and the sha256 of every file that it could unpack. */
export async function sevenZip(image: string): Promise<{ type: string; rows: Map<string, SevenZipRow>; digests: Map<string, string> }> {
  const lines: string[] = [];
  const seven = await start({ print: (line) => { lines.push(line); }, printErr: () => undefined });
  seven.FS.mkdir('/images');
  seven.FS.mount(seven.NODEFS, { root: dirname(image) }, '/images');
  const archive = `/images/${basename(image)}`;
  seven.callMain(['l', '-slt', archive]);
  const [head = [], ...blocks] = blocksOf(lines);
  const digests = new Map<string, string>();
  seven.FS.mkdir('/out');
  seven.callMain(['x', '-y', '-o/out', archive]);
  const walk = (directory: string): void => {
    for (const name of seven.FS.readdir(`/out${directory}`)) {
      const path = `${directory}/${name}`;
      if (name === '.' || name === '..') continue;
      const { mode } = seven.FS.lstat(`/out${path}`);
      if (seven.FS.isDir(mode)) walk(path);
      else if (seven.FS.isFile(mode)) {
        seven.FS.chmod(`/out${path}`, 0o600);
        digests.set(path.slice(1), createHash('sha256').update(seven.FS.readFile(`/out${path}`)).digest('hex'));
      }
    }
  };
  walk('');
  const rows = new Map(blocks.filter((block) => block.length > 0).map((block) => { const fields = fieldsOf(block); return [fields.get('Path')!.replace(/^\.\//, ''), rowOf(fields)]; }));
  return { type: fieldsOf(head).get('Type') ?? '', rows, digests };
}

/** What stands before the line of dashes, then one block an entry. */
function blocksOf(lines: readonly string[]): string[][] {
  const at = lines.indexOf('----------');
  if (at < 0) return [[...lines]];
  const blocks: string[][] = [lines.slice(0, at), []];
  for (const line of lines.slice(at + 1)) {
    if (line === '') blocks.push([]);
    else blocks.at(-1)!.push(line);
  }
  return blocks.filter((block) => block.length > 0);
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' = ')), line.slice(line.indexOf(' = ') + 3)]));
}

function rowOf(fields: ReadonlyMap<string, string>): SevenZipRow {
  const number = (name: string): number | undefined => /^\d+$/.test(fields.get(name) ?? '') ? Number(fields.get(name)) : undefined;
  const [mode, uid, gid, modified] = [fields.get('Mode'), number('User ID'), number('Group ID'), fields.get('Modified')];
  return {
    isFolder: fields.get('Folder') === '+', sizeBytes: number('Size') ?? 0,
    ...(mode === undefined ? {} : { mode }), ...(uid === undefined ? {} : { uid }), ...(gid === undefined ? {} : { gid }),
    // Told in the machine's own zone.
    ...(modified === undefined || modified === '' ? {} : { modifiedSeconds: Math.floor(new Date(modified.slice(0, 19).replace(' ', 'T')).getTime() / 1000) }),
  };
}
