import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  DataLossError,
  NotFoundError,
  ResourceExhaustedError,
  type CallOptions,
} from '@wharf/core';
import { digestAlgorithm, digestHex, digestOf, type Digest } from '@wharf/oci';

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
  /** data-loss as soon as more bytes come than were promised. */
  write(chunk: Uint8Array): Promise<void>;
  /** Verifies size and digest, makes the bytes durable, and only then gives them their name. On data-loss the bytes are gone. */
  commit(): Promise<void>;
  /** Leaves; what was written stays for the next try. Idempotent, also after commit. */
  close(): Promise<void>;
}

/**
 * Verified bytes by digest below `root`: `blobs/<algorithm>/<hex>`, and `ingest/<hex>` for what is coming. A name below
 * blobs exists only for verified, durable content. One ingest per digest at a time is the caller's business.
 */
export interface ContentStore {
  path(digest: Digest): string;
  /** Size in bytes, or undefined. */
  find(digest: Digest): Promise<number | undefined>;
  /** The whole blob; resource-exhausted above `limit` bytes, not-found when absent. */
  read(digest: Digest, limit: number): Promise<Uint8Array>;
  begin(blob: BlobIdentity, options: CallOptions): Promise<Ingest>;
  /** begin, write, commit of what is in memory. A blob that exists is left alone. */
  put(bytes: Uint8Array, options: CallOptions): Promise<BlobIdentity>;
  remove(digest: Digest): Promise<void>;
  list(): Promise<readonly Digest[]>;
  /** Removes what earlier tries left half done, but for those digests. */
  dropPartial(except: ReadonlySet<string>): Promise<void>;
}

export async function openContentStore(root: string): Promise<ContentStore> {
  for (const algorithm of ['sha256', 'sha512']) {
    await mkdir(join(root, 'blobs', algorithm), { recursive: true, mode: 0o700 });
  }
  await mkdir(join(root, 'ingest'), { recursive: true, mode: 0o700 });
  const path = (digest: Digest): string =>
    join(root, 'blobs', digestAlgorithm(digest), digestHex(digest));
  const find = async (digest: Digest): Promise<number | undefined> => {
    const found = await stat(path(digest)).catch(() => undefined);
    return found?.isFile() === true ? found.size : undefined;
  };
  const begin = (blob: BlobIdentity, options: CallOptions): Promise<Ingest> =>
    beginIngest(join(root, 'ingest', digestHex(blob.digest)), path(blob.digest), blob, options);
  return {
    path,
    find,
    begin,
    read: (digest, limit) => readBlob(path(digest), digest, limit),
    async put(bytes, options) {
      const digest = digestOf('sha256', createHash('sha256').update(bytes).digest('hex'));
      const blob = { digest, size: bytes.byteLength };
      if ((await find(digest)) === undefined) {
        const ingest = await begin(blob, options);
        try {
          await ingest.write(bytes.subarray(ingest.offset));
          await ingest.commit();
        } finally {
          await ingest.close();
        }
      }
      return blob;
    },
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
      for (const name of await readdir(join(root, 'ingest'))) {
        if (!kept.has(name)) await rm(join(root, 'ingest', name), { force: true });
      }
    },
  };
}

async function readBlob(path: string, digest: Digest, limit: number): Promise<Uint8Array> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new NotFoundError('blob', digest);
  if (found.size > limit) {
    throw new ResourceExhaustedError(
      `blob ${digest} has ${found.size} bytes, the limit is ${limit}`,
    );
  }
  return readFile(path);
}

async function beginIngest(
  partial: string,
  final: string,
  blob: BlobIdentity,
  { signal }: CallOptions,
): Promise<Ingest> {
  const file = await open(partial, 'a+', 0o600);
  try {
    return await resumeIngest(file, partial, final, blob, signal);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function resumeIngest(
  file: FileHandle,
  partial: string,
  final: string,
  blob: BlobIdentity,
  signal: AbortSignal,
): Promise<Ingest> {
  let count = (await file.stat()).size;
  if (count > blob.size) {
    await file.truncate(0);
    count = 0;
  }
  const hash = createHash(digestAlgorithm(blob.digest));
  if (count > 0) {
    for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20, signal })) {
      hash.update(chunk as Uint8Array);
    }
  }
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
    offset: count,
    close,
    async write(chunk) {
      count += chunk.byteLength;
      if (count > blob.size) return refuse(`is longer than the promised ${blob.size} bytes`);
      hash.update(chunk);
      await writeAll(file, chunk);
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
