import type { CallOptions, SyncedTree, TreeSource } from '@wharf/core';
import { FailedPreconditionError, ResourceExhaustedError } from '@wharf/core';
import type { TreePort } from '../ports.js';
import { readDirectory } from './read.js';

type Trees = Pick<TreePort, 'missing' | 'write' | 'read' | 'facts'>;

/** Asked for with one call. */
const batch = 2000;
/** Documents read at a time. */
const readers = 16;
const maxDirectories = 1_000_000;

/** Makes all that a tree reaches be here, a level of directories after the other. */
export async function syncTree(
  trees: Trees,
  digest: string,
  source: TreeSource,
  options: CallOptions,
): Promise<SyncedTree> {
  const total = { receivedBytes: 0, receivedPieces: 0 };
  if ((await trees.facts(digest, options)) !== undefined) return total;
  const bring = async (digests: readonly string[]): Promise<void> => {
    for (let at = 0; at < digests.length; at += batch) {
      const missing = await trees.missing(digests.slice(at, at + batch), options);
      if (missing.length === 0) continue;
      const { bytes, pieces } = await trees.write(source.read(missing), options);
      total.receivedBytes += bytes;
      total.receivedPieces += pieces;
    }
  };
  const seen = new Set([digest]);
  for (let level: readonly string[] = [digest]; level.length > 0;) {
    await bring(level);
    const children = await childrenOf(trees, level, options);
    await bring([...children.files]);
    const unseen = [...children.directories].filter((one) => !seen.has(one));
    for (const one of unseen) seen.add(one);
    level = await incomplete(trees, unseen, options);
    if (seen.size > maxDirectories)
      throw new ResourceExhaustedError(
        `the build context has more than ${maxDirectories} directories: leave some out by .dockerignore`,
      );
  }
  if ((await trees.facts(digest, options)) === undefined)
    throw new FailedPreconditionError(
      `pieces of the build context ${digest} were collected while it came, send it again`,
    );
  return total;
}

/** Most are as in the build before. */
async function incomplete(
  trees: Trees,
  directories: readonly string[],
  options: CallOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < directories.length; at += readers) {
    const group = directories.slice(at, at + readers);
    const facts = await Promise.all(group.map((one) => trees.facts(one, options)));
    found.push(...group.filter((_, index) => facts[index] === undefined));
  }
  return found;
}

async function childrenOf(
  trees: Trees,
  level: readonly string[],
  options: CallOptions,
): Promise<{ readonly files: ReadonlySet<string>; readonly directories: ReadonlySet<string> }> {
  const files = new Set<string>();
  const directories = new Set<string>();
  for (let at = 0; at < level.length; at += readers) {
    const group = level.slice(at, at + readers);
    for (const { entries } of await Promise.all(
      group.map((one) => readDirectory(trees, one, options)),
    )) {
      for (const entry of entries) {
        if (entry.kind === 'file') files.add(entry.digest);
        else if (entry.kind === 'directory') directories.add(entry.digest);
      }
    }
  }
  return { files, directories };
}
