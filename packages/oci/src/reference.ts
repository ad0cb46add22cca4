import { InvalidArgumentError } from '@wharf/core';
import { cut, every, isLowerHex } from './chars.js';
import { parseDigest, type Digest } from './digest.js';
import { isDomain, isRepositoryPath, isTag, looksLikeDigest } from './reference-grammar.js';

declare const referenceBrand: unique symbol;

/**
 * A parsed image name, always with its registry: `domain/path[:tag][@digest]`. Immutable; made only by
 * the functions of this file. Grammar and normal form are those of Docker's distribution/reference.
 */
export interface Reference {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
  readonly [referenceBrand]: 'reference';
}

export const defaultDomain = 'docker.io';
export const defaultTag = 'latest';
const legacyDomain = 'index.docker.io';
const official = 'library/';

/** Characters of a repository path. */
export const maxPathLength = 255;
const maxReferenceLength = 1024;

/**
 * Reads a name as people write it: `busybox`, `me/app:1`, `localhost:5000/a/b@sha256:…`, `[::1]:5000/x`.
 * @throws InvalidArgumentError in docker's words
 */
export function parseReference(text: string): Reference {
  if (text.length > maxReferenceLength) {
    throw refuse(text, `longer than ${maxReferenceLength} characters`);
  }
  if (isHexId(text)) {
    throw new InvalidArgumentError(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
      { facts: { reference: text } },
    );
  }
  const [domain, remainder] = splitDomain(text);
  const [beforeTag] = cut(remainder, ':');
  if (beforeTag.toLowerCase() !== beforeTag) {
    throw refuse(text, `repository name (${beforeTag}) must be lowercase`);
  }
  return parseParts(text, domain, remainder);
}

/** The name with its registry and without tag or digest: `docker.io/library/busybox`. */
export function canonicalName(reference: Reference): string {
  return `${reference.domain}/${reference.path}`;
}

/** The full unambiguous form: `docker.io/library/busybox:1@sha256:…`. */
export function canonical(reference: Reference): string {
  return canonicalName(reference) + suffix(reference);
}

/** The shortest name that parses to the same repository: `busybox`. */
export function familiarName(reference: Reference): string {
  if (reference.domain !== defaultDomain) return canonicalName(reference);
  const short = shortPath(reference.path);
  const [domain, path] = splitDomain(short);
  const same = domain === defaultDomain && path === reference.path && !isHexId(short);
  if (same) return short;
  return isHexId(short) ? reference.path : canonicalName(reference);
}

/** The shortest form that parses back to this reference, as listings show it. */
export function familiar(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** Adds `:latest` to a bare name; a name with a tag or digest stays as it is. */
export function withDefaultTag(reference: Reference): Reference {
  const bare = reference.tag === undefined && reference.digest === undefined;
  return bare ? withTag(reference, defaultTag) : reference;
}

/** The same repository under this tag, without digest. */
export function withTag(reference: Reference, tag: string): Reference {
  if (!isTag(tag)) throw refuse(tag, 'a tag has at most 128 of the characters A-Za-z0-9_.-');
  return make(reference.domain, reference.path, tag);
}

/** The same repository at this digest; the tag, if any, stays as a remark. */
export function withDigest(reference: Reference, digest: Digest): Reference {
  return make(reference.domain, reference.path, reference.tag, digest);
}

export function withoutTagAndDigest(reference: Reference): Reference {
  return make(reference.domain, reference.path);
}

export function sameReference(a: Reference, b: Reference): boolean {
  return canonical(a) === canonical(b);
}

function isHexId(text: string): boolean {
  return text.length === 64 && every(text, isLowerHex);
}

function splitDomain(name: string): [domain: string, path: string] {
  const [first, rest] = cut(name, '/');
  if (rest === undefined) return [defaultDomain, official + name];
  const isHost =
    first === 'localhost' ||
    first.includes('.') ||
    first.includes(':') ||
    first.toLowerCase() !== first;
  if (!isHost) return [defaultDomain, name];
  if (first !== legacyDomain && first !== defaultDomain) return [first, rest];
  return [defaultDomain, rest.includes('/') ? rest : official + rest];
}

function parseParts(text: string, domain: string, remainder: string): Reference {
  const [named, digestText] = cut(remainder, '@');
  const [path, tag] = cut(named, ':');
  const wellFormed =
    isDomain(domain) &&
    isRepositoryPath(path) &&
    (tag === undefined || isTag(tag)) &&
    (digestText === undefined || looksLikeDigest(digestText));
  if (!wellFormed) throw refuse(text);
  if (path.length > maxPathLength) {
    throw new InvalidArgumentError(
      `repository name must not be more than ${maxPathLength} characters`,
      { facts: { reference: text } },
    );
  }
  return make(domain, path, tag, digestText === undefined ? undefined : parseDigest(digestText));
}

function shortPath(path: string): string {
  if (!path.startsWith(official)) return path;
  const rest = path.slice(official.length);
  return rest.includes('/') ? path : rest;
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

function make(domain: string, path: string, tag?: string, digest?: Digest): Reference {
  return Object.freeze({
    domain,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  }) as Reference;
}

function refuse(text: string, why?: string): InvalidArgumentError {
  const message = 'invalid reference format' + (why === undefined ? '' : `: ${why}`);
  return new InvalidArgumentError(message, { facts: { reference: text.slice(0, 256) } });
}
