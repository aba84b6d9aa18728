import type { ImageChoice, ImageFormat } from '../catalog/model.ts';
import type { Tree } from '../tree/tree.ts';
import type { BlobReader } from './file-content.ts';
import { checkSquashfs, SQUASHFS_PARAMETERS, squashfsArguments } from './squashfs.ts';
import { writeCpio } from './write-cpio.ts';
import { EXT4_WRITER_VERSION, writeExt4 } from './write-ext4.ts';
import { writeTar } from './write-tar.ts';

export type ImageParameters = Readonly<Record<string, string | number>>;

export interface ImageFormatRow {
  /** Of the image that a user gets. */
  fileName: string;
  /** Of what `write` streams: the image itself, or the input of `finish` below /src. */
  inputName: string;
  /** Part of definitionDigest and keys. Raise it when the written bytes or the finishing phase change. */
  writerVersion: string;
  /** All that shapes the bytes beside the tree. */
  parameters(choice: ImageChoice, epochSeconds: number): ImageParameters;
  /** In process, deterministic; may throw IMAGE.UNSUPPORTED or IMAGE.TOO_LARGE before the first byte. */
  write(root: Tree, blobs: BlobReader, choice: ImageChoice, epochSeconds: number): AsyncIterable<Uint8Array>;
  /** Shell text for the pinned sandbox: compressors never come from the host, their versions shape the bytes. */
  finish?(root: Tree, epochSeconds: number): string;
}

/** docs/adr/0002-image-formats.md says why each is made the way it is. */
export const IMAGE_FORMATS: Readonly<Record<ImageFormat, ImageFormatRow>> = {
  'tar': {
    fileName: 'rootfs.tar', inputName: 'rootfs.tar', writerVersion: '1',
    parameters: (_choice, epochSeconds) => ({ epochSeconds }),
    write: (root, blobs, _choice, epochSeconds) => writeTar(root, blobs, { epochSeconds }),
  },
  'cpio.gz': {
    fileName: 'rootfs.cpio.gz', inputName: 'rootfs.cpio', writerVersion: '1',
    parameters: (_choice, epochSeconds) => ({ epochSeconds, compressor: 'gzip', compressionLevel: 9 }),
    write: (root, blobs, _choice, epochSeconds) => writeCpio(root, blobs, { epochSeconds }),
    finish: () => 'mkdir -p /out/images\ngzip -n -9 < /src/rootfs.cpio > /out/images/rootfs.cpio.gz\n',
  },
  'squashfs': {
    fileName: 'rootfs.squashfs', inputName: 'rootfs.tar', writerVersion: '2',
    parameters: (_choice, epochSeconds) => ({ epochSeconds, ...SQUASHFS_PARAMETERS }),
    write: (root, blobs, _choice, epochSeconds) => {
      checkSquashfs(root);
      return writeTar(root, blobs, { epochSeconds, dialect: 'squashfs-tools' });
    },
    // The tool refuses SOURCE_DATE_EPOCH beside its own time options, so only the variable is used. It gives the root
    // directory to whoever runs it, whatever -root-uid says: under fakeroot that is 0:0, as the tree says.
    finish: (root, epochSeconds) => `mkdir -p /out/images
SOURCE_DATE_EPOCH=${epochSeconds} fakeroot sqfstar ${squashfsArguments(root, '/out/images/rootfs.squashfs').join(' ')} < /src/rootfs.tar\n`,
  },
  'ext4': {
    fileName: 'rootfs.ext4', inputName: 'rootfs.ext4', writerVersion: EXT4_WRITER_VERSION,
    parameters: ({ sizeBytes }, epochSeconds) => ({ epochSeconds, ...(sizeBytes === undefined ? {} : { sizeBytes }) }),
    write: (root, blobs, { sizeBytes }, epochSeconds) => writeExt4(root, blobs, { epochSeconds, ...(sizeBytes === undefined ? {} : { sizeBytes }) }),
  },
};

/** One image to make: what to stream in process, and what to run on it in the sandbox, if anything. */
export interface ImageStep {
  format: ImageFormat;
  fileName: string;
  inputName: string;
  writerVersion: string;
  parameters: ImageParameters;
  write(blobs: BlobReader): AsyncIterable<Uint8Array>;
  /** Reads /src/`inputName`, writes /out/images/`fileName`; undefined where `write` already gives the image. */
  phase: string | undefined;
}

export function imageStep(choice: ImageChoice, root: Tree, epochSeconds: number): ImageStep {
  const { fileName, inputName, writerVersion, parameters, write, finish } = IMAGE_FORMATS[choice.format];
  return {
    format: choice.format, fileName, inputName, writerVersion,
    parameters: parameters(choice, epochSeconds),
    write: (blobs) => write(root, blobs, choice, epochSeconds),
    phase: finish?.(root, epochSeconds),
  };
}
