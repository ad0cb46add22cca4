import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { NotFoundError } from '@wharf/core';
import { digestOf, type Digest } from '@wharf/oci';
import type { PackPort } from '../../../layers/ports.js';
import type { BuildFilePort, FileSource, TreePort } from '../../ports.js';

/** Contents by path; directories are not told. */
export type FakeTree = ReadonlyMap<string, string>;

export const sha256 = (text: string | Uint8Array): Digest =>
  digestOf('sha256', createHash('sha256').update(text).digest('hex'));

export async function readTreeOf(directory: string): Promise<FakeTree> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const pairs = files.sort().map(async (file) => {
    return [file.slice(directory.length + 1), await readFile(file, 'utf8')] as const;
  });
  return new Map(await Promise.all(pairs));
}

export interface FakeTrees extends TreePort {
  readonly trees: Map<string, FakeTree>;
  add(files: Readonly<Record<string, string>>): string;
}

export function createFakeTrees(): FakeTrees {
  const trees = new Map<string, FakeTree>();
  const add = (files: FakeTree): string => {
    const digest = sha256(JSON.stringify([...files]));
    trees.set(digest, files);
    return digest;
  };
  const facts = (digest: string) => ({ digest, files: trees.get(digest)?.size ?? 0, bytes: 0 });
  const port: Partial<TreePort> = {
    importDirectory: async ({ directory, subpath }) =>
      facts(add(await readTreeOf(join(directory, subpath)))),
    importFiles: (files) =>
      Promise.resolve(
        facts(
          add(new Map(files.map(({ name, content }) => [name, Buffer.from(content).toString()]))),
        ),
      ),
    facts: (digest) => Promise.resolve(trees.has(digest) ? facts(digest) : undefined),
  };
  return Object.assign(
    { trees, add: (files: object) => add(new Map(Object.entries(files))) },
    port,
  ) as FakeTrees;
}

/** Copies and seals by reading and writing plain files. */
export function createFakeFiles(trees: FakeTrees): BuildFilePort & { readonly calls: string[] } {
  const calls: string[] = [];
  const read = async (source: FileSource): Promise<FakeTree> => {
    if (source.kind === 'tree') return trees.trees.get(source.digest) ?? new Map();
    const all = await Promise.all(source.lower.map(readTreeOf));
    return new Map(all.toReversed().flatMap((tree) => [...tree]));
  };
  const select = async (source: FileSource, path: string): Promise<FakeTree> => {
    const wanted = path.replace(/^\/+/, '');
    const found = [...(await read(source))].flatMap(([name, content]): [string, string][] => {
      if (name === wanted) return [[name.slice(name.lastIndexOf('/') + 1), content]];
      if (wanted === '') return [[name, content]];
      return name.startsWith(`${wanted}/`) ? [[name.slice(wanted.length + 1), content]] : [];
    });
    if (found.length === 0 && wanted !== '') throw new NotFoundError('file', path);
    return new Map(found);
  };
  const write = async (directory: string, files: FakeTree): Promise<void> => {
    for (const [name, content] of files) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), content);
    }
  };
  return {
    calls,
    async copy({ place, items, destination }) {
      calls.push(`copy to ${destination} over ${place.lower.length}`);
      for (const { source, path } of items)
        await write(join(place.upper, destination), await select(source, path));
    },
    async digest({ items }) {
      const all = await Promise.all(items.map(({ source, path }) => select(source, path)));
      const entries = all.flatMap((files, index) =>
        [...files].map(([name, content]) => ({
          path: `${items[index]?.path}/${name}`,
          digest: sha256(content),
        })),
      );
      return { digest: sha256(JSON.stringify(entries)), entries };
    },
    async makeDirectory({ place, path }) {
      const there = await Promise.all(place.lower.map(readTreeOf));
      if (there.some((tree) => tree.has(`${path.slice(1)}/.directory`))) return;
      await write(place.upper, new Map([[`${path.slice(1)}/.directory`, '']]));
    },
    async materialise({ source, path, target }) {
      await mkdir(target);
      await write(target, await select(source, path));
    },
    async seal({ upper, lower, stubs, blob }) {
      calls.push(`seal without ${stubs.join(' ')}`);
      const files = await readTreeOf(upper);
      const size = [...files.values()].join('').length;
      const layer = await fakePack.packLayer(
        { upper, lower, compression: 'none', ...blob },
        { signal: new AbortController().signal },
      );
      return { size, entries: files.size, opaqueRoot: false, layer };
    },
  };
}

/** A layer is the JSON of the files that differ from those below. */
export const fakePack: Pick<PackPort, 'packLayer' | 'identify'> = {
  async packLayer({ upper, lower, compression, targetFile }) {
    const below = new Map(
      (await Promise.all(lower.toReversed().map(readTreeOf))).flatMap((t) => [...t]),
    );
    const files = [...(await readTreeOf(upper))].filter(([name, text]) => below.get(name) !== text);
    const tar = Buffer.from(JSON.stringify(files));
    const bytes = compression === 'none' ? tar : gzipSync(tar);
    if (targetFile !== undefined) await writeFile(targetFile, bytes);
    return {
      diffId: sha256(tar),
      digest: sha256(bytes),
      size: bytes.length,
      uncompressedSize: tar.length,
      entries: files.length,
      leftOut: { sockets: 0, changed: 0, reserved: 0 },
    };
  },
  identify: () => Promise.reject(new NotFoundError('file', 'none')),
};
