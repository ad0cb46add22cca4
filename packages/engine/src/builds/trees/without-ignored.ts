import { createHash } from 'node:crypto';
import { encodeTreeDirectory, type CallOptions, type TreeChunk, type TreeEntry } from '@wharf/core';
import { IgnoreFilter, parseIgnoreInTurns, type Directory } from '@wharf/dockerfile';
import { inTurns } from '../../concurrency/pace.js';
import type { TreePort } from '../ports.js';
import { readDirectory } from './read.js';

type Trees = Pick<TreePort, 'read' | 'write'>;

/**
 * The tree without what the lines of an ignore file leave out; of an ignored directory what they take back stays, and it with it.
 * @returns its digest
 */
export async function withoutIgnored(
  trees: Trees,
  tree: string,
  ignore: string,
  options: CallOptions,
): Promise<string> {
  const rules = await inTurns(parseIgnoreInTurns(ignore), options);
  const filter = new IgnoreFilter(rules, []);
  const made = new Map<string, Buffer>();
  const documentOf = (entries: readonly TreeEntry[]): string => {
    const document = Buffer.from(encodeTreeDirectory({ entries }), 'latin1');
    const digest = `sha256:${createHash('sha256').update(document).digest('hex')}`;
    made.set(digest, document);
    return digest;
  };
  const keep = async (digest: string, path: string, below: Directory): Promise<TreeEntry[]> => {
    options.signal.throwIfAborted();
    const { entries } = await readDirectory(trees, digest, options);
    const kept: TreeEntry[] = [];
    for (const entry of entries) {
      const inside = path === '' ? entry.name : `${path}/${entry.name}`;
      const verdict = filter.judge(below, inside, Buffer.from(entry.name, 'latin1').toString());
      if (verdict.isSkippable) continue;
      if (entry.kind !== 'directory') {
        if (!verdict.isIgnored) kept.push(entry);
        continue;
      }
      const rest = await keep(entry.digest, inside, verdict.below);
      if (rest.length > 0 || !verdict.isIgnored) kept.push({ ...entry, digest: documentOf(rest) });
    }
    return kept;
  };
  const root = documentOf(await keep(tree, '', filter.root));
  await trees.write(chunksOf(made), options);
  return root;
}

async function* chunksOf(made: ReadonlyMap<string, Uint8Array>): AsyncGenerator<TreeChunk> {
  await Promise.resolve();
  for (const [digest, data] of made) yield { digest, data, last: true };
}
