import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '@wharf/core';
import { isProcessAlive } from '@wharf/linux/native';
import type { ShimDriverOptions } from './options.js';

/** A process that dies closes its socket a moment before it is gone. */
const dyingMs = 1000;

/**
 * Waits until the process with that very identity is gone, and reaps it if it is our child; false if it still lives
 * after `waitMs`. The kernel tells nobody but a parent, and a shim that was adopted has another one: hence the looks.
 */
export async function proveDead(
  identity: ProcessIdentity,
  options: Pick<ShimDriverOptions, 'native' | 'bootId'>,
  waitMs = dyingMs,
): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    if (!isProcessAlive(identity, options.bootId)) {
      reap(identity, options);
      return true;
    }
    if (performance.now() >= deadline) return false;
    await sleep(pause);
  }
}

function reap(identity: ProcessIdentity, { native }: Pick<ShimDriverOptions, 'native'>): void {
  try {
    native.waitpid(identity.pid);
  } catch {
    // Not our child, or reaped before.
  }
}
