import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../support.js';

/** The longest time until `ping` was answered, of all until the signal, in milliseconds: what others wait for meanwhile. */
export async function longestAnswer({ ok }: Engine, signal: AbortSignal): Promise<number> {
  let worst = 0;
  while (!signal.aborted) {
    const begin = performance.now();
    await ok(['ping']);
    worst = Math.max(worst, performance.now() - begin);
    await sleep(20);
  }
  return worst;
}
