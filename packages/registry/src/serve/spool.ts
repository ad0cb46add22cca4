import { createHash, randomBytes, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, type Digest } from '@wharf/oci';
import { noRoom, noRoomStatus, Refusal, refusalOf } from './refusal.js';

/** Bytes of a blob that is being uploaded, whose digest only its end will tell. */
export interface Upload {
  readonly session: string;
  readonly repository: string;
  readonly size: number;
  append(chunks: AsyncIterable<Uint8Array>): Promise<void>;
  digest(): Digest;
  read(offset: number): AsyncIterable<Uint8Array>;
  discard(): Promise<void>;
}

export interface SpoolLimits {
  /** Uploads that are open at once. */
  readonly uploads: number;
  /** Bytes of one blob. */
  readonly blobBytes: number;
  /** Milliseconds after which an upload that nobody touches is forgotten. */
  readonly idleMs: number;
  /** Bytes of the file system that uploads leave to others. */
  readonly reserveBytes: number;
}

export const defaultSpoolLimits: SpoolLimits = {
  uploads: 64,
  blobBytes: 64 * 2 ** 30,
  idleMs: 60 * 60_000,
  reserveBytes: 64 * 2 ** 20,
};

/** The free space is looked at each time that uploads have taken so much more together. */
const lookEveryBytes = 4 * 2 ** 20;

/** Uploads in files of a directory of ours. They do not outlive the daemon: clients begin again. */
export class Spool {
  readonly #directory: string;
  readonly #limits: SpoolLimits;
  readonly #uploads = new Map<string, FileUpload>();
  #expiry: NodeJS.Timeout | undefined;
  #unlooked = 0;

  constructor(directory: string, limits: SpoolLimits = defaultSpoolLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async begin(repository: string): Promise<Upload> {
    if (this.#uploads.size >= this.#limits.uploads) {
      throw new Refusal(429, 'TOOMANYREQUESTS', 'too many uploads are open, try again later');
    }
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await this.#needRoom();
    const session = randomBytes(16).toString('hex');
    const path = join(this.#directory, session);
    const file = await open(path, 'wx', 0o600);
    const upload = new FileUpload(session, repository, path, file, {
      limit: this.#limits.blobBytes,
      forget: () => this.#uploads.delete(session),
      grow: (bytes) => this.#grow(bytes),
    });
    this.#uploads.set(session, upload);
    this.#expireLater();
    return upload;
  }

  /** @throws Refusal BLOB_UPLOAD_UNKNOWN */
  get(repository: string, session: string): Upload {
    const upload = this.#uploads.get(session);
    if (upload?.repository !== repository) {
      throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'there is no such upload, begin again');
    }
    return upload;
  }

  async close(): Promise<void> {
    clearTimeout(this.#expiry);
    for (const upload of this.#uploads.values()) await upload.discard();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Wakes when the upload that was touched least lately has its time. */
  #expireLater(): void {
    clearTimeout(this.#expiry);
    if (this.#uploads.size === 0) return;
    const oldest = Math.min(...[...this.#uploads.values()].map(({ touched }) => touched));
    const left = Math.max(0, oldest + this.#limits.idleMs - Date.now());
    this.#expiry = setTimeout(() => this.#expire(), left + 1);
    this.#expiry.unref();
  }

  #expire(): void {
    const oldest = Date.now() - this.#limits.idleMs;
    for (const upload of this.#uploads.values()) {
      // A file that cannot be removed now goes at the next start.
      if (upload.touched <= oldest) upload.discard().catch(() => undefined);
    }
    this.#expireLater();
  }

  async #grow(bytes: number): Promise<void> {
    this.#unlooked += bytes;
    if (this.#unlooked < lookEveryBytes) return;
    this.#unlooked = 0;
    await this.#needRoom();
  }

  /** @throws Refusal 507 */
  async #needRoom(): Promise<void> {
    const { bavail, bsize } = await statfs(this.#directory);
    if (bavail * bsize < this.#limits.reserveBytes) throw noRoom();
  }
}

interface UploadPlace {
  readonly limit: number;
  readonly forget: () => void;
  /** Told before so many bytes are written; rejects when there is no room. */
  readonly grow: (bytes: number) => Promise<void>;
}

class FileUpload implements Upload {
  readonly session: string;
  readonly repository: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #place: UploadPlace;
  readonly #hash: Hash = createHash('sha256');
  #busy = false;
  #gone = false;
  size = 0;
  touched = Date.now();

  constructor(
    session: string,
    repository: string,
    path: string,
    file: FileHandle,
    place: UploadPlace,
  ) {
    this.session = session;
    this.repository = repository;
    this.#path = path;
    this.#file = file;
    this.#place = place;
  }

  async append(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#busy) {
      throw new Refusal(409, 'BLOB_UPLOAD_INVALID', 'another request writes to this upload');
    }
    this.#busy = true;
    try {
      for await (const chunk of chunks) await this.#write(chunk);
    } catch (error) {
      // What came so far would keep the disk full.
      if (refusalOf(error)?.status === noRoomStatus) await this.discard();
      throw error;
    } finally {
      this.#busy = false;
      this.touched = Date.now();
    }
  }

  digest(): Digest {
    return digestOf('sha256', this.#hash.copy().digest('hex'));
  }

  read(offset: number): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, { start: offset, highWaterMark: 1 << 20 });
  }

  async discard(): Promise<void> {
    if (this.#gone) return;
    this.#gone = true;
    this.#place.forget();
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#gone) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'the upload was cancelled');
    const { limit, grow } = this.#place;
    if (this.size + chunk.byteLength > limit) {
      throw new Refusal(413, 'SIZE_INVALID', `a blob has at most ${limit} bytes`);
    }
    await grow(chunk.byteLength);
    await this.#file.appendFile(chunk);
    this.#hash.update(chunk);
    this.size += chunk.byteLength;
    this.touched = Date.now();
  }
}
