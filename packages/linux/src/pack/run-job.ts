import { InternalError, ResourceExhaustedError, WharfError } from '@wharf/core';
import type { Worker } from 'node:worker_threads';
import type { Threads } from '../threads/threads.js';
import type { FromWorker } from '../unpack/protocol.js';
import { decodeChanges } from './jobs/encode-changes.js';
import type { FileChange } from './jobs/encode-changes.js';
import type { Identified, PackStart, PackTask, StoredLayer } from './jobs/protocol.js';

export interface PackSetup {
  /** Path of the native addon. */
  readonly native: string;
  readonly threads: Threads;
}

export interface JobOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** What a thread answers; one of them, by the kind of its task. */
export interface JobResult {
  packed?: StoredLayer;
  identified?: Identified;
  readonly changes: FileChange[];
}

/** A thread stops between two entries or pages. One that hangs in a system call is given up after so long. */
const stopMs = 10_000;

/**
 * Runs one task in a thread, which waits for another one afterwards when it came to its end; after any other outcome this one waits
 * until the thread is gone.
 */
export async function runJob(
  { native, threads }: PackSetup,
  task: PackTask,
  { signal, onProgress }: JobOptions,
): Promise<JobResult> {
  signal.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const start: PackStart = { native, task, stop: stop.buffer };
  const worker = threads.takeRested();
  let whole = false;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1);
    timer = setTimeout(() => void worker.terminate(), stopMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    worker.postMessage(start);
    const result = await answerOf(worker, onProgress);
    whole = !signal.aborted;
    return result;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    await (whole ? threads.give(worker) : worker.terminate());
  }
}

function answerOf(
  worker: Worker,
  onProgress: ((bytes: number) => void) | undefined,
): Promise<JobResult> {
  const result: JobResult = { changes: [] };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      const { kind } = message;
      if (kind === 'progress') onProgress?.(message.bytes);
      else if (kind === 'changes') result.changes.push(...decodeChanges(message.bytes));
      else if (kind === 'packed') resolve({ ...result, packed: message.result });
      else if (kind === 'identified') resolve({ ...result, identified: message.result });
      else if (kind === 'compared') resolve(result);
      else if (kind === 'failed') reject(failureOf(message));
      else reject(new InternalError(`a worker says ${kind} while it packs`));
    });
    worker.once('error', (error) => reject(crashOf(error)));
    worker.once('exit', (code) => reject(new InternalError(`a worker ended early with ${code}`)));
  });
}

function failureOf(message: Extract<FromWorker, { kind: 'failed' }>): WharfError {
  return new WharfError(message.code, message.message, { facts: message.facts });
}

function crashOf(error: Error): WharfError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ResourceExhaustedError('the tree needs more memory to pack than the limit', {
      cause: error,
    });
  }
  return new InternalError(`a worker broke: ${error.message}`, { cause: error });
}
