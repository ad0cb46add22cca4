import type { Filters, Image } from '@wharf/core';
import { InvalidArgumentError } from '@wharf/core';

type Test = (image: Image) => boolean;

/** A predicate for `images --filter`. `find` resolves the image that before and since name. */
export function imageFilter(filters: Filters | undefined, find: (ref: string) => Image): Test {
  const tests = [...(filters ?? [])].map(([key, values]) => oneTest(key, values, find));
  return (image) => tests.every((test) => test(image));
}

/** The image with those of its tags alone that a `reference` filter asks for. */
export function shownTags(filters: Filters | undefined): (image: Image) => Image {
  const patterns = filters?.get('reference');
  if (patterns === undefined) return (image) => image;
  return (image) => ({
    ...image,
    repoTags: image.repoTags.filter((tag) => patterns.some((p) => matchesReference(tag, p))),
  });
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
        image.repoTags.some((tag) => values.some((pattern) => matchesReference(tag, pattern)));
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

/** The pattern (path.Match of Go: `*` and `?` stop at slashes) against the whole name, the name without tag, or its last parts. */
export function matchesReference(tag: string, pattern: string): boolean {
  const colon = tag.lastIndexOf(':');
  const name = colon > tag.lastIndexOf('/') ? tag.slice(0, colon) : tag;
  return glob(pattern, tag) || glob(pattern, name);
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
