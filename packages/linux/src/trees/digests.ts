import { hash } from 'node:crypto';
import { InvalidArgumentError } from '@wharf/core';

const form = /^sha256:[0-9a-f]{64}$/;

/** The digits of a digest. @throws InvalidArgumentError for what is not `sha256:` and 64 of them */
export function hexOf(digest: string): string {
  if (!form.test(digest)) {
    throw new InvalidArgumentError(`${JSON.stringify(digest.slice(0, 100))} is not a digest`);
  }
  return digest.slice('sha256:'.length);
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}
