import { statfs } from 'node:fs/promises';
import type { CacheRecord, CallOptions } from '@wharf/core';
import type { BuildsContext } from '../context.js';
import { removeVictims } from './prune.js';

const usualSettleMs = 5000;

/** Keeps the cache within its policy, by itself, when no build runs. Disposing ends it. */
export interface Collector extends AsyncDisposable {
  /** Asks for a check soon; many asks are one. */
  request(): void;
}

export function createCollector(context: () => BuildsContext): Collector {
  const ended = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let soon: NodeJS.Timeout | undefined;
  const byItself = (): void => {
    soon = undefined;
    const { running: builds, logger } = context();
    if (builds.size > 0) return;
    running = running
      .then(() => keepWithinPolicy(context(), ended))
      .catch((error: unknown) => {
        if (!ended.signal.aborted)
          logger.warn('keeping the build cache within its policy failed', { error });
      });
  };
  return {
    request() {
      if (ended.signal.aborted || soon !== undefined || !context().policy.enabled) return;
      soon = setTimeout(byItself, context().settleMs ?? usualSettleMs);
      soon.unref();
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      clearTimeout(soon);
      await running;
    },
  };
}

/** What is fresh goes last, which the order by age gives by itself. */
export async function keepWithinPolicy(
  context: BuildsContext,
  { signal }: CallOptions,
): Promise<void> {
  const { policy, root, logger } = context;
  const { blocks, bsize } = await statfs(root);
  const maxUsed = Math.min(policy.maxUsed, blocks * bsize * policy.maxShare);
  const sizes = await Promise.all(
    context.heldTrees.list().map(({ digest }) => context.trees.facts(digest, { signal })),
  );
  const contexts = sizes.reduce((sum, facts) => sum + (facts?.bytes ?? 0), 0);
  const used = context.entries.list().reduce((sum, { size }) => sum + size, contexts);
  if (used <= maxUsed) return;
  const may = ({ inUse }: CacheRecord): boolean => !inUse;
  const { removed, reclaimed } = await removeVictims(
    context,
    may,
    { reserved: 0, maxUsed },
    { signal },
  );
  if (removed.length > 0)
    logger.info('build cache was removed to keep its policy', {
      records: removed.length,
      reclaimed,
    });
}
