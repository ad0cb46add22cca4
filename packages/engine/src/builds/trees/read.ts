import {
  decodeTreeDirectory,
  InvalidArgumentError,
  NotFoundError,
  ResourceExhaustedError,
  type CallOptions,
  type TreeDirectory,
  type TreeEntry,
} from '@wharf/core';
import type { TreePort } from '../ports.js';

type Reader = Pick<TreePort, 'read'>;

/** As many as path_resolution(7) follows. */
const maxLinks = 40;

export async function readDirectory(
  trees: Reader,
  digest: string,
  options: CallOptions,
): Promise<TreeDirectory> {
  return decodeTreeDirectory(Buffer.from(await trees.read(digest, options)).toString('latin1'));
}

/**
 * A file of a tree, links followed inside of it. not-found; invalid-argument for what is no file; resource-exhausted above
 * `limit` bytes.
 */
export async function readTreeFile(
  trees: Reader,
  { tree, path, limit }: { readonly tree: string; readonly path: string; readonly limit: number },
  options: CallOptions,
): Promise<Uint8Array> {
  const entry = await findTreeFile(trees, tree, path, options);
  if (entry.size > limit)
    throw new ResourceExhaustedError(`${path} has ${entry.size} bytes, the limit is ${limit}`);
  return trees.read(entry.digest, options);
}

/** A file of a tree, links followed inside of it. not-found; invalid-argument for what is no file. */
export async function findTreeFile(
  trees: Reader,
  tree: string,
  path: string,
  options: CallOptions,
): Promise<Extract<TreeEntry, { kind: 'file' }>> {
  const entry = await findEntry(trees, tree, path, options);
  if (entry.kind === 'file') return entry;
  throw new InvalidArgumentError(`${path} is a directory, not a file`);
}

async function findEntry(
  trees: Reader,
  tree: string,
  path: string,
  options: CallOptions,
): Promise<Exclude<TreeEntry, { kind: 'link' }>> {
  const missing = (): NotFoundError => new NotFoundError('file in the build context', path);
  const waiting = parts(Buffer.from(path).toString('latin1')).reverse();
  const above: Exclude<TreeEntry, { kind: 'link' }>[] = [
    { kind: 'directory', name: '', mode: 0o755, digest: tree },
  ];
  let links = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === '..') {
      if (above.length > 1) above.pop();
      continue;
    }
    const here = above.at(-1);
    if (here?.kind !== 'directory') throw missing();
    const { entries } = await readDirectory(trees, here.digest, options);
    const found = entries.find((entry) => entry.name === name);
    if (found === undefined) throw missing();
    if (found.kind !== 'link') {
      above.push(found);
      continue;
    }
    if (++links > maxLinks) throw new InvalidArgumentError(`${path} leads through too many links`);
    if (found.target.startsWith('/')) above.length = 1;
    waiting.push(...parts(found.target).reverse());
  }
  return above.at(-1) ?? Promise.reject(missing());
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
