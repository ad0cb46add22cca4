import type { JsonWebKey } from 'node:crypto';
import { FailedPreconditionError, InvalidArgumentError } from '@wharf/core';
import { curves } from './curves.js';
import { WireReader, withoutZeros } from './wire.js';

const magic = Buffer.from('openssh-key-v1\0');

export const withPassphrase =
  'it has a passphrase: add it to an agent with ssh-add and use --ssh default';

export interface OpenSshKey {
  readonly jwk: JsonWebKey;
  readonly comment: string;
}

/**
 * Reads the format of ssh-keygen(1): PROTOCOL.key of OpenSSH.
 * @throws invalid-argument when it is broken, failed-precondition for a passphrase or a kind of key that is not known
 */
export function openSshKey(bytes: Buffer): OpenSshKey {
  if (!bytes.subarray(0, magic.length).equals(magic))
    throw new InvalidArgumentError('it is no private key');
  const outer = new WireReader(bytes.subarray(magic.length));
  if (outer.text() !== 'none') throw new FailedPreconditionError(withPassphrase);
  outer.string();
  outer.string();
  if (outer.uint32() !== 1) throw new InvalidArgumentError('it is not one key');
  outer.string();
  const inner = new WireReader(outer.string());
  if (inner.uint32() !== inner.uint32()) throw new InvalidArgumentError('it is broken');
  const jwk = keyOf(inner.text(), inner);
  return { jwk, comment: inner.text() };
}

function keyOf(type: string, inner: WireReader): JsonWebKey {
  if (type === 'ssh-ed25519') return edwards(inner);
  if (type === 'ssh-rsa') return rsa(inner);
  const curve = curves.find(({ type: each }) => each === type);
  if (curve !== undefined) return elliptic(curve.jwk, inner);
  throw new FailedPreconditionError(
    `keys of ${JSON.stringify(type)} are left to agents: add it to one with ssh-add and use --ssh default`,
  );
}

function edwards(inner: WireReader): JsonWebKey {
  const x = inner.string();
  const d = inner.string().subarray(0, 32);
  return { kty: 'OKP', crv: 'Ed25519', x: encoded(x), d: encoded(d) };
}

function elliptic(crv: string, inner: WireReader): JsonWebKey {
  inner.string();
  const point = inner.string();
  const size = (point.length - 1) / 2;
  const d = withoutZeros(inner.string());
  if (point[0] !== 4 || d.length > size) throw new InvalidArgumentError('it is broken');
  const padded = Buffer.concat([Buffer.alloc(size - d.length), d]);
  const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
  return { kty: 'EC', crv, x: encoded(x), y: encoded(y), d: encoded(padded) };
}

function rsa(inner: WireReader): JsonWebKey {
  const take = (): Buffer => withoutZeros(inner.string());
  const [n, e, d, qi, p, q] = [take(), take(), take(), take(), take(), take()];
  const [dp, dq] = [p, q].map((prime) => remainder(d, prime));
  const numbers = { n, e, d, p, q, dp, dq, qi };
  const texts = Object.entries(numbers).map(([name, value]) => [name, encoded(value ?? d)]);
  return { kty: 'RSA', ...(Object.fromEntries(texts) as JsonWebKey) };
}

/** The exponent of a prime, which the format leaves out. */
function remainder(d: Buffer, prime: Buffer): Buffer {
  const value = BigInt(`0x0${prime.toString('hex')}`) - 1n;
  if (value < 1n) throw new InvalidArgumentError('it is broken');
  const hex = (BigInt(`0x0${d.toString('hex')}`) % value).toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

const encoded = (bytes: Buffer): string => bytes.toString('base64url');
