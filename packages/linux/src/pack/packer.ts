import { InternalError } from '@wharf/core';
import type { PackPort } from '@wharf/engine/ports';
import { Threads } from '../threads/threads.js';
import { Gate } from '../unpack/gate.js';
import { heapLimits } from '../unpack/run-worker.js';
import type { WorkerSetup } from '../unpack/run-worker.js';
import type { PackTask } from './jobs/protocol.js';
import { runJob } from './run-job.js';
import type { JobOptions, JobResult } from './run-job.js';

export interface PackerOptions extends WorkerSetup {
  /** Archives that are written at once; default 2: each uses several cores by itself. */
  readonly concurrency?: number;
}

const concurrency = 2;

/**
 * Packs in worker threads, one at a time for each call. Reading calls do not wait for writing ones. Disposing ends the threads that
 * wait for calls.
 */
export function createPacker(options: PackerOptions): PackPort & AsyncDisposable {
  const threads = new Threads(options.workerUrl, { name: 'wharf-pack', limits: heapLimits });
  const setup = { native: options.native, threads };
  const writing = new Gate(options.concurrency ?? concurrency);
  const reading = new Gate(options.concurrency ?? concurrency);
  const run = async (gate: Gate, task: PackTask, options_: JobOptions): Promise<JobResult> => {
    await using _ = await gate.enter({ signal: options_.signal });
    return await runJob(setup, task, options_);
  };
  return {
    async packLayer(
      { upper, lower, epochSeconds, stubs = [], ...request },
      { signal, onProgress },
    ) {
      const { compression, level, targetFile } = request;
      const output = { compression, level, targetFile };
      const task = { kind: 'layer', upper, lower, epochSeconds, stubs, output } as const;
      return known((await run(writing, task, { signal, onProgress })).packed);
    },
    async changes({ upper, lower, stubs = [] }, { signal }) {
      const to = [upper, ...lower];
      const options = { times: true, details: false, stubs };
      const task = { kind: 'compare', from: lower, to, ...options } as const;
      return (await run(reading, task, { signal })).changes;
    },
    async compareTrees({ from, to, times = false, details = false }, { signal }) {
      const task = { kind: 'compare', from, to, times, details, stubs: [] } as const;
      return (await run(reading, task, { signal })).changes;
    },
    async recompress({ blobPath, from, to, level, targetFile }, { signal, onProgress }) {
      const output = { compression: to, level, targetFile };
      const task = { kind: 'recompress', blobPath, from, output } as const;
      return known((await run(writing, task, { signal, onProgress })).packed);
    },
    async identify({ path, targetFile }, { signal }) {
      return known(
        (await run(reading, { kind: 'identify', path, targetFile }, { signal })).identified,
      );
    },
    [Symbol.asyncDispose]: () => threads.close(),
  };
}

function known<T>(result: T | undefined): T {
  if (result === undefined) throw new InternalError('a worker answered another question');
  return result;
}
