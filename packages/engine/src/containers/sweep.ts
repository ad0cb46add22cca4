import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFullId, type CallOptions } from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

/**
 * Removes directories of containers that no record knows: a create that a crash interrupted. What is quarantined is
 * known; names that are no ids are not ours to judge.
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
  for (const name of stray) await context.files.removeTree(join(data, name), { signal });
  return stray.length;
}
