import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync } from 'node:fs';
import type { Contents } from './contents.js';
import { writeAll } from './write-all.js';

/** A piece that is written before its digest is known for sure; what was not finished goes when it is disposed of. */
export class PieceWriter implements Disposable {
  readonly #contents: Pick<Contents, 'temporary' | 'name' | 'find'>;
  readonly #path: string;
  readonly #hash = createHash('sha256');
  #fd: number | undefined;
  #named = false;
  size = 0;

  constructor(contents: Pick<Contents, 'temporary' | 'name' | 'find'>) {
    this.#contents = contents;
    this.#path = contents.temporary();
    this.#fd = openSync(this.#path, 'wx', 0o600);
  }

  push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    writeAll(this.#fd ?? -1, bytes);
    this.size += bytes.length;
  }

  /** The digest of all that was pushed. */
  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }

  /** Gives it its name, unless there is such a piece already. */
  keep(digest: string): void {
    this.#close();
    if (this.#contents.find(digest) !== undefined) return;
    this.#contents.name(this.#path, digest);
    this.#named = true;
  }

  [Symbol.dispose](): void {
    this.#close();
    if (!this.#named) rmSync(this.#path, { force: true });
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
