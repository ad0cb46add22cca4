import { isWharfError, type CallOptions } from '@wharf/core';
import { ignoreFiles } from '@wharf/dockerfile';
import type { TreePort } from '../ports.js';
import { readTreeFile } from '../trees/read.js';
import { withoutIgnored } from '../trees/without-ignored.js';

const maxIgnoreBytes = 4 * 1024 * 1024;

/** A tree and what of it is copied; what is ignored is still there for the build itself: the Dockerfile, the ignore file. */
export interface FilteredTree {
  readonly whole: string;
  readonly tree: string;
}

/** @param dockerfile its path, for the ignore file beside it */
export async function applyIgnore(
  trees: Pick<TreePort, 'read' | 'write'>,
  whole: string,
  dockerfile: string,
  options: CallOptions,
): Promise<FilteredTree> {
  const ignore = await readIgnore(trees, whole, dockerfile, options);
  if (ignore === undefined) return { whole, tree: whole };
  return { whole, tree: await withoutIgnored(trees, whole, ignore, options) };
}

/** The text of the ignore file that counts; undefined without one. */
export async function readIgnore(
  trees: Pick<TreePort, 'read'>,
  tree: string,
  dockerfile: string,
  options: CallOptions,
): Promise<string | undefined> {
  for (const { file } of ignoreFiles(dockerfile)) {
    try {
      const bytes = await readTreeFile(trees, { tree, path: file, limit: maxIgnoreBytes }, options);
      return Buffer.from(bytes).toString();
    } catch (error) {
      if (!isWharfError(error) || error.code !== 'not-found') throw error;
    }
  }
  return undefined;
}
