import { isWharfError, WharfError } from '@wharf/core';
import type { ErrorCode } from '@wharf/core';
import type { ReadBlob, RegistryAuth, ResolvedDescriptor } from '@wharf/engine/ports';
import { parseDigest, parseReference } from '@wharf/oci';
import type { Reference } from '@wharf/oci';
import type { RegistryConfig, RegistryHostConfig, RegistryLimits } from './config.js';
import { createRegistry } from './registry.js';
import type { Registry } from './registry.js';

/** Limits at which a hostile registry is given up in well under a second. */
export const quick: Partial<RegistryLimits> = {
  headerMs: 400,
  idleMs: 400,
  minRateWindowMs: 500,
  backoffMs: 1,
  backoffMaxMs: 4,
  retryAfterMaxMs: 50,
};

export const alice: RegistryAuth = {
  username: 'alice',
  password: 'secret',
  identityToken: '',
  registryToken: '',
};

/** The two origins of a fake registry. */
interface FakeHosts {
  readonly host: string;
  readonly cdn: { readonly host: string };
}

/** A client for which the fake and its CDN are named as insecure, unless told otherwise. */
export function clientOf(fake: FakeHosts, config: RegistryConfig = {}): Registry {
  const hosts = new Map<string, RegistryHostConfig>(
    [fake.host, fake.cdn.host].map((host) => [host, { insecure: true }]),
  );
  return createRegistry({ hosts, limits: quick, ...config });
}

export function refOf(host: string, rest = 'team/app:1'): Reference {
  return parseReference(`${host}/${rest}`);
}

export function descriptorOf(
  d: Omit<ResolvedDescriptor, 'digest'> & { readonly digest: string },
): ResolvedDescriptor {
  return { ...d, digest: parseDigest(d.digest) };
}

export const call = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(20_000) });

export async function collect(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

/** The failure of `work`; a failure itself when there is none. */
export async function failureOf(work: Promise<unknown>): Promise<WharfError> {
  try {
    await work;
  } catch (error) {
    if (isWharfError(error)) return error;
    throw error;
  }
  throw new WharfError('internal', 'the call succeeded');
}

export interface Expected {
  readonly code: ErrorCode;
  readonly text?: RegExp;
}

/** Bytes that differ at every offset, so that a part at the wrong place shows. */
export function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = state >> 16;
  }
  return bytes;
}

/** A source of an upload, handed on in pieces of 32 KiB. */
export function reading(bytes: Uint8Array): ReadBlob & { readonly offsets: readonly number[] } {
  const offsets: number[] = [];
  async function* read(offset: number): AsyncGenerator<Uint8Array> {
    offsets.push(offset);
    for (let at = offset; at < bytes.length; at += 32_768) {
      yield await Promise.resolve(bytes.subarray(at, at + 32_768));
    }
  }
  return Object.assign(read, { offsets });
}
