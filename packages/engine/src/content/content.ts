import { createHash, type Hash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  DataLossError,
  NotFoundError,
  ResourceExhaustedError,
  type CallOptions,
} from '@wharf/core';
import { digestAlgorithm, digestHex, digestOf, type Digest } from '@wharf/oci';
import { KeyLock } from '../concurrency/key-lock.js';
import { isDiskFull } from '../disk/full.js';

/** What a blob must turn out to be. */
export interface BlobIdentity {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Bytes on their way in: on disk, hashed and counted, but not yet a blob. */
export interface Ingest {
  /** Bytes that are there already (from an earlier, interrupted try). */
  readonly offset: number;
  /** data-loss as soon as more bytes come than were promised. Of what does not fit on the disk nothing is kept. */
  write(chunk: Uint8Array): Promise<void>;
  /** Verifies size and digest, makes the bytes durable, and only then gives them their name. On data-loss the bytes are gone. */
  commit(): Promise<void>;
  /** Leaves; what was written stays for the next try. Idempotent, also after commit. */
  close(): Promise<void>;
}

export interface StreamOptions extends CallOptions {
  /** First byte; 0 unless given. */
  readonly offset?: number;
}

/**
 * Verified bytes by digest below `root`: `blobs/<algorithm>/<hex>`, and for what is coming `ingest/<hex>`, which the next
 * try goes on with, and `ingest/<hex>.<n>`, which ends with its maker. A name below blobs exists only for verified,
 * durable content.
 */
export interface ContentStore {
  path(digest: Digest): string;
  /** Size in bytes, or undefined. */
  find(digest: Digest): Promise<number | undefined>;
  /** The whole blob; resource-exhausted above `limit` bytes, not-found when absent. */
  read(digest: Digest, limit: number): Promise<Uint8Array>;
  /** The bytes from `offset` on in pieces of 1 MiB, one read ahead; not-found when absent. A piece is the reader's to keep. */
  stream(digest: Digest, options: StreamOptions): AsyncIterable<Uint8Array>;
  /** Goes on with what an earlier try left. One at a time per digest: the next one waits until the first is closed. */
  begin(blob: BlobIdentity, options: CallOptions): Promise<Ingest>;
  /** An ingest of its own that nobody shares, waits for or goes on with; closing it without commit drops the bytes. */
  beginOwn(blob: BlobIdentity): Promise<Ingest>;
  /**
   * Takes over a file of ours on the same file system whose maker has hashed it, counted it and made it durable. The file
   * is gone afterwards, also when the blob was there already. data-loss when it has another size.
   */
  adoptFile(path: string, blob: BlobIdentity): Promise<void>;
  /** Bytes that an interrupted `begin` has left; 0 without one. */
  partial(digest: Digest): Promise<number>;
  /** begin, write, commit of what is in memory. A blob that exists is left alone. */
  put(bytes: Uint8Array, options: CallOptions): Promise<BlobIdentity>;
  remove(digest: Digest): Promise<void>;
  list(): Promise<readonly Digest[]>;
  /** Removes what earlier tries left half done, but for those digests. */
  dropPartial(except: ReadonlySet<string>): Promise<void>;
}

export async function openContentStore(root: string): Promise<ContentStore> {
  const ingests = join(root, 'ingest');
  for (const algorithm of ['sha256', 'sha512']) {
    await mkdir(join(root, 'blobs', algorithm), { recursive: true, mode: 0o700 });
  }
  await mkdir(ingests, { recursive: true, mode: 0o700 });
  for (const name of await readdir(ingests)) {
    if (name.includes('.')) await rm(join(ingests, name), { force: true });
  }
  const locks = new KeyLock();
  let own = 0;
  const path = (digest: Digest): string =>
    join(root, 'blobs', digestAlgorithm(digest), digestHex(digest));
  const shared = (digest: Digest): string => join(ingests, digestHex(digest));
  const find = (digest: Digest): Promise<number | undefined> =>
    Promise.resolve(sizeOfFile(path(digest)));
  const beginOwn = (blob: BlobIdentity): Promise<Ingest> =>
    startIngest(`${shared(blob.digest)}.${own++}`, path(blob.digest), blob);
  return {
    path,
    find,
    beginOwn,
    read: (digest, limit) => readBlob(path(digest), digest, limit),
    stream: (digest, options) => streamFile(path(digest), digest, options),
    partial: (digest) => Promise.resolve(sizeOfFile(shared(digest)) ?? 0),
    async begin(blob, options) {
      const lock = await locks.acquire(blob.digest, options);
      try {
        const ingest = await resumeIngest(shared(blob.digest), path(blob.digest), blob, options);
        const close = async (): Promise<void> => {
          await ingest.close();
          await lock[Symbol.asyncDispose]();
        };
        return { ...ingest, close };
      } catch (error) {
        await lock[Symbol.asyncDispose]();
        throw error;
      }
    },
    async put(bytes) {
      const digest = digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));
      const blob = { digest, size: bytes.byteLength };
      if ((await find(digest)) !== undefined) return blob;
      const ingest = await beginOwn(blob);
      try {
        await ingest.write(bytes);
        await ingest.commit();
      } finally {
        await ingest.close();
      }
      return blob;
    },
    adoptFile: (file, blob) => adoptFile(file, path(blob.digest), blob),
    remove: (digest) => rm(path(digest), { force: true }),
    async list() {
      const found: Digest[] = [];
      for (const algorithm of ['sha256', 'sha512'] as const) {
        for (const hex of await readdir(join(root, 'blobs', algorithm)))
          found.push(digestOf(algorithm, hex));
      }
      return found;
    },
    async dropPartial(except) {
      const kept = new Set([...except].map((digest) => digest.slice(digest.indexOf(':') + 1)));
      for (const name of await readdir(ingests)) {
        if (!name.includes('.') && !kept.has(name)) await rm(join(ingests, name), { force: true });
      }
    },
  };
}

/** In a few microseconds: to go to a thread and back takes longer. */
function sizeOfFile(path: string): number | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() === true ? found.size : undefined;
  } catch {
    return undefined;
  }
}

async function adoptFile(file: string, final: string, blob: BlobIdentity): Promise<void> {
  try {
    const size = sizeOfFile(file);
    if (size !== blob.size) {
      throw new DataLossError(`the file for ${blob.digest} has ${size} of ${blob.size} bytes`);
    }
    if (sizeOfFile(final) === undefined) {
      await rename(file, final);
      await syncDirectory(dirname(final));
    }
  } finally {
    await rm(file, { force: true });
  }
}

async function readBlob(path: string, digest: Digest, limit: number): Promise<Uint8Array> {
  const size = sizeOfFile(path);
  if (size === undefined) throw new NotFoundError('blob', digest);
  if (size > limit) {
    throw new ResourceExhaustedError(`blob ${digest} has ${size} bytes, the limit is ${limit}`);
  }
  return readFile(path);
}

async function resumeIngest(
  partial: string,
  final: string,
  blob: BlobIdentity,
  { signal }: CallOptions,
): Promise<Ingest> {
  const hash = createHash(digestAlgorithm(blob.digest));
  const file = await open(partial, 'a+', 0o600);
  try {
    let count = (await file.stat()).size;
    if (count > blob.size) {
      await file.truncate(0);
      count = 0;
    }
    if (count > 0) {
      for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20, signal }))
        hash.update(chunk as Uint8Array);
    }
    return ingestInto(file, hash, count, { partial, final, blob, keeps: true });
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function startIngest(partial: string, final: string, blob: BlobIdentity): Promise<Ingest> {
  const hash = createHash(digestAlgorithm(blob.digest));
  const file = await open(partial, 'wx', 0o600);
  return ingestInto(file, hash, 0, { partial, final, blob, keeps: false });
}

interface IngestPlace {
  readonly partial: string;
  readonly final: string;
  readonly blob: BlobIdentity;
  /** Whether the bytes stay when it is closed before its end. */
  readonly keeps: boolean;
}

function ingestInto(file: FileHandle, hash: Hash, offset: number, place: IngestPlace): Ingest {
  const { partial, final, blob } = place;
  let count = offset;
  let open_ = true;
  const close = async (): Promise<void> => {
    if (!open_) return;
    open_ = false;
    await file.close();
  };
  const refuse = async (why: string): Promise<never> => {
    await file.truncate(0);
    await close();
    await rm(partial, { force: true });
    throw new DataLossError(`content of ${blob.digest} ${why}`);
  };
  return {
    offset,
    async close() {
      if (open_ && !place.keeps) await rm(partial, { force: true });
      await close();
    },
    async write(chunk) {
      count += chunk.byteLength;
      if (count > blob.size) return refuse(`is longer than the promised ${blob.size} bytes`);
      const written = writeAll(file, chunk);
      hash.update(chunk);
      try {
        await written;
      } catch (error) {
        if (isDiskFull(error)) await rm(partial, { force: true });
        throw error;
      }
    },
    async commit() {
      if (count !== blob.size)
        throw new DataLossError(
          `content of ${blob.digest} ended after ${count} of ${blob.size} bytes`,
        );
      const actual = hash.digest('hex');
      if (actual !== digestHex(blob.digest)) return refuse(`has another digest: ${actual}`);
      await file.sync();
      await close();
      await rename(partial, final);
      await syncDirectory(dirname(final));
    },
  };
}

const pieceBytes = 1 << 20;

async function* streamFile(
  path: string,
  digest: Digest,
  { signal, offset = 0 }: StreamOptions,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new NotFoundError('blob', digest, { cause });
  });
  let next: Promise<Uint8Array> | undefined;
  try {
    let at = offset;
    const read = async (from: number): Promise<Uint8Array> => {
      const buffer = Buffer.allocUnsafeSlow(pieceBytes);
      const { bytesRead } = await file.read(buffer, 0, pieceBytes, from);
      return buffer.subarray(0, bytesRead);
    };
    for (next = read(at); ;) {
      const piece = await next;
      signal.throwIfAborted();
      if (piece.byteLength === 0) return;
      at += piece.byteLength;
      next = read(at);
      yield piece;
    }
  } finally {
    await next?.catch(() => undefined);
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.byteLength) done += (await file.write(chunk, done)).bytesWritten;
}

/** fsync(2) of a directory: makes the names in it durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
