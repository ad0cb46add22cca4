import type { CallOptions } from '@wharf/core';
import type { RouteRule, RuleOwner } from '@wharf/engine/ports';
import {
  addRule,
  decodeRule,
  deleteRule,
  getRules,
  ruleKey,
  type KernelRule,
} from '../netlink/rule.js';
import type { HostLink } from './host-link.js';

const families = ['ipv4', 'ipv6'] as const;

/** Rules of `owner` become these: what is new is there before what is old goes. Those of others stay. */
export async function setRules(
  host: HostLink,
  owner: RuleOwner,
  rules: readonly RouteRule[],
  options: CallOptions,
): Promise<void> {
  const wanted = new Map(rules.map((rule) => [ruleKey(rule), rule]));
  const present = new Map<string, RouteRule>();
  for (const family of families) {
    const answers = await host.run([getRules(family)], {
      ...options,
      tolerated: ['EAFNOSUPPORT', 'ENOTSUP'],
    });
    for (const rule of answers.map(decodeRule)) {
      if (rule !== undefined && isOf(owner, rule)) present.set(ruleKey(rule), rule);
    }
  }
  const added = [...wanted].filter(([key]) => !present.has(key)).map(([, rule]) => rule);
  await host.run(
    added.map((rule) => addRule(owner.protocol, rule)),
    { ...options, tolerated: ['EEXIST'] },
  );
  const old = [...present].filter(([key]) => !wanted.has(key)).map(([, rule]) => rule);
  await host.run(
    old.map((rule) => deleteRule(owner.protocol, rule)),
    { ...options, tolerated: ['ENOENT'] },
  );
}

function isOf(
  { protocol, firstPriority, lastPriority }: RuleOwner,
  { owner, priority }: KernelRule,
): boolean {
  return owner === protocol && priority >= firstPriority && priority <= lastPriority;
}
