import { setTimeout as sleep } from 'node:timers/promises';
import { FailedPreconditionError } from '@wharf/core';
import { leakedCgroups } from './cgroups.js';
import { leakedFiles } from './files.js';
import { leakedMounts } from './mounts.js';
import { leakedNetwork } from './network.js';
import { leakedProcesses } from './processes.js';
import type { Leak, LeakScope } from './scope.js';

/** Everything of the scope that the host still holds, now. */
export async function findLeaks(scope: LeakScope): Promise<Leak[]> {
  const searches = [leakedProcesses, leakedMounts, leakedCgroups, leakedNetwork, leakedFiles];
  return (await Promise.all(searches.map((search) => search(scope)))).flat();
}

/**
 * Fails when the host holds anything of a daemon whose containers are removed and which is stopped. The kernel takes
 * its time with dying processes and namespaces, so what is found has `settle` milliseconds (2000) to go away.
 *
 * @throws `failed-precondition` naming each thing left
 */
export async function leaks(scope: LeakScope, { settle = 2000 } = {}): Promise<void> {
  const deadline = performance.now() + settle;
  let found = await findLeaks(scope);
  while (found.length > 0 && performance.now() < deadline) {
    await sleep(50);
    found = await findLeaks(scope);
  }
  if (found.length === 0) return;
  const list = found.map(({ kind, what }) => `\n  ${kind}: ${what}`).join('');
  throw new FailedPreconditionError(`${found.length} things are left of the daemon:${list}`);
}
