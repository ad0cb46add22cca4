import { toWharfError } from '@wharf/core';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { loadNative } from '../../native/load.js';
import type { Native } from '../../native/types.js';
import type { PackStart } from '../pack/jobs/protocol.js';
import { runTask } from '../pack/jobs/run.js';
import { faultOf } from './apply/faults.js';
import { unpackInJail } from './layer.js';
import { removeTree } from './remove/remove-tree.js';
import { settleInJail } from './settle/settle.js';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.js';

/** The entry of a worker thread. */
async function run(port: MessagePort, start: WorkerStart): Promise<void> {
  const native = loadNative(start.native);
  const { job } = start;
  if (job.kind === 'remover') {
    const stop = new Int32Array(job.stop);
    const stopped = () => Atomics.load(stop, 0) !== 0;
    port.on('message', (path: string) => send(port, remove(native, path, stopped)));
    return;
  }
  if (job.kind === 'settle') {
    settleInJail(native, job);
    send(port, { kind: 'settled' });
    return;
  }
  const onProgress = progressTo(port);
  const result = await unpackInJail(job, { native, chunks: received(port), onProgress });
  send(port, { kind: 'unpacked', result });
}

/** One task, which leaves the thread as it was. */
async function pack(port: MessagePort, start: PackStart): Promise<void> {
  const native = loadNative(start.native);
  const stop = new Int32Array(start.stop);
  const stopped = () => Atomics.load(stop, 0) !== 0;
  const answer = (message: FromWorker) => send(port, message);
  await runTask(start.task, { native, stopped, onProgress: progressTo(port), answer });
}

function progressTo(port: MessagePort): (bytes: number) => void {
  return (bytes) => send(port, { kind: 'progress', bytes });
}

function remove(native: Native, path: string, stopped: () => boolean): FromWorker {
  try {
    removeTree(native, path, stopped);
    return { kind: 'removed' };
  } catch (error) {
    return failed(faultOf(error, Buffer.from(path).toString('latin1'), 'removed'));
  }
}

function failed(thrown: unknown): FromWorker {
  const { code, message, facts } = toWharfError(thrown);
  return { kind: 'failed', code, message, facts };
}

/** The chunks that are sent, each acknowledged when the next one is asked for. */
async function* received(port: MessagePort): AsyncGenerator<Buffer> {
  const queue: ToWorker[] = [];
  let wake = () => {};
  port.on('message', (message: ToWorker) => {
    queue.push(message);
    wake();
  });
  for (;;) {
    const next = queue.shift();
    if (next === null) return;
    if (next === undefined) {
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    yield Buffer.from(next.buffer, next.byteOffset, next.byteLength);
    send(port, { kind: 'taken', bytes: next.byteLength });
  }
}

function send(port: MessagePort, message: FromWorker): void {
  port.postMessage(message);
}

if (parentPort !== null) {
  const port = parentPort;
  const tell = (thrown: unknown) => send(port, failed(thrown));
  const start = (workerData ?? undefined) as WorkerStart | undefined;
  if (start !== undefined) run(port, start).catch(tell);
  else port.on('message', (task: PackStart) => void pack(port, task).catch(tell));
}
