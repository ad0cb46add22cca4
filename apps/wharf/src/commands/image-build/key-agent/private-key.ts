import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { FailedPreconditionError, isWharfError } from '@wharf/core';
import { openSshKey, withPassphrase } from './openssh-key.js';
import { publicBlob } from './public-blob.js';

/** A key that signs, with what an agent says of it. */
export interface SigningKey {
  readonly key: KeyObject;
  /** RFC 4253, section 6.6. */
  readonly blob: Buffer;
  readonly comment: string;
}

const begin = '-----BEGIN OPENSSH PRIVATE KEY-----';
const end = '-----END OPENSSH PRIVATE KEY-----';

/**
 * Reads a private key of ed25519, ecdsa or rsa as ssh-keygen(1) and openssl write it.
 * @param path the comment of keys without one
 * @param name of the key in messages
 * @throws failed-precondition for anything else, and for keys with a passphrase
 */
export function readPrivateKey(text: string, path: string, name: string): SigningKey {
  try {
    const from = text.indexOf(begin);
    const to = text.indexOf(end);
    if (from !== -1 && to > from) {
      const bytes = Buffer.from(text.slice(from + begin.length, to), 'base64');
      const { jwk, comment } = openSshKey(bytes);
      return signing(createPrivateKey({ key: jwk, format: 'jwk' }), comment || path);
    }
    if (text.includes('ENCRYPTED')) throw new FailedPreconditionError(withPassphrase);
    return signing(createPrivateKey(text), path);
  } catch (cause) {
    const why = isWharfError(cause) ? cause.message : 'it is no private key';
    throw new FailedPreconditionError(`${name}: ${why}`, { cause });
  }
}

function signing(key: KeyObject, comment: string): SigningKey {
  return { key, comment, blob: publicBlob(key.export({ format: 'jwk' }) as JsonWebKey) };
}
