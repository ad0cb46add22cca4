import fc from 'fast-check';
import { expect, test } from 'vitest';
import { framesOf } from './frame-queue.js';

const options = { signal: AbortSignal.timeout(30_000) };

async function turns(count: number): Promise<void> {
  for (let at = 0; at < count; at++) await Promise.resolve();
}

test('no frame is lost, however many turns lie between it, those before it and the end', async () => {
  const gaps = fc.array(fc.nat({ max: 20 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(gaps, fc.nat({ max: 20 }), async (before, atEnd) => {
      const read: number[] = [];
      const frames = framesOf<number>(async (queue) => {
        for (const [at, gap] of before.entries()) {
          if (gap > 0) await turns(gap - 1);
          queue.push(at);
        }
        if (atEnd > 0) await turns(atEnd - 1);
      }, options);
      for await (const frame of frames) read.push(frame);
      expect(read).toEqual([...before.keys()]);
    }),
    { numRuns: 1000 },
  );
});

test('of frames with one key the newest counts, and a failure comes behind the last', async () => {
  const read: number[] = [];
  const frames = framesOf<number>(async (queue) => {
    for (const frame of [1, 2, 3]) queue.push(frame, 'key');
    await turns(1);
    throw new RangeError('at the end');
  }, options);
  await expect(async () => {
    for await (const frame of frames) read.push(frame);
  }).rejects.toThrow('at the end');
  expect(read).toEqual([3]);
});
