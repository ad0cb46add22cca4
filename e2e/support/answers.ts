import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@wharf/client';
import type { Engine } from '../support.js';

const pauseMs = 10;

/**
 * The longest time until `ping` was answered, of all until the signal, in milliseconds: what others wait for meanwhile. What
 * this process waited for its own timers is what the machine is late by, and not counted.
 */
export async function longestAnswer({ daemon }: Engine, over: AbortSignal): Promise<number> {
  const client = createClient({ host: daemon.host });
  const { signal } = new AbortController();
  let worst = 0;
  let late = 0;
  try {
    while (!over.aborted) {
      const begin = performance.now();
      await client.system.ping({ signal });
      worst = Math.max(worst, performance.now() - begin);
      const answered = performance.now();
      await sleep(pauseMs);
      late = Math.max(late, performance.now() - answered - pauseMs);
    }
  } finally {
    await client.close();
  }
  return worst - late;
}
