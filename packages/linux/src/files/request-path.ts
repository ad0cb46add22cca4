import { InvalidArgumentError } from '@wharf/core';
import { posix } from 'node:path';
import type { LayerPath } from '../unpack/apply/names.js';
import { shownName } from '../unpack/apply/names.js';

const longestPath = 4096;

/** A path as a caller wrote it, taken apart. */
export interface RequestPath {
  /** `.` and `..` resolved as text, without leading slash; '' is the root. */
  readonly name: LayerPath;
  /** Written so that only a directory can be meant: with `/` or `/.` at the end. */
  readonly directory: boolean;
  /** What an archive of it calls it: `.` for the root and after `/.`. */
  readonly base: string;
}

/** @throws InvalidArgumentError for an empty path, one with a NUL and one that is longer than PATH_MAX */
export function parseRequestPath(text: string): RequestPath {
  if (text === '') throw new InvalidArgumentError('the path in the container must not be empty');
  const bytes = Buffer.from(text);
  if (bytes.length > longestPath || bytes.includes(0)) {
    throw new InvalidArgumentError(
      `the path ${shownName(bytes.toString('latin1'))} is longer than ${longestPath} bytes or contains a NUL character`,
    );
  }
  const clean = posix
    .normalize(`/${bytes.toString('latin1')}`)
    .replace(/\/$/, '')
    .slice(1);
  const dotted = /(^|\/)\.$/.test(text);
  const directory = dotted || text.endsWith('/') || clean === '';
  return { name: clean, directory, base: dotted || clean === '' ? '.' : posix.basename(clean) };
}
