import {
  DataLossError,
  decodeTreeDirectory,
  encodeTreeDirectory,
  type TreeEntry,
  type TreeSource,
} from '@wharf/core';

/** A tree and where its pieces are. */
export interface SourcedTree {
  readonly digest: string;
  readonly source: TreeSource;
}

/**
 * The tree without some of its files, which are in a walk because a build needs them and not because they are part of
 * the context. A directory that held nothing else goes with them.
 * @param hidden paths from the root, with slashes
 */
export async function withoutHidden(
  tree: SourcedTree,
  hidden: readonly string[],
): Promise<SourcedTree> {
  if (hidden.length === 0) return tree;
  const { digest, source } = tree;
  const { hash } = process.getBuiltinModule('node:crypto');
  const made = new Map<string, Buffer>();
  const keep = (entries: readonly TreeEntry[]): string => {
    const document = Buffer.from(encodeTreeDirectory({ entries }), 'latin1');
    const name = `sha256:${hash('sha256', document, 'hex')}`;
    made.set(name, document);
    return name;
  };
  const prune = async (
    directory: string,
    paths: readonly (readonly string[])[],
  ): Promise<readonly TreeEntry[]> => {
    const { entries } = decodeTreeDirectory(await documentOf(source, directory));
    const kept: TreeEntry[] = [];
    for (const entry of entries) {
      const inside = paths.filter(([first]) => first === entry.name);
      if (inside.some((path) => path.length === 1)) continue;
      if (inside.length === 0 || entry.kind !== 'directory') kept.push(entry);
      else {
        const rest = await prune(
          entry.digest,
          inside.map((path) => path.slice(1)),
        );
        if (rest.length > 0) kept.push({ ...entry, digest: keep(rest) });
      }
    }
    return kept;
  };
  const root = keep(
    await prune(
      digest,
      hidden.map((path) => Buffer.from(path).toString('latin1').split('/')),
    ),
  );
  return { digest: root, source: withDocuments(source, made) };
}

async function documentOf(source: TreeSource, digest: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const chunk of source.read([digest])) {
    if (chunk.digest !== digest) throw new DataLossError('a piece of the build context is another');
    parts.push(Uint8Array.from(chunk.data));
  }
  return Buffer.concat(parts).toString('latin1');
}

/** Pieces are given in the order in which they are asked for. */
function withDocuments(source: TreeSource, made: ReadonlyMap<string, Buffer>): TreeSource {
  return {
    async *read(digests) {
      let others: string[] = [];
      for (const digest of digests) {
        const data = made.get(digest);
        if (data === undefined) {
          others.push(digest);
          continue;
        }
        if (others.length > 0) yield* source.read(others);
        others = [];
        yield { digest, data, last: true };
      }
      if (others.length > 0) yield* source.read(others);
    },
  };
}
