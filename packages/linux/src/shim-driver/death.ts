import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '@wharf/core';
import { isProcessAlive } from '@wharf/linux/native';
import type { ShimDriverOptions } from './options.js';

/** A process that dies closes its socket a moment before it is gone. */
const dyingMs = 1000;
/** Most are gone within this: until then the looks are frequent, somebody waits for a container to go. */
const soonMs = 20;
const longestPauseMs = 50;

/**
 * Waits until the process with that very identity is gone, and reaps it if it is our child; false if it still lives
 * after `waitMs`. The kernel tells nobody but a parent, and a shim that was adopted has another one: hence the looks.
 */
export async function proveDead(
  identity: ProcessIdentity,
  options: Pick<ShimDriverOptions, 'native' | 'bootId'>,
  waitMs = dyingMs,
): Promise<boolean> {
  const dead = await lookUntil(() => !isProcessAlive(identity, options.bootId), waitMs);
  // Its first thread is a zombie before its others have ended, and only then can it be reaped.
  if (dead) await lookUntil(() => isReaped(identity, options), dyingMs);
  return dead;
}

async function lookUntil(holds: () => boolean, waitMs: number): Promise<boolean> {
  const begin = performance.now();
  for (let pause = 1; !holds();) {
    const waited = performance.now() - begin;
    if (waited >= waitMs) return false;
    await sleep(pause);
    if (waited > soonMs) pause = Math.min(pause * 2, longestPauseMs);
  }
  return true;
}

function isReaped(
  identity: ProcessIdentity,
  { native }: Pick<ShimDriverOptions, 'native'>,
): boolean {
  try {
    return native.waitpid(identity.pid) !== null;
  } catch {
    // Not our child, or reaped before.
    return true;
  }
}
