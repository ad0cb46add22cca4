import { afterEach, beforeEach, expect, test } from 'vitest';
import { Threads } from '../threads/threads.js';
import type { PackTask } from './jobs/protocol.js';
import { runJob } from './run-job.js';

/** Does what the path of a task says, and tells its number. */
const script = `
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.on('message', ({ task, stop }) => {
    const stopped = new Int32Array(stop);
    if (task.path === 'fail')
      return parentPort.postMessage({ kind: 'failed', code: 'data-loss', message: 'no', facts: {} });
    if (task.path === 'crash') throw new RangeError('broken');
    if (task.path === 'wait') {
      Atomics.wait(stopped, 0, 0, 50);
      while (Atomics.load(stopped, 0) === 0) Atomics.wait(stopped, 0, 0, 1);
    }
    parentPort.postMessage({ kind: 'progress', bytes: 1 });
    parentPort.postMessage({ kind: 'identified', result: threadId });
  });
`;
const signal = new AbortController().signal;
let threads: Threads;
beforeEach(() => {
  const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`);
  threads = new Threads(url, { name: 'test', limits: { maxOldGenerationSizeMb: 64 } });
});
afterEach(() => threads.close());

const run = async (path: string, stop = signal): Promise<number> => {
  const task: PackTask = { kind: 'identify', path, targetFile: undefined };
  const { identified } = await runJob({ native: '', threads }, task, { signal: stop });
  return identified as unknown as number;
};

test('a job has the thread of the one before it', async () => {
  const first = await run('a');
  expect(await run('b')).toBe(first);
});

test('two jobs at once have two threads, which both stay', async () => {
  const both = await Promise.all([run('a'), run('b')]);
  expect(new Set(both).size).toBe(2);
  const again = await Promise.all([run('a'), run('b')]);
  expect(new Set(again)).toEqual(new Set(both));
});

test.each([
  ['has failed', 'fail', 'data-loss'],
  ['has crashed', 'crash', 'internal'],
])('a thread that %s does no other job', async (_what, path, code) => {
  const first = await run('a');
  await expect(run(path)).rejects.toMatchObject({ code });
  expect(await run('b')).not.toBe(first);
});

test('a thread that was cancelled does no other job, even where it came to its end', async () => {
  const first = await run('a');
  const stop = new AbortController();
  const waiting = run('wait', stop.signal);
  stop.abort(new RangeError('enough'));
  await waiting.catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }));
  expect(await run('b')).not.toBe(first);
});
