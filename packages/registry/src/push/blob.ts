import { isWharfError } from '@wharf/core';
import type {
  PushBlobOptions,
  PushedBlob,
  ReadBlob,
  Repository,
  ResolvedDescriptor,
} from '@wharf/engine/ports';
import { repositoryScope } from '../auth/scopes.js';
import { SourceFailure } from '../http/send-body.js';
import { pauseOrThrow } from '../http/retry.js';
import { openSession } from '../session/session.js';
import type { Session } from '../session/session.js';
import type { Wire } from '../session/wire.js';
import { hasBlob } from './exists.js';
import { mountFrom } from './mount.js';
import { openUpload } from './open-upload.js';
import type { Upload, UploadSession } from './upload.js';

/** Bytes after which an upload that breaks counts as a first failure again. */
const stretch = 1024 * 1024;
/** How long a registry is waited for that is told of an upload's end. */
const discardMs = 2000;

/** What `RegistryWritePort.pushBlob` promises. */
export async function pushBlob(
  wire: Wire,
  repository: Repository,
  descriptor: ResolvedDescriptor,
  read: ReadBlob,
  options: PushBlobOptions,
): Promise<PushedBlob> {
  const endpoint = await wire.places.origin(repository);
  const scopes = [repositoryScope({ path: endpoint.repository }, 'pull,push')];
  const session = await openSession(wire, endpoint, options, scopes);
  if (await isThere(session, repository, descriptor)) return 'exists';
  const what = `blob ${descriptor.digest} of ${repository.domain}/${repository.path}`;
  const upload: Upload = { session, descriptor, read, onBytes: options.onBytes, what };
  const mounted = await mountFrom(wire, upload, options);
  if ('mountedFrom' in mounted) return mounted;
  try {
    await new Sending(upload, repository, mounted.started).run();
  } catch (error) {
    throw error instanceof SourceFailure ? error.cause : error;
  }
  return 'pushed';
}

/** Who may not read may yet write: a denial is the upload's to report. */
async function isThere(
  session: Session,
  repository: Repository,
  { digest }: ResolvedDescriptor,
): Promise<boolean> {
  try {
    return await hasBlob(session, repository, digest);
  } catch (error) {
    if (isWharfError(error) && error.code === 'permission-denied') return false;
    throw error;
  }
}

/** One blob on its way, across cuts and lost upload sessions. */
class Sending {
  readonly #upload: Upload;
  readonly #repository: Repository;
  readonly #session: Session;
  #current: UploadSession | undefined;
  /** The most bytes that the registry has had, and when that last grew by a stretch. */
  #mark = 0;
  #tries = 0;

  constructor(upload: Upload, repository: Repository, started: UploadSession | undefined) {
    this.#upload = upload;
    this.#repository = repository;
    this.#session = upload.session;
    this.#current = started;
  }

  async run(): Promise<void> {
    let broken = false;
    for (;;) {
      try {
        if (broken && (await this.#recover())) return;
        broken = false;
        await this.#send();
        return;
      } catch (error) {
        await this.#afterFault(error);
        broken = true;
      }
    }
  }

  async #send(): Promise<void> {
    const { descriptor } = this.#upload;
    const mode = this.#session.settings?.upload ?? 'stream';
    this.#current ??= await openUpload(this.#upload);
    if (mode === 'single') return this.#current.put(true);
    const limit = typeof mode === 'number' ? mode : descriptor.size;
    while (this.#current.at < descriptor.size) await this.#current.patch(limit);
    return this.#current.put(false);
  }

  /** After a fault: on from where the registry is, or from the start. True when it has the blob after all. */
  async #recover(): Promise<boolean> {
    const { descriptor, onBytes } = this.#upload;
    const current = this.#current;
    if (current === undefined) return false;
    if (current.closing && (await hasBlob(this.#session, this.#repository, descriptor.digest))) {
      return true;
    }
    const resumable = this.#session.settings?.upload !== 'single';
    if (resumable && (await current.recover())) return false;
    this.#current = undefined;
    onBytes?.(0);
    return false;
  }

  async #afterFault(error: unknown): Promise<void> {
    const at = this.#current?.at ?? 0;
    if (at - this.#mark >= stretch) {
      this.#tries = 0;
      this.#mark = at;
    }
    this.#tries += 1;
    const { limits, signal } = this.#session;
    const state = { tries: this.#tries, answeredBefore: this.#current !== undefined };
    try {
      await pauseOrThrow(error, state, limits, signal);
    } catch (failure) {
      await this.#giveUp();
      throw failure;
    }
  }

  async #giveUp(): Promise<void> {
    if (this.#session.signal.aborted || this.#current === undefined) return;
    const signal = AbortSignal.timeout(discardMs);
    await this.#current.discard(signal).catch(() => undefined);
  }
}
