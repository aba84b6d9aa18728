import { openFileSource } from '../bytes/file-source.ts';
import { imageOutline, type ImageOutline } from '../compare/image-outline.ts';

/** Of a file: reads it once. Throws BYTES.IO. */
export function outlineImage(path: string): ImageOutline {
  const source = openFileSource(path);
  try {
    return imageOutline(source);
  } finally {
    source.close();
  }
}
