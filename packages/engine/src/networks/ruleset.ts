import { createHash } from 'node:crypto';
import { admissionMark, baseChains } from './chains.js';
import type { FilterInput, FilterNetwork, FilterPolicy, FilterPort } from './filter-input.js';
import { readAddress } from './address.js';

export { admissionMark };

/** A named set or map: its definition, and its elements by key. */
export interface RulesetSet {
  readonly kind: 'set' | 'map';
  /** What stands between the braces. */
  readonly definition: string;
  /** Key to value; '' in a set. */
  readonly elements: ReadonlyMap<string, string>;
}

/** One nftables table as text, in parts that can be compared. */
export interface Ruleset {
  readonly table: string;
  readonly sets: ReadonlyMap<string, RulesetSet>;
  /** Name to lines; the first line of a base chain says its hook. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** Whether a line of a chain is no rule of it. */
export function isHook(line: string): boolean {
  return line.startsWith('type ');
}

const types: Readonly<Record<string, readonly ['set' | 'map', string]>> = {
  bridges: ['set', 'type ifname;'],
  closed: ['set', 'type ifname;'],
  strict: ['set', 'type ifname;'],
  self: ['set', 'type ifname . ifname;'],
  subnets4: ['set', 'type ipv4_addr; flags interval;'],
  subnets6: ['set', 'type ipv6_addr; flags interval;'],
  own4: ['set', 'type ifname . ipv4_addr; flags interval;'],
  own6: ['set', 'type ifname . ipv6_addr; flags interval;'],
  masq4: ['set', 'type ipv4_addr; flags interval;'],
  masq6: ['set', 'type ipv6_addr; flags interval;'],
  snat4: ['map', 'type ipv4_addr : ipv4_addr; flags interval;'],
  snat6: ['map', 'type ipv6_addr : ipv6_addr; flags interval;'],
  ports4: ['map', 'type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service;'],
  ports6: ['map', 'type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service;'],
  any4: ['map', 'type inet_proto . inet_service : ipv4_addr . inet_service;'],
  any6: ['map', 'type inet_proto . inet_service : ipv6_addr . inet_service;'],
  lan: ['set', 'type inet_proto . inet_service;'],
  direct4: ['set', 'type ipv4_addr . inet_proto . inet_service;'],
  direct6: ['set', 'type ipv6_addr . inet_proto . inet_service;'],
  published4: ['set', 'type ipv4_addr . inet_proto . inet_service;'],
  published6: ['set', 'type ipv6_addr . inet_proto . inet_service;'],
  trusted4: ['set', 'type ifname . ipv4_addr; flags interval;'],
  trusted6: ['set', 'type ifname . ipv6_addr; flags interval;'],
  unprotected4: ['set', 'type ipv4_addr; flags interval;'],
  unprotected6: ['set', 'type ipv6_addr; flags interval;'],
  egress4: ['map', 'type ipv4_addr : verdict;'],
  egress6: ['map', 'type ipv6_addr : verdict;'],
};

class Builder {
  readonly sets = new Map<string, RulesetSet & { readonly elements: Map<string, string> }>();
  readonly chains = new Map<string, readonly string[]>();

  constructor() {
    for (const [name, [kind, definition]] of Object.entries(types))
      this.define(name, kind, definition);
    for (const [name, lines] of baseChains) this.chains.set(name, lines);
  }

  define(name: string, kind: 'set' | 'map', definition: string): void {
    this.sets.set(name, { kind, definition, elements: new Map() });
  }

  add(set: string, key: string, value = ''): void {
    this.sets.get(set)?.elements.set(key, value);
  }
}

/**
 * The table that stands for these records: the same input gives the same text. Rules cannot be compared with what nft lists, so
 * a chain without rules, named after all that is fixed, goes in and out with it.
 */
export function buildRuleset(input: FilterInput): Ruleset {
  const builder = new Builder();
  for (const network of input.networks) addNetwork(builder, network);
  for (const port of input.ports) addPort(builder, port);
  for (const policy of input.policies) addPolicy(builder, policy);
  builder.chains.set(`made_${fingerprint(builder)}`, []);
  return { table: input.table, sets: builder.sets, chains: builder.chains };
}

function fingerprint({ chains, sets }: Builder): string {
  const parts = [
    ...[...chains].map(([name, lines]) => [name, 'chain', ...lines]),
    ...[...sets].map(([name, { kind, definition }]) => [name, kind, definition]),
  ];
  const text = parts
    .map((part) => JSON.stringify(part))
    .sort()
    .join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function addNetwork(builder: Builder, network: FilterNetwork): void {
  const names = [network.bridge, ...(network.segments ?? [])].map((name) => `"${name}"`);
  for (const name of names) {
    builder.add('bridges', name);
    if (network.closed) builder.add('closed', name);
    if (network.icc) builder.add('self', `${name} . ${name}`);
    else builder.add('strict', name);
  }
  for (const { family, subnet, masquerade, snat, unprotected } of network.subnets) {
    builder.add(`subnets${family}`, subnet);
    for (const name of names) builder.add(`own${family}`, `${name} . ${subnet}`);
    if (snat !== '') builder.add(`snat${family}`, subnet, snat);
    else if (masquerade) builder.add(`masq${family}`, subnet);
    if (unprotected) builder.add(`unprotected${family}`, subnet);
    for (const trusted of network.trusted)
      builder.add(`trusted${family}`, `"${trusted}" . ${subnet}`);
  }
}

function addPort(builder: Builder, port: FilterPort): void {
  const { protocol, hostAddress, hostPort, target, targetPort } = port;
  const family = target.includes(':') ? 6 : 4;
  const endpoint = `${target} . ${targetPort}`;
  const key = `${target} . ${protocol} . ${targetPort}`;
  if (port.direct) builder.add(`direct${family}`, key);
  else if (isUnspecified(hostAddress)) {
    builder.add(`any${family}`, `${protocol} . ${hostPort}`, endpoint);
    if (port.lanOnly) builder.add('lan', `${protocol} . ${hostPort}`);
  } else builder.add(`ports${family}`, `${protocol} . ${hostAddress} . ${hostPort}`, endpoint);
  builder.add(`published${family}`, key);
}

function isUnspecified(text: string): boolean {
  return readAddress(text)?.value === 0n;
}

/** Names of what a policy has of its own. */
export function policyNames(id: string): {
  readonly chain: string;
  readonly set4: string;
  readonly set6: string;
  readonly any4: string;
  readonly any6: string;
} {
  return {
    chain: `policy_${id}`,
    set4: `allow4_${id}`,
    set6: `allow6_${id}`,
    any4: `any4_${id}`,
    any6: `any6_${id}`,
  };
}

/** Filled by the resolver, from answers to allowed names. */
const learned = 'size 65536; flags timeout;';

/** What the kernel tells of one container in a second; it refuses all the same. */
const loggedRefusals = 100;
/** In front of the id of the policy, in what the kernel tells. */
export const egressLogPrefix = 'wharf-egress-';

function addPolicy(builder: Builder, policy: FilterPolicy): void {
  const { chain, set4, set6, any4, any6 } = policyNames(policy.id);
  builder.define(set4, 'set', `type ipv4_addr . inet_service; ${learned}`);
  builder.define(set6, 'set', `type ipv6_addr . inet_service; ${learned}`);
  builder.define(any4, 'set', `type ipv4_addr; ${learned}`);
  builder.define(any6, 'set', `type ipv6_addr; ${learned}`);
  builder.chains.set(chain, [
    // Without them nobody finds the gateway (RFC 4861).
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } return',
    // What every interface says to its link when it comes up is nobody's wish to leave it (RFC 3810, RFC 4861).
    'icmpv6 type { nd-router-solicit, mld-listener-report, mld-listener-done, mld2-listener-report } drop',
    `ip daddr @${any4} return`,
    `ip6 daddr @${any6} return`,
    `ip daddr . th dport @${set4} return`,
    `ip6 daddr . th dport @${set6} return`,
    ...policy.allow.map(({ family, cidr, port }) => {
      const match = `${family === 4 ? 'ip' : 'ip6'} daddr ${cidr}`;
      return port === 0 ? `${match} return` : `${match} th dport ${port} return`;
    }),
    `limit rate ${loggedRefusals}/second burst ${loggedRefusals} packets log prefix "${egressLogPrefix}${policy.id} " group ${policy.logGroup} snaplen 96`,
    // The kernel sends somebody one ICMP error in a second; resets come at once.
    'meta l4proto tcp counter reject with tcp reset',
    'counter reject with icmpx admin-prohibited',
  ]);
  for (const address of policy.addresses)
    builder.add(address.includes(':') ? 'egress6' : 'egress4', address, `jump ${chain}`);
}
