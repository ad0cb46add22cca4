import {
  decodeTreeDirectory,
  encodeTreeDirectory,
  InvalidArgumentError,
  NotFoundError,
  type TreeChunk,
  type TreeEntry,
  type TreeSource,
} from '@wharf/core';
import type { TreeFacts, TreePort } from '../ports.js';
import { digestOfText } from './fake-executors.js';

export interface MemoryTrees extends TreePort {
  readonly pieces: Map<string, Uint8Array>;
  /** Makes a tree of files by path, directories between them. */
  plant(files: Readonly<Record<string, string>>): string;
}

/** A store of trees in memory. */
export function memoryTrees(): MemoryTrees {
  const pieces = new Map<string, Uint8Array>();
  const put = (text: string): string => {
    const digest = digestOfText(text);
    pieces.set(digest, Buffer.from(text));
    return digest;
  };
  const plant = (files: Readonly<Record<string, string>>): string => {
    const entries = new Map<string, TreeEntry>();
    const below = new Map<string, Record<string, string>>();
    for (const [path, content] of Object.entries(files)) {
      const [name = '', ...rest] = path.split('/');
      if (rest.length > 0) below.set(name, { ...below.get(name), [rest.join('/')]: content });
      else if (content.startsWith('-> '))
        entries.set(name, { kind: 'link', name, target: content.slice(3) });
      else {
        const size = Buffer.byteLength(content);
        entries.set(name, { kind: 'file', name, mode: 0o644, digest: put(content), size });
      }
    }
    for (const [name, inner] of below)
      entries.set(name, { kind: 'directory', name, mode: 0o755, digest: plant(inner) });
    const sorted = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return put(encodeTreeDirectory({ entries: sorted }));
  };
  const facts = (digest: string): TreeFacts | undefined => {
    const bytes = pieces.get(digest);
    if (bytes === undefined) return undefined;
    let [files, size] = [0, 0];
    for (const entry of decodeTreeDirectory(Buffer.from(bytes).toString('latin1')).entries) {
      if (entry.kind === 'link') continue;
      const inner = entry.kind === 'directory' ? facts(entry.digest) : pieces.get(entry.digest);
      if (inner === undefined) return undefined;
      files += 'files' in inner ? inner.files : 1;
      size += 'bytes' in inner ? inner.bytes : inner.byteLength;
    }
    return { digest, files, bytes: size };
  };
  return {
    pieces,
    plant,
    missing: (digests) => Promise.resolve(digests.filter((digest) => !pieces.has(digest))),
    async write(chunks) {
      const found = new Map<string, Buffer>();
      for await (const { digest, data } of chunks)
        found.set(digest, Buffer.concat([found.get(digest) ?? Buffer.alloc(0), data]));
      let bytes = 0;
      for (const [digest, data] of found) {
        if (digestOfText(data.toString()) !== digest) throw new InvalidArgumentError(digest);
        pieces.set(digest, data);
        bytes += data.byteLength;
      }
      return { bytes, pieces: found.size };
    },
    read(digest) {
      const found = pieces.get(digest);
      return found === undefined
        ? Promise.reject(new NotFoundError('piece', digest))
        : Promise.resolve(found);
    },
    importDirectory: () => Promise.reject(new InvalidArgumentError('no directories here')),
    importFiles: (files) => {
      const named = files.map(({ name, content }) => [name, Buffer.from(content).toString()]);
      const digest = plant(Object.fromEntries(named) as Record<string, string>);
      return Promise.resolve(facts(digest) ?? { digest, files: 0, bytes: 0 });
    },
    facts: (digest) => Promise.resolve(facts(digest)),
    sweep(kept) {
      const live = new Set<string>();
      const visit = (digest: string): void => {
        const bytes = pieces.get(digest);
        if (bytes === undefined || live.has(digest)) return;
        live.add(digest);
        for (const entry of decodeTreeDirectory(Buffer.from(bytes).toString('latin1')).entries) {
          if (entry.kind === 'file') live.add(entry.digest);
          if (entry.kind === 'directory') visit(entry.digest);
        }
      };
      kept.forEach(visit);
      let bytes = 0;
      for (const [digest, data] of pieces) {
        if (live.has(digest)) continue;
        bytes += data.byteLength;
        pieces.delete(digest);
      }
      return Promise.resolve({ bytes });
    },
  };
}

/** Another store as a client has it. */
export function sourceOf(trees: MemoryTrees): TreeSource {
  return {
    async *read(digests): AsyncGenerator<TreeChunk> {
      await Promise.resolve();
      for (const digest of digests)
        yield { digest, data: trees.pieces.get(digest) ?? new Uint8Array(), last: true };
    },
  };
}
