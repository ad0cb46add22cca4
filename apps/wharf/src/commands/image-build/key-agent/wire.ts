import { InvalidArgumentError } from '@wharf/core';

/** Reads the numbers and strings of ssh, RFC 4251 section 5. @throws InvalidArgumentError at an early end */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint32(): number {
    return this.#take(4).readUInt32BE(0);
  }

  string(): Buffer {
    return this.#take(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new InvalidArgumentError('it is cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function wireString(value: Uint8Array | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A number that is not negative, from its bytes, which may begin with zeros. */
export function wireNumber(value: Uint8Array): Buffer {
  const bytes = withoutZeros(value);
  const isHigh = (bytes[0] ?? 0) >= 0x80;
  return wireString(isHigh ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

export function withoutZeros(value: Uint8Array): Buffer {
  const start = value.findIndex((byte) => byte !== 0);
  return start === -1 ? Buffer.alloc(0) : Buffer.from(value.subarray(start));
}
