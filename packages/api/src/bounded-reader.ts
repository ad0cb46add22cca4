import { BinaryReader } from '@bufbuild/protobuf/wire';
import { InvalidArgumentError, isWharfError } from '@wharf/core';
import type { MessageCodec } from './methods.js';
import { limits } from './limits.js';

/**
 * Reads protobuf from somebody who is not trusted: counts values, so that a small message of a million empty
 * entries does not become gigabytes of objects; refuses text that is not UTF-8, holds NUL or is too long.
 */
export class BoundedReader extends BinaryReader {
  #values = 0;

  constructor(bytes: Uint8Array) {
    super(bytes);
    const read = this.uint32;
    this.uint32 = () => {
      this.#values += 1;
      if (this.#values > limits.messageValues) {
        throw new InvalidArgumentError('the request has too many fields');
      }
      return read.call(this);
    };
  }

  override string(): string {
    const text = super.string(true);
    if (text.length > limits.textLength) {
      throw new InvalidArgumentError(`text of more than ${limits.textLength} characters`);
    }
    if (text.includes('\0')) throw new InvalidArgumentError('text must not contain NUL');
    return text;
  }
}

/** Decodes a request. Throws invalid-argument for whatever is wrong with the bytes. */
export function decodeRequest<T>(codec: MessageCodec<T>, bytes: Uint8Array): T {
  const bulk = codec.decodeBulk?.(bytes);
  if (bulk !== undefined) return bulk;
  const reader = new BoundedReader(bytes);
  try {
    const message = codec.decode(reader);
    if (reader.pos !== reader.len) throw new InvalidArgumentError('the request has trailing bytes');
    return message;
  } catch (error) {
    if (isWharfError(error)) throw error;
    throw new InvalidArgumentError('the request is not a valid protobuf message', { cause: error });
  }
}
