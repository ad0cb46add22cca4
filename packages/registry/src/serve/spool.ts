import { createHash, randomBytes, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, type Digest } from '@wharf/oci';
import { Refusal } from './refusal.js';

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
}

export const defaultSpoolLimits: SpoolLimits = {
  uploads: 64,
  blobBytes: 64 * 2 ** 30,
  idleMs: 60 * 60_000,
};

/** Uploads in files of a directory of ours. They do not outlive the daemon: clients begin again. */
export class Spool {
  readonly #directory: string;
  readonly #limits: SpoolLimits;
  readonly #uploads = new Map<string, FileUpload>();

  constructor(directory: string, limits: SpoolLimits = defaultSpoolLimits) {
    this.#directory = directory;
    this.#limits = limits;
  }

  async begin(repository: string): Promise<Upload> {
    await this.#expire();
    if (this.#uploads.size >= this.#limits.uploads) {
      throw new Refusal(429, 'TOOMANYREQUESTS', 'too many uploads are open, try again later');
    }
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const session = randomBytes(16).toString('hex');
    const path = join(this.#directory, session);
    const file = await open(path, 'wx', 0o600);
    const upload = new FileUpload(session, repository, path, file, this.#limits.blobBytes, () =>
      this.#uploads.delete(session),
    );
    this.#uploads.set(session, upload);
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
    for (const upload of this.#uploads.values()) await upload.discard();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #expire(): Promise<void> {
    const oldest = Date.now() - this.#limits.idleMs;
    for (const upload of this.#uploads.values()) {
      if (upload.touched < oldest) await upload.discard();
    }
  }
}

class FileUpload implements Upload {
  readonly session: string;
  readonly repository: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #limit: number;
  readonly #forget: () => void;
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
    limit: number,
    forget: () => void,
  ) {
    this.session = session;
    this.repository = repository;
    this.#path = path;
    this.#file = file;
    this.#limit = limit;
    this.#forget = forget;
  }

  async append(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#busy) {
      throw new Refusal(409, 'BLOB_UPLOAD_INVALID', 'another request writes to this upload');
    }
    this.#busy = true;
    try {
      for await (const chunk of chunks) await this.#write(chunk);
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
    this.#forget();
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#gone) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'the upload was cancelled');
    if (this.size + chunk.byteLength > this.#limit) {
      throw new Refusal(413, 'SIZE_INVALID', `a blob has at most ${this.#limit} bytes`);
    }
    await this.#file.appendFile(chunk);
    this.#hash.update(chunk);
    this.size += chunk.byteLength;
    this.touched = Date.now();
  }
}
