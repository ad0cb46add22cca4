import type { CacheInput } from '@wharf/core';
import { formatPlatform, type Platform } from '@wharf/oci';
import { hashBytes } from '../../layers/layers.js';
import type { ContentFacts } from '../ports.js';

/** An input of a cache key; `name` says which one where there are several. */
export function input(kind: string, value: string, name = ''): CacheInput {
  return { kind, name, value };
}

/** Those that say nothing are left out. */
export function said(kind: string, value: string, name = ''): readonly CacheInput[] {
  return value === '' ? [] : [input(kind, value, name)];
}

export function platformInput(platform: Platform): CacheInput {
  return input('platform', formatPlatform(platform));
}

/** Variables by name; entries without a value are of no meaning for a process and stand as they are. */
export function environmentInputs(env: readonly string[]): readonly CacheInput[] {
  return env.map((entry) => {
    const at = entry.indexOf('=');
    return at < 0
      ? input('environment', '', entry)
      : input('environment', entry.slice(at + 1), entry.slice(0, at));
  });
}

/** What is read: each file for people, and the digest of all. */
export function contentInputs(facts: ContentFacts, below = ''): readonly CacheInput[] {
  return [
    ...facts.entries.map(({ path, digest }) => input('file', digest, below + shown(path))),
    input('content', facts.digest, below),
  ];
}

/** As people write it: relative, and as text. */
function shown(path: string): string {
  return Buffer.from(path.replace(/^\/+/, ''), 'latin1').toString();
}

export function textDigest(text: string): string {
  return hashBytes(Buffer.from(text));
}
