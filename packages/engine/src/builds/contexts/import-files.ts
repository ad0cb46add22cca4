import { isWharfError, type CallOptions } from '@wharf/core';
import { ignoreFiles } from '@wharf/dockerfile';
import type { TreeFacts, TreePort } from '../ports.js';
import { readTreeFile } from '../trees/read.js';

const maxIgnoreBytes = 4 * 1024 * 1024;

/** The tree of a hostile directory without what its ignore file leaves out. */
export async function importWithIgnore(
  trees: TreePort,
  request: {
    readonly directory: string;
    readonly subpath: string;
    /** Its path, for the ignore file beside it; both are kept. */
    readonly dockerfile: string;
  },
  options: CallOptions,
): Promise<TreeFacts> {
  const { directory, subpath, dockerfile } = request;
  const all = await trees.importDirectory({ directory, subpath, ignore: '', keep: [] }, options);
  const ignore = await readIgnore(trees, all.digest, dockerfile, options);
  if (ignore === undefined) return all;
  const keep = [dockerfile, ...ignoreFiles(dockerfile).map(({ file }) => file)];
  return trees.importDirectory({ directory, subpath, ignore, keep }, options);
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
