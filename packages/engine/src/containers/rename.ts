import {
  InvalidArgumentError,
  parseContainerName,
  type CallOptions,
  type ContainerId,
} from '@wharf/core';
import type { ContainerContext } from './dependencies.js';

export async function renameContainer(
  context: ContainerContext,
  ref: string,
  name: string,
  { signal }: CallOptions,
): Promise<ContainerId> {
  const { records, locks, networks } = context;
  if (name === '') throw new InvalidArgumentError('new name of the container must not be empty');
  const { id } = records.lookup(ref);
  const wanted = parseContainerName(name);
  await using _ = await locks.acquire(id, { signal });
  const before = records.get(id).name;
  if (before === wanted) {
    throw new InvalidArgumentError('renaming a container with the same name as its current name');
  }
  records.change(id, {
    name: wanted,
    events: [{ action: 'rename', attributes: { oldName: `/${before}` } }],
  });
  await networks.renamed(id, wanted, { signal });
  return id;
}
