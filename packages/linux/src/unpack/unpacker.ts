import { FailedPreconditionError } from '@wharf/core';
import { constants } from 'node:fs';
import { lstat, open, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { loadNative } from '../../native/load.js';
import { faultOf } from './apply/faults.js';
import type { Compression } from '../compression/compress.js';
import { Gate } from './gate.js';
import type { ByteLimit, UnpackResult } from './protocol.js';
import { Removers } from './remove/removers.js';
import { runWorker } from './run-worker.js';
import type { WorkerSetup } from './run-worker.js';
import { runSettle } from './settle/run-settle.js';
import { Syncs } from './syncs.js';
import type { TarLimits } from '../tar/entry.js';
import { defaultTarLimits } from '../tar/entry.js';

export interface UnpackerOptions {
  /** Path of the native addon, owned by root. */
  readonly native: string;
  /** The bundled worker entry. */
  readonly workerUrl: URL;
  /** Layers that are unpacked at once; default: one for each core. */
  readonly concurrency?: number;
}

/** Bounds on one layer (R5); each has a default. */
export interface UnpackLimits {
  /** Decompressed bytes: `perCompressed` x compressed bytes + `base`; default 100 and 64 MiB. */
  readonly bytes?: Partial<Pick<ByteLimit, 'base' | 'perCompressed'>>;
  /** Free space that is left on the file system; default 64 MiB. */
  readonly reserveBytes?: number;
  readonly tar?: Partial<TarLimits>;
  /** Default 30 minutes, the time of a feeding download included. */
  readonly timeoutMs?: number;
}

export interface UnpackRequest {
  /** A verified file, or the compressed bytes as they arrive (each chunk may be used again when the next is asked for). */
  readonly source: { readonly blobPath: string } | { readonly chunks: AsyncIterable<Uint8Array> };
  readonly compression: Compression;
  /** Digest that the decompressed stream must have. */
  readonly expectedDiffId?: string;
  /** An existing empty directory; afterwards the layer in overlayfs form. */
  readonly target: string;
  /**
   * Layers below, topmost first: directories that no entry describes are as there. `later` when they are not unpacked
   * yet: `settle` what the result calls implied then; `too-many` to settle means to unpack it again.
   */
  readonly lowerDirs?: readonly string[] | 'later';
  readonly limits?: UnpackLimits;
  /** Decompressed bytes so far. */
  readonly onProgress?: (bytes: number) => void;
}

export interface SettleRequest {
  /** The unpacked layer. */
  readonly target: string;
  /** Layers below, topmost first. */
  readonly lowerDirs: readonly string[];
  /** Of the result of unpacking. */
  readonly implied: readonly string[];
}

/**
 * Unpacks layers, each in a worker thread of its own that is chrooted into the target directory for its whole life (R2).
 * A failed or aborted unpack leaves a partial tree, to be removed with `removeTree`; nothing is ever written outside.
 * Disposing it ends idle threads; calls in progress end by their own signals.
 */
export interface Unpacker extends AsyncDisposable {
  /**
   * What it answers for is on the disk: a power cut leaves no empty files in a layer that is recorded after it.
   * Rejects with data-loss (corrupt, or another digest), invalid-argument (refused), resource-exhausted (a limit or the
   * disk), deadline-exceeded, failed-precondition (the target), or the reason of the signal.
   */
  unpackLayer(request: UnpackRequest, options: { signal: AbortSignal }): Promise<UnpackResult>;
  /** Completes a layer that was unpacked with `later`; idempotent. */
  settle(request: SettleRequest, options: { signal: AbortSignal }): Promise<void>;
  /** What was written before to the file system of the directory is on its disk. */
  sync(directory: string, options: { signal: AbortSignal }): Promise<void>;
  /**
   * Deletes a directory and all in it, off the main thread, following no link and leaving no file system; one that
   * does not exist is fine. Whatever changes the tree meanwhile, nothing else goes.
   */
  removeTree(path: string, options: { signal: AbortSignal }): Promise<void>;
}

export function createUnpacker(options: UnpackerOptions): Unpacker {
  const unpacking = new Gate(options.concurrency ?? availableParallelism());
  const setup: WorkerSetup = { native: options.native, workerUrl: options.workerUrl };
  const removers = new Removers(setup);
  const syncs = new Syncs((directory) => loadNative(options.native).syncfs(directory));
  return {
    sync: (directory, options) => syncs.sync(directory, options),
    unpackLayer: async (request, { signal }) => {
      const result = await inTurn(unpacking, signal, () => unpackLayer(setup, request, signal));
      await syncs.sync(request.target, { signal });
      return result;
    },
    settle: async (request, { signal }) => {
      if (request.implied.length === 0) return;
      await using _ = await unpacking.enter({ signal });
      await runSettle(setup, { kind: 'settle', ...request }, signal);
    },
    removeTree: (path, { signal }) => removers.remove(path, { signal }),
    [Symbol.asyncDispose]: () => removers[Symbol.asyncDispose](),
  };
}

async function inTurn<T>(gate: Gate, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await using _ = await gate.enter({ signal });
  return await work();
}

const defaultTimeoutMs = 30 * 60_000;

async function unpackLayer(
  setup: WorkerSetup,
  request: UnpackRequest,
  signal: AbortSignal,
): Promise<UnpackResult> {
  const { source, limits = {} } = request;
  const byteLimit = await prepare(request.target, limits);
  await using blob = 'blobPath' in source ? await openBlob(source.blobPath) : undefined;
  return await runWorker(
    setup,
    {
      kind: 'unpack',
      target: request.target,
      blobFd: blob?.fd,
      compression: request.compression,
      expectedDiffId: request.expectedDiffId,
      lowerDirs: request.lowerDirs === 'later' ? undefined : (request.lowerDirs ?? []),
      tar: { ...defaultTarLimits, ...limits.tar },
      byteLimit,
    },
    {
      signal,
      timeoutMs: limits.timeoutMs ?? defaultTimeoutMs,
      chunks: 'chunks' in source ? source.chunks : undefined,
      onProgress: request.onProgress,
    },
  );
}

async function openBlob(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw faultOf(error, path, 'opened');
  }
  throw new FailedPreconditionError(`the blob ${path} is not a regular file`);
}

async function prepare(target: string, limits: UnpackLimits): Promise<ByteLimit> {
  try {
    if ((await lstat(target)).isDirectory()) return await byteLimitFor(target, limits);
  } catch (error) {
    throw faultOf(error, target, 'unpacked into');
  }
  throw new FailedPreconditionError(`${target} is not a directory`);
}

async function byteLimitFor(target: string, limits: UnpackLimits): Promise<ByteLimit> {
  const { bavail, bsize } = await statfs(target);
  const most = bavail * bsize - (limits.reserveBytes ?? 64 << 20);
  return { base: 64 << 20, perCompressed: 100, ...limits.bytes, most: Math.max(0, most) };
}
