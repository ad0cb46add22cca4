import { beforeEach, expect, test } from 'vitest';
import type { FilterInput } from './filter-input.js';
import { FilterKeeper } from './filter-keeper.js';
import { buildRuleset } from './ruleset.js';
import { FakePorts } from './testing/fake-ports.js';
import { listing } from './testing/listing.js';

const network = (bridge: string, subnet: string): FilterInput['networks'][number] => ({
  bridge,
  closed: false,
  icc: true,
  trusted: [],
  subnets: [{ family: 4, subnet, masquerade: true, snat: '', unprotected: false }],
});

let kernel: FakePorts;
let input: FilterInput;
let seen: string;

beforeEach(() => {
  kernel = new FakePorts();
  seen = '';
  input = {
    table: 'wharf-01234567',
    networks: [network('wharf0', '10.1.0.0/24')],
    ports: [],
    policies: [],
  };
});

function keeper(write = (text: string): void => void (seen = text)): FilterKeeper {
  return new FilterKeeper({
    ...kernel.ports,
    owner: { protocol: 213, firstPriority: 1, lastPriority: 100 },
    input: () => input,
    seen: { read: () => seen, write },
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    degraded: () => undefined,
  });
}

/** A daemon that has written its table and looked at it. */
async function earlier(): Promise<void> {
  const before = keeper();
  await before.sync();
  kernel.listing = listing(buildRuleset(input));
  await before.verify();
  kernel.scripts.length = 0;
}

test('a table that an earlier daemon has left as it is wanted stays', async () => {
  await earlier();
  const kept = keeper();
  await kept.sync();
  expect(kernel.scripts).toEqual([]);
  expect(kernel.rules).not.toEqual([]);
  input = { ...input, networks: [...input.networks, network('wharf1', '10.2.0.0/24')] };
  await kept.sync();
  expect(kernel.scripts).toEqual([
    expect.stringContaining('add element inet wharf-01234567 bridges'),
  ]);
  expect(kernel.scripts.join('')).not.toContain('delete table');
});

test('what looks right and cannot be noted is right all the same', async () => {
  const kept = keeper(() => {
    throw new RangeError('the disk is full');
  });
  await kept.sync();
  kernel.listing = listing(buildRuleset(input));
  expect(await kept.verify()).toBe(true);
  expect(seen).toBe('');
});

test('changes of the own table are looked at, and of the one in which others drop', () => {
  keeper().watch();
  expect(kernel.watched).toEqual(['wharf-01234567', 'filter']);
});

test('a table in which somebody has changed a rule while no daemon was there is written anew', async () => {
  const changes: readonly ((entry: Record<string, Record<string, unknown>>) => void)[] = [
    ({ rule }) => rule !== undefined && (rule['expr'] = ['accept']),
    ({ chain }) => chain !== undefined && (chain['policy'] = 'drop'),
    ({ table }) => table !== undefined && (table['flags'] = 'dormant'),
  ];
  for (const change of changes) {
    await earlier();
    const changed = structuredClone(kernel.listing) as { nftables: never[] };
    changed.nftables.forEach(change);
    kernel.listing = changed;
    await keeper().sync();
    expect(kernel.scripts).toEqual([expect.stringContaining('delete table inet wharf-01234567')]);
  }
});

test('a table that has not what the records say, or is not there, is written anew', async () => {
  await earlier();
  const { nftables } = kernel.listing as ReturnType<typeof listing>;
  const tables = [undefined, { nftables: nftables.filter((entry) => !('set' in entry)) }];
  for (const found of tables) {
    kernel = new FakePorts();
    kernel.listing = found;
    await keeper().sync();
    expect(kernel.scripts).toEqual([expect.stringContaining('delete table inet wharf-01234567')]);
  }
});

test('other rules give the table another mark, other elements do not', () => {
  const mark = (of: FilterInput) =>
    [...buildRuleset(of).chains.keys()].filter((name) => /^made_/.test(name));
  const [before] = mark(input);
  expect(mark(input)).toHaveLength(1);
  expect(mark({ ...input, networks: [] })).toEqual([before]);
  const policy = { id: 'p', addresses: ['10.1.0.2'], allow: [], logGroup: 7 };
  expect(mark({ ...input, policies: [policy] })).not.toEqual([before]);
});
