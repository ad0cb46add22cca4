import type { Filters, Image } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';

type Test = (image: Image) => boolean;

/** A predicate for `images --filter`. `find` resolves the image that before and since name. */
export function imageFilter(filters: Filters | undefined, find: (ref: string) => Image): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, find));
  return (image) => tests.every((test) => test(image));
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

function oneTest(key: string, values: readonly string[], find: (ref: string) => Image): Test {
  const created = (image: Image): number => image.createdAt?.getTime() ?? 0;
  switch (key) {
    case 'dangling':
      return (image) => values.some((value) => (image.repoTags.length === 0) === isTrue(value));
    case 'label':
      return (image) => values.every((value) => hasLabel(image.config.labels, value));
    case 'before':
      return (image) => values.some((ref) => created(image) < created(find(ref)));
    case 'since':
      return (image) => values.some((ref) => created(image) > created(find(ref)));
    case 'reference':
      return (image) =>
        [...image.repoTags, ...image.repoDigests].some((name) => matchesAny(name, values));
    default:
      throw new InvalidArgumentError(`invalid filter '${key}'`);
  }
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
