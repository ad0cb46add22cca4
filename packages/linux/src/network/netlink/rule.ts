import type { RouteRule } from '@wharf/engine/ports';
import { AF_INET, AF_INET6 } from '@wharf/linux/native';
import { attribute, decodeAttributes, text, textOf, u32, u32Of, u8 } from './attributes.js';
import * as c from './constants.js';
import { networkOf, parsePrefix, prefixText } from './ip.js';
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, type Message, type Request } from './message.js';

const ruleHeader = 12;

/** A rule as the kernel tells it. */
export interface KernelRule extends RouteRule {
  /** Who made it: FRA_PROTOCOL. */
  readonly owner: number;
}

/** EEXIST when the same one is there. */
export function addRule(owner: number, rule: RouteRule): Request {
  return ruleRequest(c.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, owner, rule);
}

/** ENOENT when there is none. */
export function deleteRule(owner: number, rule: RouteRule): Request {
  return ruleRequest(c.RTM_DELRULE, 0, owner, rule);
}

/** Two rules that mean the same have the same text. */
export function ruleKey(rule: RouteRule): string {
  const prefix = (cidr: string | undefined): string =>
    cidr === undefined ? '' : prefixText(networkOf(parsePrefix(cidr)));
  return JSON.stringify([
    rule.family,
    rule.priority,
    prefix(rule.from),
    prefix(rule.to),
    rule.incoming ?? '',
    rule.invert ?? false,
    rule.mark ?? [],
    rule.action,
  ]);
}

function ruleRequest(type: number, flags: number, owner: number, rule: RouteRule): Request {
  const header = Buffer.alloc(ruleHeader);
  const main = rule.action === 'main';
  const [from, to] = [rule.from, rule.to].map((cidr) =>
    cidr === undefined ? undefined : networkOf(parsePrefix(cidr)),
  );
  header.writeUInt8(rule.family === 'ipv4' ? AF_INET : AF_INET6, 0);
  header.writeUInt8(to?.length ?? 0, 1);
  header.writeUInt8(from?.length ?? 0, 2);
  header.writeUInt8(main ? c.RT_TABLE_MAIN : 0, 4);
  header.writeUInt8(main ? c.FR_ACT_TO_TBL : c.FR_ACT_PROHIBIT, 7);
  header.writeUInt32LE(rule.invert === true ? c.FIB_RULE_INVERT : 0, 8);
  const parts: Uint8Array[] = [
    header,
    u32(c.FRA_PRIORITY, rule.priority),
    u8(c.FRA_PROTOCOL, owner),
  ];
  if (to !== undefined) parts.push(attribute(c.FRA_DST, to.bytes));
  if (from !== undefined) parts.push(attribute(c.FRA_SRC, from.bytes));
  if (rule.incoming !== undefined) parts.push(text(c.FRA_IIFNAME, rule.incoming));
  if (rule.mark !== undefined) {
    parts.push(u32(c.FRA_FWMARK, rule.mark[0]), u32(c.FRA_FWMASK, rule.mark[1]));
  }
  const subject = `${rule.family} rule of priority ${rule.priority}`;
  return { type, flags, body: Buffer.concat(parts), subject };
}

export function getRules(family: 'ipv4' | 'ipv6'): Request {
  const body = Buffer.alloc(ruleHeader);
  body.writeUInt8(family === 'ipv4' ? AF_INET : AF_INET6, 0);
  return { type: c.RTM_GETRULE, flags: NLM_F_DUMP, body, subject: `rules of ${family}` };
}

/** undefined for other messages, families and actions. */
export function decodeRule({ type, body }: Message): KernelRule | undefined {
  if (type !== c.RTM_NEWRULE || body.length < ruleHeader) return undefined;
  const family = familyOf(body.readUInt8(0));
  const action = actionOf(body.readUInt8(7));
  if (family === undefined || action === undefined) return undefined;
  const attributes = decodeAttributes(body.subarray(ruleHeader));
  const prefix = (key: number, length: number): string | undefined => {
    const bytes = attributes.get(key);
    const number = family === 'ipv4' ? AF_INET : AF_INET6;
    return bytes === undefined ? undefined : prefixText({ family: number, bytes, length });
  };
  const to = prefix(c.FRA_DST, body.readUInt8(1));
  const from = prefix(c.FRA_SRC, body.readUInt8(2));
  const incoming = attributes.get(c.FRA_IIFNAME);
  const mask = u32Of(attributes.get(c.FRA_FWMASK));
  return {
    family,
    action,
    owner: attributes.get(c.FRA_PROTOCOL)?.[0] ?? 0,
    priority: u32Of(attributes.get(c.FRA_PRIORITY)) ?? 0,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(incoming === undefined ? {} : { incoming: textOf(incoming) }),
    ...((body.readUInt32LE(8) & c.FIB_RULE_INVERT) === 0 ? {} : { invert: true }),
    ...(mask === undefined || mask === 0
      ? {}
      : { mark: [u32Of(attributes.get(c.FRA_FWMARK)) ?? 0, mask] as const }),
  };
}

function familyOf(number: number): 'ipv4' | 'ipv6' | undefined {
  if (number === AF_INET) return 'ipv4';
  return number === AF_INET6 ? 'ipv6' : undefined;
}

function actionOf(number: number): RouteRule['action'] | undefined {
  if (number === c.FR_ACT_TO_TBL) return 'main';
  return number === c.FR_ACT_PROHIBIT ? 'prohibit' : undefined;
}
