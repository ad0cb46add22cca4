import { admissionMark } from './chains.js';
import type { FilterNetwork } from './filter-input.js';
import type { RouteRule, RuleOwner } from './ports.js';

/** Priorities of one daemon. */
const perDaemon = 3;
/** After the local table, before what VPN programs add and before main (ip-rule(8)). */
const lowest = 2200;
const daemons = 8000;
/** Of rtnetlink(7), a number that nobody else has in /etc/iproute2/rt_protos. */
const protocol = 213;

/** Several daemons on a host have priorities of their own, by the hash of their ids. */
export function ruleOwner(hash: Buffer): RuleOwner {
  const firstPriority = lowest + perDaemon * (hash.readUInt32BE(0) % daemons);
  return { protocol, firstPriority, lastPriority: firstPriority + perDaemon - 1 };
}

/**
 * What routing refuses by itself: packets for one of our subnets that the packet filter did not admit, and whatever
 * leaves a closed bridge. With the filter flushed nothing is admitted. The host's own packets, and those that stay
 * within a network, need no admission.
 */
export function routeRules(
  networks: readonly FilterNetwork[],
  { firstPriority: first }: RuleOwner,
): readonly RouteRule[] {
  const rules: RouteRule[] = [];
  for (const { bridge, subnets, icc, closed } of networks) {
    for (const { family: number, subnet } of subnets) {
      const family = number === 4 ? 'ipv4' : 'ipv6';
      const to = subnet;
      rules.push({ family, priority: first, to, incoming: 'lo', action: 'main' });
      if (icc) rules.push({ family, priority: first, to, incoming: bridge, action: 'main' });
      const mark = [0, admissionMark] as const;
      rules.push({ family, priority: first + 1, to, mark, action: 'prohibit' });
      if (closed)
        rules.push({ family, priority: first + 2, incoming: bridge, mark, action: 'prohibit' });
    }
  }
  return rules;
}
