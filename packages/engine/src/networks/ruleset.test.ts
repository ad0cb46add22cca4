import { expect, test } from 'vitest';
import type { FilterInput, FilterNetwork, FilterPort } from './filter-input.js';
import { differs, structureOf } from './listing.js';
import { routeRules } from './route-rules.js';
import { buildRuleset, type Ruleset } from './ruleset.js';
import { changeScript, fullScript } from './script.js';
import { listing } from './testing/listing.js';

const network = (
  bridge: string,
  subnet: string,
  more: Partial<FilterNetwork> = {},
): FilterNetwork => ({
  bridge,
  closed: false,
  icc: true,
  trusted: [],
  subnets: [{ family: 4, subnet, masquerade: true, snat: '', unprotected: false }],
  ...more,
});

const port = (more: Partial<FilterPort> = {}): FilterPort => ({
  protocol: 'tcp',
  hostAddress: '0.0.0.0',
  hostPort: 8080,
  target: '10.1.0.2',
  targetPort: 80,
  lanOnly: false,
  direct: false,
  ...more,
});

const input = (more: Partial<FilterInput> = {}): FilterInput => ({
  table: 'wharf-01234567',
  networks: [network('wharf0', '10.1.0.0/24')],
  ports: [],
  policies: [],
  ...more,
});

function elements(ruleset: Ruleset): Record<string, string[]> {
  const filled = [...ruleset.sets].filter(([, set]) => set.elements.size > 0);
  return Object.fromEntries(
    filled.map(([name, set]) => [
      name,
      [...set.elements].map(([key, value]) => (value === '' ? key : `${key} : ${value}`)),
    ]),
  );
}

test('a network is in the sets by which chains decide', () => {
  expect(elements(buildRuleset(input()))).toEqual({
    bridges: ['"wharf0"'],
    self: ['"wharf0" . "wharf0"'],
    subnets4: ['10.1.0.0/24'],
    own4: ['"wharf0" . 10.1.0.0/24'],
    masq4: ['10.1.0.0/24'],
  });
});

test('a closed network without talk among its containers', () => {
  const subnets = [
    { family: 4 as const, subnet: '10.2.0.0/24', masquerade: false, snat: '', unprotected: false },
  ];
  const networks = [network('wb-0', '10.2.0.0/24', { closed: true, icc: false, subnets })];
  expect(elements(buildRuleset(input({ networks })))).toEqual({
    bridges: ['"wb-0"'],
    closed: ['"wb-0"'],
    strict: ['"wb-0"'],
    subnets4: ['10.2.0.0/24'],
    own4: ['"wb-0" . 10.2.0.0/24'],
  });
});

test('ports by the address they are bound to', () => {
  const ports = [
    port(),
    port({ hostAddress: '127.0.0.1', hostPort: 81 }),
    port({ hostAddress: '::', target: 'fd00::2', protocol: 'udp', lanOnly: true }),
    port({ direct: true, targetPort: 443 }),
  ];
  const { any4, ports4, any6, lan, direct4, published4 } = elements(buildRuleset(input({ ports })));
  expect({ any4, ports4, any6, lan, direct4, published4 }).toEqual({
    any4: ['tcp . 8080 : 10.1.0.2 . 80'],
    ports4: ['tcp . 127.0.0.1 . 81 : 10.1.0.2 . 80'],
    any6: ['udp . 8080 : fd00::2 . 80'],
    lan: ['udp . 8080'],
    direct4: ['10.1.0.2 . tcp . 443'],
    published4: ['10.1.0.2 . tcp . 80', '10.1.0.2 . tcp . 443'],
  });
});

test('the start of a container with a port is elements alone', () => {
  const before = buildRuleset(input());
  const after = buildRuleset(input({ ports: [port()] }));
  expect(changeScript(before, after)).toBe(
    [
      'add element inet wharf-01234567 any4 { tcp . 8080 : 10.1.0.2 . 80 }',
      'add element inet wharf-01234567 published4 { 10.1.0.2 . tcp . 80 }',
      '',
    ].join('\n'),
  );
  expect(changeScript(after, before)).toBe(
    [
      'delete element inet wharf-01234567 any4 { tcp . 8080 : 10.1.0.2 . 80 }',
      'delete element inet wharf-01234567 published4 { 10.1.0.2 . tcp . 80 }',
      '',
    ].join('\n'),
  );
  expect(changeScript(after, after)).toBe('');
});

test('a port that moves to another container goes before it comes', () => {
  const before = buildRuleset(input({ ports: [port()] }));
  const after = buildRuleset(input({ ports: [port({ target: '10.1.0.3' })] }));
  const lines = changeScript(before, after).split('\n');
  expect(lines.findIndex((line) => line.startsWith('delete element'))).toBe(0);
  expect(lines.at(-2)).toMatch(/^add element .*published4/);
});

test('a policy brings chain and sets of its own, and takes them away', () => {
  const allow = [{ family: 4 as const, cidr: '192.0.2.0/24', port: 443 }];
  const policy = { id: 'abc', addresses: ['10.1.0.2'], allow, logGroup: 1 };
  const before = buildRuleset(input());
  const after = buildRuleset(input({ policies: [policy] }));
  const script = changeScript(before, after);
  expect(script).toContain('add chain inet wharf-01234567 policy_abc');
  expect(script).toContain('ip daddr 192.0.2.0/24 th dport 443 return');
  expect(script).toContain('egress4 { 10.1.0.2 : jump policy_abc }');
  expect(changeScript(after, before)).toMatch(
    /delete element .*egress4[\s\S]*flush chain .*policy_abc[\s\S]*delete chain .*policy_abc[\s\S]*delete set .*allow4_abc/,
  );
});

test('the whole table replaces whatever was there in one transaction', () => {
  const lines = fullScript(buildRuleset(input())).split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'add table inet wharf-01234567',
    'delete table inet wharf-01234567',
    'table inet wharf-01234567 {',
  ]);
});

test('routing refuses by itself what was not admitted', () => {
  const mark = [0, 0x0800_0000];
  const owner = { protocol: 213, firstPriority: 2200, lastPriority: 2202 };
  expect(routeRules([network('wharf0', '10.1.0.0/24')], owner)).toEqual([
    { family: 'ipv4', priority: 2200, to: '10.1.0.0/24', incoming: 'lo', action: 'main' },
    { family: 'ipv4', priority: 2200, to: '10.1.0.0/24', incoming: 'wharf0', action: 'main' },
    { family: 'ipv4', priority: 2201, to: '10.1.0.0/24', mark, action: 'prohibit' },
  ]);
  const hard = network('wb-0', '10.1.0.0/24', { closed: true, icc: false });
  const closed = routeRules([hard], owner);
  expect(closed.map(({ incoming, action }) => [incoming, action])).toEqual([
    ['lo', 'main'],
    [undefined, 'prohibit'],
    ['wb-0', 'prohibit'],
  ]);
});

test('a listing is compared with what it shall be, whatever the order', () => {
  const ruleset = buildRuleset(input({ ports: [port(), port({ hostPort: 81 })] }));
  const found = listing(ruleset);
  expect(differs(found, ruleset)).toBe(false);
  expect(differs({ nftables: found.nftables.toReversed() }, ruleset)).toBe(false);
  const without = (what: string) => {
    const at = found.nftables.findLastIndex((entry) => what in entry);
    return { nftables: found.nftables.toSpliced(at, 1) };
  };
  for (const what of ['chain', 'rule', 'set', 'map'])
    expect(differs(without(what), ruleset), what).toBe(true);
  expect(differs(undefined, ruleset)).toBe(true);
  expect(differs(found, buildRuleset(input({ ports: [port()] })))).toBe(true);
  expect(differs(listing(buildRuleset(input())), ruleset)).toBe(true);
});

test('the structure of a listing is that of its chains and rules, without counts', () => {
  const rule = (packets: number, expression: string) => ({
    rule: { chain: 'a', handle: packets, expr: [{ counter: { packets, bytes: 1 } }, expression] },
  });
  const one = { nftables: [{ chain: { name: 'a', handle: 1 } }, rule(1, 'x'), rule(2, 'y')] };
  const same = { nftables: [{ chain: { name: 'a', handle: 9 } }, rule(7, 'x'), rule(8, 'y')] };
  const other = { nftables: [{ chain: { name: 'a', handle: 9 } }, rule(7, 'y'), rule(8, 'x')] };
  expect(structureOf(one)).toBe(structureOf(same));
  expect(structureOf(one)).not.toBe(structureOf(other));
});
