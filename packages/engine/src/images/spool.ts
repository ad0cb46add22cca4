import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallOptions } from '@wharf/core';
import { digestOf } from '@wharf/oci';
import type { BlobIdentity } from '../content/content.js';

/** Names below the temporary directory by which our files are known again after a crash. */
export const spoolPrefixes = ['layer-', 'load-', 'import-', 'commit-', 'base-', 'verify-'] as const;

/** Removes what an earlier daemon left below `temporary`. Call it before anything else works there. */
export async function sweepSpool(temporary: string): Promise<void> {
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  for (const name of await readdir(temporary)) {
    if (spoolPrefixes.some((prefix) => name.startsWith(prefix)))
      await rm(join(temporary, name), { recursive: true, force: true });
  }
}

const headBytes = 6;

/** A file of ours that is being written, hashed and counted. */
export class SpoolFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #size = 0;
  #head = Buffer.alloc(0);

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static async create(path: string): Promise<SpoolFile> {
    return new SpoolFile(path, await open(path, 'wx', 0o600));
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#head.length < headBytes)
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, headBytes)]);
    this.#size += chunk.byteLength;
    const written = this.#writeAll(chunk);
    this.#hash.update(chunk);
    await written;
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    let done = 0;
    while (done < chunk.byteLength) done += (await this.#file.write(chunk, done)).bytesWritten;
  }

  /** Its first bytes, by which a compression is told. */
  get head(): Buffer {
    return this.#head;
  }

  /** Closes it; durable unless it is to be thrown away anyhow. */
  async end({ durable }: { readonly durable: boolean }): Promise<BlobIdentity> {
    if (durable) await this.#file.sync();
    await this.#file.close();
    return { digest: digestOf('sha256', this.#hash.digest('hex')), size: this.#size };
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }
}

/** Writes a whole stream to a file that does not exist yet. */
export async function spool(
  path: string,
  source: AsyncIterable<Uint8Array>,
  { signal }: CallOptions,
): Promise<BlobIdentity> {
  const file = await SpoolFile.create(path);
  try {
    for await (const chunk of source) {
      signal.throwIfAborted();
      await file.write(chunk);
    }
    return await file.end({ durable: true });
  } finally {
    await file.close();
  }
}
