import { InvalidArgumentError } from '@wharf/core';

export interface SortedAnnotations {
  readonly manifest: Readonly<Record<string, string>>;
  readonly index: Readonly<Record<string, string>>;
}

/** `[manifest:|index:]KEY`; those that do not say it are the manifest's. @throws InvalidArgumentError for other places and no key */
export function sortAnnotations(annotations: ReadonlyMap<string, string>): SortedAnnotations {
  const manifest = new Map<string, string>();
  const index = new Map<string, string>();
  for (const [written, value] of annotations) {
    const [, places, key = ''] = /^(?:([a-z,-]+):)?(.*)$/s.exec(written) ?? [];
    if (key === '') throw new InvalidArgumentError(`the annotation ${written} has no key`);
    for (const place of (places ?? 'manifest').split(',')) {
      if (place === 'manifest') manifest.set(key, value);
      else if (place === 'index') index.set(key, value);
      else
        throw new InvalidArgumentError(
          `the annotation ${written} is for ${place}: annotations are for manifest or index`,
        );
    }
  }
  return { manifest: toRecord(manifest), index: toRecord(index) };
}

/** In the order of their keys. */
function toRecord(entries: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.assign(Object.create(null) as object, Object.fromEntries(sorted));
}
