import type { JsonWebKey } from 'node:crypto';
import { FailedPreconditionError } from '@wharf/core';
import { curves } from './curves.js';
import { wireNumber, wireString } from './wire.js';

/** The public half of a key as ssh has it. @throws failed-precondition for kinds that ssh has not */
export function publicBlob({ kty, crv, x, y, n, e }: JsonWebKey): Buffer {
  if (kty === 'RSA')
    return Buffer.concat([wireString('ssh-rsa'), wireNumber(bytes(e)), wireNumber(bytes(n))]);
  if (crv === 'Ed25519') return Buffer.concat([wireString('ssh-ed25519'), wireString(bytes(x))]);
  const curve = curves.find(({ jwk }) => jwk === crv);
  if (curve === undefined) throw new FailedPreconditionError('ssh has no keys of its kind');
  const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
  return Buffer.concat([curve.type, curve.name, point].map((each) => wireString(each)));
}

const bytes = (text = ''): Buffer => Buffer.from(text, 'base64url');
