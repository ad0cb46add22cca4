import type { Container, ListOptions } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';
import { containerFilter } from './filter.js';
import { containerSizes } from './size.js';
import { toContainer } from './view.js';

/** Newest first; those that run, unless `all`, `limit` or a filter on the state asks for more. */
export async function listContainers(
  context: ContainerContext,
  options: ListOptions,
): Promise<readonly Container[]> {
  const { filters, limit = 0, all = false, size = false, signal } = options;
  const matches = containerFilter(context, filters);
  const anyState =
    all || limit > 0 || filters?.has('status') === true || filters?.has('exited') === true;
  const found = context.records
    .all()
    .filter(
      ({ state }) =>
        anyState ||
        state.status === 'running' ||
        state.status === 'paused' ||
        state.status === 'restarting',
    )
    .filter(matches);
  const chosen = limit > 0 ? found.slice(0, limit) : found;
  const views = chosen.map((record) => toContainer(context, record));
  if (!size) return views;
  return Promise.all(
    views.map(async (view) => ({ ...view, ...(await containerSizes(context, view, { signal })) })),
  );
}
