import { bufferSource } from '../bytes/byte-source.ts';
import { detectCompression } from '../bytes/decompress.ts';
import { sha256 } from '../foundation/digest.ts';
import { detect } from '../readers/detect.ts';
import { isAr } from './ar.ts';
import { storedPart, type ContentDescription, type ContentPart } from './description.ts';
import { kernelImageFormat } from './kernel-image.ts';
import { textFacts, type TextFacts } from './text-facts.ts';

interface DescribedText { kind: 'text'; facts: TextFacts; parts: ContentPart[] }

export function describeText(bytes: Buffer): DescribedText | undefined {
  const facts = textFacts(bytes);
  return facts === undefined ? undefined : { kind: 'text', facts, parts: [storedPart(bytes, 'section', 'text', 0, bytes.length)] };
}

/**
 * What `describeContent` says of a text that is nothing but a text, without the forty files that know all else; undefined: ask it.
 * The marks of ELF, device trees and uImages have control characters, which no text has; all others are looked for.
 */
export function describePlainText(bytes: Buffer): ContentDescription | undefined {
  const text = describeText(bytes);
  if (text === undefined || isAr(bytes) || kernelImageFormat(bytes) !== undefined || detectCompression(bytes) !== undefined || detect(bufferSource(bytes)) !== undefined) return undefined;
  return { ...text, sizeBytes: bytes.length, sha256: sha256(bytes), problems: [] };
}
