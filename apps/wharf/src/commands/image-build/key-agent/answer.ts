import { isWharfError } from '@wharf/core';
import type { SigningKey } from './private-key.js';
import { sign } from './sign.js';
import { uint32, WireReader, wireString } from './wire.js';

/** Numbers of messages: draft-miller-ssh-agent, section 8.1. */
const failure = Buffer.of(5);
const identitiesRequest = 11;
const identitiesAnswer = 12;
const signRequest = 13;
const signResponse = 14;

/** What an agent with these keys says to a message; to all but questions about keys and signatures, that it failed. */
export function answer(keys: readonly SigningKey[], message: Buffer): Buffer {
  switch (message[0]) {
    case identitiesRequest:
      return identities(keys);
    case signRequest:
      return signature(keys, message.subarray(1));
    default:
      return failure;
  }
}

function identities(keys: readonly SigningKey[]): Buffer {
  const each = keys.flatMap(({ blob, comment }) => [wireString(blob), wireString(comment)]);
  return Buffer.concat([Buffer.of(identitiesAnswer), uint32(keys.length), ...each]);
}

function signature(keys: readonly SigningKey[], request: Buffer): Buffer {
  try {
    const reader = new WireReader(request);
    const [blob, data, flags] = [reader.string(), reader.string(), reader.uint32()];
    const key = keys.find((each) => each.blob.equals(blob));
    const made = key === undefined ? undefined : sign(key, data, flags);
    if (made === undefined) return failure;
    return Buffer.concat([Buffer.of(signResponse), wireString(made)]);
  } catch (error) {
    if (isWharfError(error)) return failure;
    throw error;
  }
}
