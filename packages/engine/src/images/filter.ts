import type { Filters, Image } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';
import { parseWhen } from './when.js';

type Test = (image: Image) => boolean;

/** A predicate for `images --filter`. `find` resolves the image that before and since name. */
export function imageFilter(
  filters: Filters | undefined,
  find: (ref: string) => Image,
  nowMs: number,
): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, find, nowMs));
  return (image) => tests.every((test) => test(image));
}

/** A predicate for `image prune --filter`, and whether only images without a name are meant (docker's default). */
export function pruneFilter(
  filters: Filters | undefined,
  nowMs: number,
): { readonly test: Test; readonly danglingOnly: boolean } {
  const given = [...(filters ?? [])];
  const asked = filters?.get('dangling') ?? [];
  const tests = given.flatMap(([key, values]) => {
    if (key === 'dangling') return [];
    if (!['until', 'label', 'label!'].includes(key)) throw unknownFilter(key);
    return [oneTest(key, values, neverFound, nowMs)];
  });
  return {
    test: (image) => tests.every((test) => test(image)),
    danglingOnly: asked.length === 0 || asked.some(isTrue),
  };
}

function neverFound(ref: string): never {
  throw new InvalidArgumentError(`no image can be named in this filter: ${ref}`);
}

function unknownFilter(key: string): InvalidArgumentError {
  return new InvalidArgumentError(`invalid filter '${key}'`);
}

/** The image with those of its names alone that a `reference` filter asks for. */
export function shownTags(filters: Filters | undefined): (image: Image) => Image {
  const patterns = filters?.get('reference');
  if (patterns === undefined) return (image) => image;
  return (image) => {
    const repoTags = image.repoTags.filter((tag) => matchesAny(tag, patterns));
    const tagged = new Set(repoTags.map((tag) => tag.slice(0, tag.lastIndexOf(':'))));
    const repoDigests = image.repoDigests.filter(
      (name) => tagged.has(repositoryOf(name)) || matchesAny(name, patterns),
    );
    return { ...image, repoTags, repoDigests };
  };
}

function oneTest(
  key: string,
  values: readonly string[],
  find: (ref: string) => Image,
  nowMs: number,
): Test {
  switch (key) {
    case 'dangling': {
      const wanted = values.map(isTrue);
      return (image) => wanted.some((dangling) => (image.repoTags.length === 0) === dangling);
    }
    case 'label':
      return (image) => values.every((value) => hasLabel(image.config.labels, value));
    case 'label!':
      return (image) => !values.every((value) => hasLabel(image.config.labels, value));
    case 'before':
    case 'since': {
      const limits = values.map((ref) => created(find(ref)));
      return key === 'before'
        ? (image) => limits.every((limit) => created(image) < limit)
        : (image) => limits.every((limit) => created(image) > limit);
    }
    case 'until': {
      if (values.length > 1) throw new InvalidArgumentError('more than one until filter specified');
      const limit = parseWhen(values[0] ?? '', nowMs);
      return (image) => created(image) <= limit;
    }
    case 'reference':
      return (image) =>
        [...image.repoTags, ...image.repoDigests].some((name) => matchesAny(name, values));
    default:
      throw unknownFilter(key);
  }
}

/** Milliseconds since 1970; 0 for an image that does not say. */
export function created(image: Pick<Image, 'createdAt'>): number {
  return image.createdAt?.getTime() ?? 0;
}

function isTrue(value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new InvalidArgumentError(`invalid filter value '${value}' for dangling: true or false`);
}

/** `name` or `name=value`, as label filters have it. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  const name = at < 0 ? wanted : wanted.slice(0, at);
  if (!Object.hasOwn(labels, name)) return false;
  return at < 0 || labels[name] === wanted.slice(at + 1);
}

const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matchesReference(name, pattern));

/** The pattern (path.Match of Go: `*` and `?` stop at slashes) against the whole name, or the name without tag or digest. */
export function matchesReference(name: string, pattern: string): boolean {
  return glob(pattern, name) || glob(pattern, repositoryOf(name));
}

function repositoryOf(name: string): string {
  const at = name.indexOf('@');
  if (at >= 0) return name.slice(0, at);
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** Linear in the product of the lengths: no backtracking over more than one star. */
export function glob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (
      p < pattern.length &&
      (pattern[p] === text[t] || (pattern[p] === '?' && text[t] !== '/'))
    ) {
      p++;
      t++;
    } else if (star >= 0 && text[mark] !== '/') {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
