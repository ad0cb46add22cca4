import { expect } from 'vitest';
import type { Space } from '@wharf/testing';

/** Fails when the host of a space, whose daemon has ended, has anything that a new space has not. */
export async function assertUntouched(space: Space): Promise<void> {
  await expect.poll(() => additions(space), { timeout: 2000 }).toEqual([]);
}

async function additions(space: Space): Promise<string[]> {
  const lines = async (...command: string[]): Promise<string[]> =>
    (await space.host(command)).stdout.split('\n').filter((line) => line.trim() !== '');
  const [links, rules, routes, ruleset] = await Promise.all([
    lines('ip', '-brief', 'link'),
    lines('ip', 'rule'),
    lines('ip', 'route', 'show', 'table', 'all'),
    lines('nft', 'list', 'ruleset'),
  ]);
  return [
    ...links.filter((line) => !/^(lo|up0@)/.test(line)),
    ...rules.filter((line) => !/lookup (local|main|default)/.test(line)),
    ...routes.filter((line) => !/dev (lo|up0)/.test(line)),
    ...ruleset,
  ];
}
