import { DataLossError } from '@wharf/core';
import { decodeHuffman } from './huffman.js';

/** RFC 7541, appendix A: names from index 1, with their values where they have one. */
const staticTable: readonly (readonly [string, string])[] = (
  ':authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|' +
  ':status=204|:status=206|:status=304|:status=400|:status=404|:status=500|accept-charset|' +
  'accept-encoding=gzip, deflate|accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|' +
  'authorization|cache-control|content-disposition|content-encoding|content-language|content-length|' +
  'content-location|content-range|content-type|cookie|date|etag|expect|expires|from|host|if-match|' +
  'if-modified-since|if-none-match|if-range|if-unmodified-since|last-modified|link|location|max-forwards|' +
  'proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|server|set-cookie|' +
  'strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate'
)
  .split('|')
  .map((entry) => {
    const [name = '', value = ''] = entry.split('=');
    return [name, value] as const;
  });

/** A header name in lower case, and its value. */
export type Header = readonly [name: string, value: string];

/** Header block of literals without indexing (6.2.2): nothing that the other side must remember. */
export function encodeHeaders(headers: readonly Header[]): Uint8Array {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) {
    parts.push(Buffer.of(0), encodeText(name), encodeText(value));
  }
  return Buffer.concat(parts);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([encodeInteger(bytes.length), bytes]);
}

/** 5.1, with a prefix of seven bits and the Huffman bit unset. */
function encodeInteger(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/**
 * Reads a header block of a peer that was told to keep no dynamic table (SETTINGS_HEADER_TABLE_SIZE 0, 4.2). Throws
 * data-loss for a block that is malformed or refers to a dynamic entry all the same.
 */
export function decodeHeaders(block: Uint8Array): Header[] {
  const reader = new BlockReader(block);
  const headers: Header[] = [];
  while (!reader.atEnd) {
    const first = reader.peek();
    if (first >= 0x80) {
      headers.push(staticEntry(reader.integer(7)));
    } else if (first >= 0x40) {
      headers.push(literal(reader, 6));
    } else if (first >= 0x20) {
      reader.integer(5); // the new size of the dynamic table: none
    } else {
      headers.push(literal(reader, 4));
    }
  }
  return headers;
}

function literal(reader: BlockReader, prefixBits: number): Header {
  const index = reader.integer(prefixBits);
  const name = index === 0 ? reader.text() : staticEntry(index)[0];
  return [name, reader.text()];
}

function staticEntry(index: number): Header {
  const entry = staticTable[index - 1];
  if (entry === undefined) throw new DataLossError(`no header has the index ${index}`);
  return entry;
}

class BlockReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  peek(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw new DataLossError('a header block is cut');
    return byte;
  }

  integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#next() & mask;
    if (value < mask) return value;
    for (let scale = 1; scale < 2 ** 28; scale *= 128) {
      const byte = this.#next();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new DataLossError('an integer in a header block is too large');
  }

  text(): string {
    const huffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#bytes.subarray(this.#position, this.#position + length);
    if (bytes.length < length) throw new DataLossError('a header block is cut');
    this.#position += length;
    return huffman ? decodeHuffman(bytes) : Buffer.from(bytes).toString('latin1');
  }

  #next(): number {
    const byte = this.peek();
    this.#position += 1;
    return byte;
  }
}
