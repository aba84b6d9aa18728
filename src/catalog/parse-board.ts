import { architectureSchema, boardSchema, type BoardYaml } from './board-schema.ts';
import { filesBeside, folderDigest, type CatalogFolder } from './folder.ts';
import type { Architecture, Board, ImageChoice, SystemSettings } from './model.ts';
import { parseFolder, type ParsedFolder } from './parse-folder.ts';
import { present } from './present.ts';

export function parseBoard(folder: CatalogFolder): ParsedFolder<Board> {
  return parseFolder(folder, boardSchema, toBoard);
}

/** The folder of an architecture holds its one file. */
export function parseArchitecture(folder: CatalogFolder): ParsedFolder<Architecture> {
  return parseFolder(folder, architectureSchema, (yaml) => yaml);
}

function toBoard(yaml: BoardYaml, folder: CatalogFolder): Board {
  const { format, name, summary, architecture, tuning, toolchain, kernel, skeleton, packages, qemu } = yaml;
  return {
    format, name, summary, architecture, tuning, toolchain, kernel, skeleton, packages,
    system: toSystem(yaml.system), images: yaml.images.map(toImage),
    ...present({ qemu: qemu && { command: qemu.command, arguments: qemu.arguments, append: qemu.append, rootFormat: qemu.root_format } }),
    files: filesBeside(folder), folderDigest: folderDigest(folder),
  };
}

function toSystem(yaml: BoardYaml['system']): SystemSettings {
  return {
    hostname: yaml.hostname, banner: yaml.banner, rootPassword: yaml.root_password,
    authorizedKeys: yaml.authorized_keys, epochSeconds: yaml.epoch_seconds,
  };
}

export function toImage(yaml: BoardYaml['images'][number]): ImageChoice {
  return { format: yaml.format, ...present({ sizeBytes: yaml.size_bytes }) };
}
