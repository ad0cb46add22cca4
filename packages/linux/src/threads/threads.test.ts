import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Threads } from './threads.js';

const limits = { maxOldGenerationSizeMb: 64 };
const options = { name: 'threads-test', limits };
const worker = (script: string) => new URL(`data:text/javascript,${encodeURIComponent(script)}`);
const echo = worker(`
  import { parentPort, threadId } from 'node:worker_threads';
  parentPort.once('message', () => parentPort.postMessage(threadId));
`);

const answer = async (threads: Threads): Promise<number> => {
  const thread = threads.take();
  const said = new Promise<number>((resolve) => thread.once('message', resolve));
  thread.postMessage('start');
  const id = await said;
  await thread.terminate();
  return id;
};

test('each job has a thread that no other had', async () => {
  const threads = new Threads(echo, options);
  const ids = [await answer(threads), await answer(threads), await answer(threads)];
  expect(new Set(ids).size).toBe(3);
  await threads.close();
});

test('a spare thread ends when nothing comes, and a new one begins', async () => {
  const threads = new Threads(echo, { ...options, idleMs: 20 });
  const first = await answer(threads);
  await sleep(100);
  // The spare one had the next number.
  expect(await answer(threads)).toBeGreaterThan(first + 1);
  await threads.close();
});

test('one that cannot begin says so to whoever takes it', async () => {
  const threads = new Threads(worker('throw new RangeError("broken")'), options);
  for (let at = 0; at < 3; at++) {
    const thread = threads.take();
    const error = await new Promise<Error>((resolve) => thread.once('error', resolve));
    expect(error.message).toBe('broken');
    await sleep(50);
  }
  await threads.close();
});

test('one that is given back does the next plain job, and ends when nothing comes', async () => {
  const again = worker(`
    import { parentPort, threadId } from 'node:worker_threads';
    parentPort.on('message', () => parentPort.postMessage(threadId));
  `);
  const threads = new Threads(again, { ...options, idleMs: 20 });
  const ask = async (thread: ReturnType<Threads['take']>): Promise<number> => {
    const said = new Promise<number>((resolve) => thread.once('message', resolve));
    thread.postMessage('start');
    return await said;
  };
  const first = threads.takeRested();
  const id = await ask(first);
  await threads.give(first);
  expect(threads.takeRested()).toBe(first);
  expect(await ask(first)).toBe(id);
  await threads.give(first);
  const ended = new Promise((resolve) => first.once('exit', resolve));
  const other = threads.take();
  expect(other).not.toBe(first);
  await other.terminate();
  await threads.close();
  await ended;
});
