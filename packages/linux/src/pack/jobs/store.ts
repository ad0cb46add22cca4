import { createHash } from 'node:crypto';
import { closeSync, constants, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { CancelledError } from '@wharf/core';
import { compress } from '../../compression/compress.js';
import { faultOf } from '../../unpack/apply/faults.js';
import type { Output } from './protocol.js';

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
const progressBytes = 4 << 20;

/** How a job hears of the world. */
export interface JobIo {
  readonly stopped: () => boolean;
  /** Bytes of the uncompressed archive so far. */
  readonly onProgress: (bytes: number) => void;
}

export interface Stored {
  readonly diffId: string;
  readonly digest: string;
  readonly size: number;
  readonly uncompressedSize: number;
}

/**
 * Hashes, compresses, hashes and writes an archive in one pass, and makes it durable unless it need not last (the name in its
 * directory is the caller's). A file that is in the way is replaced; when it fails nothing stays.
 */
export async function store(
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  output: Output,
  io: JobIo,
): Promise<Stored> {
  const tar = new Hashed(source, io);
  const { compression, level, targetFile, lasting = true } = output;
  const plain = compression === 'none';
  // Stopping is noticed where the source is read.
  const { signal } = new AbortController();
  const options = level === undefined ? { signal } : { signal, level };
  const sink = targetFile === undefined ? nowhere : openSink(targetFile);
  let done = false;
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of compress(tar.chunks(), compression, options)) {
      if (!plain) hash.update(chunk);
      size += chunk.length;
      sink.write(chunk);
    }
    if (lasting) sink.sync();
    done = true;
    const diffId = tar.digest();
    const digest = plain ? diffId : `sha256:${hash.digest('hex')}`;
    return { diffId, digest, size, uncompressedSize: tar.bytes };
  } finally {
    sink.close(done);
  }
}

interface Sink {
  write(chunk: Buffer): void;
  sync(): void;
  close(keep: boolean): void;
}

const nowhere: Sink = {
  write: () => undefined,
  sync: () => undefined,
  close: () => undefined,
};

function openSink(path: string): Sink {
  const fd = create(path);
  return {
    write: (chunk) => write(fd, chunk, path),
    sync: () => fsyncSync(fd),
    close(keep) {
      closeSync(fd);
      if (!keep) rmSync(path, { force: true });
    },
  };
}

function create(path: string): number {
  try {
    return openSync(path, flags, 0o600);
  } catch (error) {
    throw faultOf(error, Buffer.from(path).toString('latin1'), 'created');
  }
}

function write(fd: number, chunk: Buffer, path: string): void {
  try {
    for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
  } catch (error) {
    throw faultOf(error, Buffer.from(path).toString('latin1'), 'written');
  }
}

/** Counts and hashes what passes. */
export class Hashed {
  bytes = 0;
  readonly #hash = createHash('sha256');
  readonly #source: Iterable<Buffer> | AsyncIterable<Buffer>;
  readonly #io: JobIo;

  constructor(source: Iterable<Buffer> | AsyncIterable<Buffer>, io: JobIo) {
    this.#source = source;
    this.#io = io;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    let reported = 0;
    for await (const chunk of this.#source) {
      if (this.#io.stopped()) throw new CancelledError();
      this.#hash.update(chunk);
      this.bytes += chunk.length;
      yield chunk;
      if (this.bytes - reported < progressBytes) continue;
      reported = this.bytes;
      this.#io.onProgress(reported);
    }
  }

  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
