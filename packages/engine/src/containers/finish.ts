import type { ContainerId } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { removeLocked } from './remove.js';
import { releaseTask } from './release.js';
import { startLocked } from './start.js';
import type { AfterEnd } from './observe.js';

/** What follows the end of a task: its remains go, and with --rm the container itself. */
export function createAfterEnd(context: () => ContainerContext): AfterEnd {
  return {
    async finish(id) {
      await releaseTask(context(), id);
      await removeIfAsked(context(), id);
    },
    async afterShimDeath(id) {
      const { spec, desired } = context().records.get(id);
      if (spec.autoRemove) return removeIfAsked(context(), id);
      const back = spec.restart.kind === 'always' || spec.restart.kind === 'unless-stopped';
      if (!back || desired === 'stopped') return;
      const { signal } = new AbortController();
      await using _ = await context().locks.acquire(id, { signal });
      await startLocked(context(), id, { signal }).catch((error: unknown) => {
        context().logger.warn('restart after the death of a shim failed', {
          containerId: id,
          error,
        });
      });
    },
  };
}

async function removeIfAsked(context: ContainerContext, id: ContainerId): Promise<void> {
  if (context.records.find(id)?.spec.autoRemove !== true) return;
  const { signal } = new AbortController();
  await using _ = await context.locks.acquire(id, { signal });
  if (context.records.find(id) === undefined) return;
  await removeLocked(context, id, { force: false, volumes: true, signal });
}
