import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Space } from '@wharf/testing';

/** Fails when the host of a space, whose daemon has ended, has anything that a new space has not. */
export async function assertUntouched(space: Space): Promise<void> {
  const deadline = performance.now() + 2000;
  while ((await additions(space)).length > 0 && performance.now() < deadline) await sleep(50);
  expect(await additions(space)).toEqual([]);
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
