import { WharfError } from '@wharf/core';
import type { CopySource } from '@wharf/engine/ports';
import { posix } from 'node:path';
import { join } from '../../unpack/apply/directories.js';
import type { LayerPath } from '../../unpack/apply/names.js';
import type { Found, Source, SourceEntry } from '../source/source.js';
import type { Excludes } from './excludes.js';
import { componentMatcher, hasWildcards, unescaped } from './pattern.js';

/** One thing that an item of a copy means. */
export interface Match {
  /** Where it really is in the source. */
  readonly found: Found;
  /** What a file is called in a directory. */
  readonly base: LayerPath;
  /** With --parents: its path below the destination, and the directories of the source that lead there. */
  readonly keep?: { readonly path: LayerPath; readonly parents: readonly Kept[] };
}

export interface Kept {
  /** In the source, without links. */
  readonly found: Found;
  /** Below the destination. */
  readonly path: LayerPath;
}

export type Item = Omit<CopySource, 'source'>;

/** What an item means in its source, in the order of names; nothing when a pattern matches nothing. @throws WharfError not-found */
export function select(source: Source, item: Item): Match[] {
  const parts = partsOf(item.path);
  const pivot = item.keep === undefined ? undefined : parts.length - partsOf(item.keep).length;
  const paths = item.wildcards
    ? [...matching(source, parts, pivot !== undefined)]
    : [parts.map(latin1)];
  return paths.flatMap((path) => {
    const match = matchAt(source, path, pivot);
    if (match === undefined && !item.wildcards) throw missing(item.path);
    return match ?? [];
  });
}

/** As docker words it. */
export function missing(path: string): WharfError {
  return new WharfError(
    'not-found',
    `${JSON.stringify(path)}: not found; a file of the build context may be left out by .dockerignore`,
    { facts: { kind: 'file', name: path } },
  );
}

function matchAt(
  source: Source,
  path: readonly LayerPath[],
  pivot: number | undefined,
): Match | undefined {
  // What is kept with its parents is kept as it is.
  const found = source.find(path.join('/'), { follow: pivot === undefined });
  if (found === undefined) return undefined;
  const base = path.at(-1) ?? '';
  if (pivot === undefined) return { found, base };
  return { found, base, keep: keepOf(source, path, pivot) };
}

/** What stands behind the pivot, `/./`. */
function keepOf(
  source: Source,
  path: readonly LayerPath[],
  pivot: number,
): NonNullable<Match['keep']> {
  const [before, below] = [path.slice(0, pivot), path.slice(pivot)];
  const parents = below.slice(0, -1).flatMap((_, at): Kept[] => {
    const names = below.slice(0, at + 1);
    const found = source.find([...before, ...names].join('/'), { follow: true });
    return found === undefined ? [] : [{ found, path: names.join('/') }];
  });
  return { path: below.join('/'), parents };
}

/** Paths that a pattern matches, one component after the other; links in the middle are not entered. */
function* matching(
  source: Source,
  parts: readonly string[],
  deep: boolean,
): Generator<readonly LayerPath[]> {
  const first = parts.findIndex((part) => hasWildcards(part));
  const fixed = parts
    .slice(0, first < 0 ? parts.length : first)
    .map((part) => latin1(unescaped(part)));
  if (first < 0) return yield fixed;
  const top = source.find(fixed.join('/'), { follow: true });
  if (top?.isDirectory !== true) return;
  const seen = new Set<LayerPath>();
  for (const names of below(source, top.path, parts.slice(first), deep)) {
    const key = names.join('/');
    if (seen.has(key)) continue;
    seen.add(key);
    yield [...fixed, ...names];
  }
}

function* below(
  source: Source,
  directory: LayerPath,
  [pattern = '', ...rest]: readonly string[],
  deep: boolean,
): Generator<readonly LayerPath[]> {
  const anyDepth = deep && pattern === '**';
  if (anyDepth && rest.length > 0) yield* below(source, directory, rest, deep);
  const matches = componentMatcher(pattern);
  for (const { name, isDirectory } of source.list(directory)) {
    if (!matches(Buffer.from(name, 'latin1').toString())) continue;
    if (rest.length === 0) yield [name];
    else if (isDirectory) {
      const deeper = anyDepth ? [pattern, ...rest] : rest;
      for (const names of below(source, join(directory, name), deeper, deep))
        yield [name, ...names];
    }
  }
}

/** The entries of a match with their paths relative to it; '' is the match itself. */
export function* entriesOf(
  source: Source,
  { found, base, keep }: Match,
  excludes: Excludes,
): Generator<{ readonly entry: SourceEntry; readonly inside: LayerPath }> {
  const { path: start } = found;
  const inside = (path: LayerPath) => (start === '' ? path : path.slice(start.length + 1));
  const relative = (path: LayerPath): LayerPath => {
    const rest = inside(path);
    if (keep !== undefined) return rest === '' ? keep.path : join(keep.path, rest);
    return rest === '' && !found.isDirectory ? base : rest;
  };
  const include = (path: LayerPath) => !excludes.isClosed(relative(path));
  for (const entry of source.walk({ start, include })) {
    if (excludes.leavesOut(relative(entry.path), entry.kind === 'directory')) continue;
    yield { entry, inside: inside(entry.path) };
  }
}

function partsOf(path: string): string[] {
  return posix
    .normalize(`/${path}`)
    .split('/')
    .filter((part) => part !== '');
}

function latin1(text: string): LayerPath {
  return Buffer.from(text).toString('latin1');
}
