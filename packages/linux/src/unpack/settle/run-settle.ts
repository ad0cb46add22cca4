import { InternalError, WharfError } from '@wharf/core';
import { Worker } from 'node:worker_threads';
import type { FromWorker, SettleJob } from '../protocol.js';
import type { WorkerSetup } from '../run-worker.js';
import { workerOptions } from '../run-worker.js';

/** Settles a layer in a fresh thread and waits until the thread is gone. */
export async function runSettle(
  setup: WorkerSetup,
  job: SettleJob,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const worker = new Worker(setup.workerUrl, workerOptions({ native: setup.native, job }));
  const ended = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      worker.once('message', (message: FromWorker) => {
        if (message.kind === 'settled') resolve();
        else if (message.kind === 'failed')
          reject(new WharfError(message.code, message.message, { facts: message.facts }));
        else reject(new InternalError(`a worker answered ${message.kind} instead of settling`));
      });
      worker.once('error', (error) =>
        reject(new InternalError(`a worker broke: ${error.message}`, { cause: error })),
      );
      worker.once('exit', (code) => reject(new InternalError(`a worker ended early with ${code}`)));
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true, signal: ended.signal });
    });
  } finally {
    ended.abort();
    await worker.terminate();
  }
}
