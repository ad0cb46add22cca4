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

beforeEach(() => {
  kernel = new FakePorts();
  input = {
    table: 'wharf-01234567',
    networks: [network('wharf0', '10.1.0.0/24')],
    ports: [],
    policies: [],
  };
});

function keeper(): FilterKeeper {
  return new FilterKeeper({
    ...kernel.ports,
    owner: { protocol: 213, firstPriority: 1, lastPriority: 100 },
    input: () => input,
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
    degraded: () => undefined,
  });
}

test('a table that an earlier daemon has left as it is wanted stays', async () => {
  kernel.listing = listing(buildRuleset(input));
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

test('a table that is not as it is wanted, or not there, is written anew', async () => {
  const wanted = buildRuleset(input);
  const entries = listing(wanted).nftables;
  const changed = new Map(wanted.chains).set('guard', [
    'type filter hook prerouting priority raw;',
  ]);
  const tables = [
    undefined,
    { nftables: entries.slice(0, -1) },
    listing({ ...wanted, chains: changed }),
  ];
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
