import { basename } from 'node:path';
import { leaks, sweep, tempDir } from '@wharf/testing';
import type { LeakScope } from '@wharf/testing';
import { inParallel } from '../parallel.js';
import { output, timed } from '../command.js';
import type { CallOptions } from '../command.js';
import type { EngineName } from '../options.js';
import type { Engine } from './engine.js';

/** Four at a time, as many as two processors can use. */
export async function removeContainers(
  engine: Pick<Engine, 'command'>,
  { signal }: CallOptions,
): Promise<void> {
  const ids = (await output(engine.command('ps', '-aq'), { signal })).split('\n').filter(Boolean);
  await inParallel(4, ids, (id) => timed(engine.command('rm', '-f', '-v', id), { signal }));
}

/** A folder and a cgroup of the same name, for one engine. */
export interface ThrowawayRoot {
  readonly work: string;
  readonly scope: LeakScope;
}

/**
 * On disposal of `undo`, after all that is registered later: ends what runs in it, takes mounts and files away, and
 * fails with `failed-precondition` when the host still holds anything.
 */
export async function throwawayRoot(
  name: EngineName,
  undo: AsyncDisposableStack,
  space?: string,
): Promise<ThrowawayRoot> {
  const folder = await tempDir(`wharf-bench-${name}-`);
  const id = basename(folder.path);
  const scope = {
    id,
    roots: [folder.path],
    cgroupParent: `/${id}`,
    ...(space === undefined ? {} : { space }),
  };
  undo.defer(() => leaks(scope));
  undo.use(folder);
  undo.defer(() => sweep(scope));
  return { work: folder.path, scope };
}
