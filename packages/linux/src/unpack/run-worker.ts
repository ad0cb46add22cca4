import { InternalError, ResourceExhaustedError, WharfError } from '@wharf/core';
import { Worker } from 'node:worker_threads';
import type { ResourceLimits, WorkerOptions } from 'node:worker_threads';
import type { FromWorker, UnpackJob, UnpackResult, WorkerStart } from './protocol.js';

export interface WorkerSetup {
  readonly native: string;
  readonly workerUrl: URL;
}

export interface WorkerRun {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly chunks?: AsyncIterable<Uint8Array> | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** Bytes that may be on their way to a worker. */
const windowBytes = 8 << 20;
const maxTimeoutMs = 2 ** 31 - 1;
/** A worker's own heap: tables of at most 1,024 directories, and buffers that are counted apart. */
const heapMb = 128;
/** What is short-lived are buffers, which are counted apart and go with it: the smaller, the sooner. */
const youngMb = 2;

export const heapLimits: ResourceLimits = {
  maxOldGenerationSizeMb: heapMb,
  maxYoungGenerationSizeMb: youngMb,
};

/**
 * Unpacks one layer in a fresh thread and waits until the thread is gone, whatever the outcome. The caller has done an
 * asynchronous file call before: libuv's pool must exist, or its threads would be children of the jailed one.
 */
export async function runWorker(
  setup: WorkerSetup,
  job: UnpackJob,
  run: WorkerRun,
): Promise<UnpackResult> {
  run.signal.throwIfAborted();
  const start: WorkerStart = { native: setup.native, job };
  const worker = new Worker(setup.workerUrl, workerOptions(start));
  const ended = new AbortController();
  try {
    const window = new Window();
    const answer = answerOf(worker, run, window);
    const failed =
      run.chunks === undefined ? undefined : feed(worker, run.chunks, window, ended.signal);
    return await Promise.race([answer, stopped(run, ended.signal), failed ?? answer]);
  } finally {
    ended.abort();
    await worker.terminate();
  }
}

/** Nothing of the daemon's environment or flags is passed on. */
export function workerOptions(start: WorkerStart): WorkerOptions {
  return {
    workerData: start,
    name: `wharf-${start.job.kind}`,
    env: {},
    execArgv: [],
    resourceLimits: heapLimits,
  };
}

function answerOf(worker: Worker, run: WorkerRun, window: Window): Promise<UnpackResult> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'taken':
          window.taken(message.bytes);
          break;
        case 'progress':
          run.onProgress?.(message.bytes);
          break;
        case 'failed':
          reject(new WharfError(message.code, message.message, { facts: message.facts }));
          break;
        case 'unpacked':
          resolve(message.result);
          break;
        case 'removed':
        case 'settled':
        case 'packed':
        case 'changes':
        case 'compared':
        case 'identified':
          reject(new InternalError(`a worker says ${message.kind} instead of unpacked`));
      }
    });
    worker.once('error', (error) => reject(crashOf(error)));
    worker.once('exit', (code) => reject(new InternalError(`a worker ended early with ${code}`)));
  });
}

function crashOf(error: Error): WharfError {
  if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return new ResourceExhaustedError('the layer needs more memory to unpack than the limit', {
      cause: error,
    });
  }
  return new InternalError(`a worker broke: ${error.message}`, { cause: error });
}

/** Rejects when the caller goes away or the time is up; never otherwise. */
function stopped(run: WorkerRun, ended: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(run.signal.reason as Error);
    run.signal.addEventListener('abort', onAbort, { once: true, signal: ended });
    const { timeoutMs } = run;
    if (timeoutMs === undefined) return;
    const late = () =>
      reject(new WharfError('deadline-exceeded', `unpacking took more than ${timeoutMs} ms`));
    const timer = setTimeout(late, Math.min(timeoutMs, maxTimeoutMs));
    ended.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

/** Hands the chunks over, a window at a time. Rejects when they do; never resolves, the worker has the last word. */
async function feed(
  worker: Worker,
  chunks: AsyncIterable<Uint8Array>,
  window: Window,
  ended: AbortSignal,
): Promise<never> {
  for await (const chunk of chunks) {
    if (ended.aborted) break;
    const copy = new Uint8Array(chunk);
    window.sent(copy.byteLength);
    worker.postMessage(copy, [copy.buffer]);
    await window.open(ended);
  }
  worker.postMessage(null);
  return await new Promise<never>(() => {});
}

/** Counts the bytes on their way. */
class Window {
  #bytes = 0;
  #wake = () => {};

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  taken(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < windowBytes) this.#wake();
  }

  /** Resolves when more may be sent, or when the worker is at its end. */
  async open(ended: AbortSignal): Promise<void> {
    if (this.#bytes < windowBytes || ended.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      ended.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}
