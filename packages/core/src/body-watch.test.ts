import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BodyWatch } from './body-watch.js';
import { WharfError } from './errors.js';

const limits = { idleMs: 60, minRate: 1000, minRateWindowMs: 50 };

function watched(verb: 'sends' | 'takes' = 'sends') {
  const ended: string[] = [];
  const watch = new BodyWatch(limits, {
    ...{ host: 'example.org', verb },
    fault: (text, more) => new WharfError('deadline-exceeded', text, more),
    end: ({ message }) => void ended.push(message),
  });
  return { watch, ended };
}

test('a side that is waited for may not be silent', async () => {
  const { watch, ended } = watched('takes');
  using _ = watch;
  watch.wait();
  await sleep(120);
  expect(ended).toEqual(['example.org took nothing for 0.06 s']);
});

test('time does not count while nobody waits, nor once it is over', async () => {
  const { watch, ended } = watched();
  watch.wait();
  watch.moved(1);
  await sleep(120);
  watch.wait();
  watch.moved(1);
  watch[Symbol.dispose]();
  await sleep(80);
  expect(ended).toEqual([]);
});

test('a trickle is given up, a stream is not', async () => {
  const { watch } = watched();
  using _ = watch;
  watch.wait();
  await sleep(55);
  watch.moved(10_000);
  watch.wait();
  await sleep(55);
  expect(() => watch.moved(1)).toThrow('example.org sends less than 1000 bytes a second');
});
