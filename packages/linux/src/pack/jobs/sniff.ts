import type { Compression } from '../../compression/compress.js';

/** A compression that Node knows, or one that needs a program of the host. */
export type Sniffed = Compression | 'bzip2' | 'xz';

const magics: readonly (readonly [Sniffed, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
];

export const sniffBytes = 6;

/** What the first bytes say. A zstd stream may start with a skippable frame (RFC 8878 3.1.2). */
export function sniff(head: Buffer): Sniffed {
  const found = magics.find(([, magic]) => magic.every((byte, at) => head[at] === byte));
  if (found !== undefined) return found[0];
  const skippable = head.length >= 4 && (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50;
  return skippable ? 'zstd' : 'none';
}
