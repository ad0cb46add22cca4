import { InvalidArgumentError } from '@wharf/core';
import { every, isLowerHex, quote } from './chars.js';

declare const digestBrand: unique symbol;

/** `algorithm:hex` of verified shape; the only form in which a digest may reach a path or a URL. */
export type Digest = string & { readonly [digestBrand]: 'digest' };

export type DigestAlgorithm = 'sha256' | 'sha512';

/** Hashes bytes and says the digest; this package never hashes by itself. */
export type HashBytes = (bytes: Uint8Array) => Digest;

/** Characters of hex per algorithm (OCI image-spec, descriptor.md, registered algorithms). */
export const digestHexLength: Readonly<Record<DigestAlgorithm, number>> = Object.freeze({
  sha256: 64,
  sha512: 128,
});

type Parsed = { readonly digest: Digest } | { readonly problem: string };

/** @throws InvalidArgumentError unless the text is sha256 or sha512 with lower-case hex of exact length */
export function parseDigest(text: string): Digest {
  const parsed = check(text);
  if ('digest' in parsed) return parsed.digest;
  throw new InvalidArgumentError(`invalid digest ${quote(text)}: ${parsed.problem}`);
}

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && 'digest' in check(value);
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** Builds a digest from what a hash function printed. */
export function digestOf(algorithm: DigestAlgorithm, hex: string): Digest {
  return parseDigest(`${algorithm}:${hex}`);
}

/** The first 12 hex characters, as shown in listings. */
export function shortDigest(digest: Digest): string {
  return digestHex(digest).slice(0, 12);
}

function check(text: string): Parsed {
  const colon = text.indexOf(':');
  if (colon < 0) return { problem: 'write it as sha256:<64 hex characters>' };
  const algorithm = text.slice(0, colon);
  if (algorithm !== 'sha256' && algorithm !== 'sha512') {
    return { problem: 'only sha256 and sha512 are supported' };
  }
  const length = digestHexLength[algorithm];
  if (text.length - colon - 1 !== length)
    return { problem: `${algorithm} has ${length} characters` };
  if (!every(text.slice(colon + 1), isLowerHex)) return { problem: 'use lower-case hex' };
  return { digest: text as Digest };
}
