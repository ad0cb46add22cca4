import { InvalidArgumentError } from '@wharf/core';
import { join } from '../unpack/apply/directories.js';
import type { LayerPath } from '../unpack/apply/names.js';
import { cleanName } from '../unpack/apply/names.js';
import type { TarEntry, TarSink } from '../tar/entry.js';

/**
 * Hands an archive on as if it were one of the root: names, and targets of hard links, lie below `directory`, which itself
 * stays as it is. With an owner, all of it is theirs.
 */
export class PlacedSink implements TarSink {
  readonly #sink: TarSink;
  readonly #directory: LayerPath;
  readonly #owner: Partial<Pick<TarEntry, 'uid' | 'gid'>>;

  constructor(sink: TarSink, directory: LayerPath, owner?: Pick<TarEntry, 'uid' | 'gid'>) {
    this.#sink = sink;
    this.#directory = directory;
    this.#owner = owner ?? {};
  }

  entry(entry: TarEntry): void {
    const name = cleanName(entry.path);
    if (name !== '') {
      const link = entry.type === 'hardlink' ? this.#below(cleanName(entry.link)) : entry.link;
      this.#sink.entry({ ...entry, ...this.#owner, path: this.#below(name), link });
    } else if (entry.type !== 'directory') {
      throw new InvalidArgumentError(`the archive is refused: "." is a ${entry.type}`);
    }
  }

  data(chunk: Buffer, start: number, end: number, position: number): void {
    this.#sink.data(chunk, start, end, position);
  }

  end(): void {
    this.#sink.end();
  }

  #below(name: LayerPath): Buffer {
    return Buffer.from(join(this.#directory, name), 'latin1');
  }
}
