import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFullId, type CallOptions } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/** All that a create makes before its record; a start adds more. */
const beforeRecord = new Set(['upper', 'work']);

/**
 * Removes directories of containers that no record knows: a create that a crash interrupted. What is quarantined is
 * known; names that are no ids are not ours to judge; what has been started is kept, as its record was lost and not
 * its data (a state database that was moved away).
 */
export async function sweepContainers(
  context: ContainerContext,
  { signal }: CallOptions,
): Promise<number> {
  const { data } = context.roots;
  const known = new Set<string>([
    ...context.records.all().map(({ id }) => id),
    ...context.records.quarantined.map(({ id }) => id),
  ]);
  const stray = (await readdir(data)).filter((name) => isFullId(name) && !known.has(name));
  let removed = 0;
  for (const name of stray) {
    const directory = join(data, name);
    if ((await readdir(directory)).every((entry) => beforeRecord.has(entry))) {
      await context.files.removeTree(directory, { signal });
      removed += 1;
    } else context.logger.warn('a container without a record is left alone', { directory });
  }
  return removed;
}
