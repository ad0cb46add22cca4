import { AF_INET, AF_INET6 } from '@wharf/linux/native';
import { attribute, decodeAttributes, u32, u32Of } from './attributes.js';
import * as c from './constants.js';
import { ipText, networkOf, parseIp, parsePrefix, prefixText } from './ip.js';
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_REPLACE, type Message, type Request } from './message.js';

const routeHeader = 12;

/** A route of the main table to be set or removed. */
export interface RouteFields {
  /** 'default' or CIDR. */
  readonly destination: string;
  /** '' is on link. */
  readonly via: string;
  readonly index: number;
  /** Whose `default` it is, where nothing else says it. */
  readonly family?: 'ipv4' | 'ipv6';
}

/** A route as the kernel tells it. */
export interface Route {
  readonly family: number;
  /** CIDR; 0.0.0.0/0 and ::/0 are the default ones. */
  readonly destination: string;
  readonly via: string;
  /** 0 where it leads nowhere. */
  readonly index: number;
  readonly table: number;
  readonly protocol: number;
  readonly type: number;
  readonly cloned: boolean;
}

/** Takes the place of one to the same destination. */
export function addRoute(route: RouteFields): Request {
  return routeRequest(c.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
}

/** ESRCH when there is none. */
export function deleteRoute(route: RouteFields): Request {
  return routeRequest(c.RTM_DELROUTE, 0, route);
}

/** CIDR in the kernel's text, also of 'default'. */
export function canonicalDestination({ destination, via, family }: RouteFields): string {
  if (destination !== 'default') return prefixText(networkOf(parsePrefix(destination)));
  const six = via === '' ? family === 'ipv6' : via.includes(':');
  return six ? '::/0' : '0.0.0.0/0';
}

function routeRequest(type: number, flags: number, route: RouteFields): Request {
  const prefix = parsePrefix(canonicalDestination(route));
  const header = Buffer.alloc(routeHeader);
  header.writeUInt8(prefix.family, 0);
  header.writeUInt8(prefix.length, 1);
  header.writeUInt8(c.RT_TABLE_MAIN, 4);
  header.writeUInt8(c.RTPROT_STATIC, 5);
  header.writeUInt8(route.via === '' ? c.RT_SCOPE_LINK : c.RT_SCOPE_UNIVERSE, 6);
  header.writeUInt8(c.RTN_UNICAST, 7);
  const parts: Uint8Array[] = [header];
  if (prefix.length > 0) parts.push(attribute(c.RTA_DST, prefix.bytes));
  if (route.via !== '') parts.push(attribute(c.RTA_GATEWAY, parseIp(route.via).bytes));
  parts.push(u32(c.RTA_OIF, route.index));
  const subject = `route to ${route.destination}${route.via === '' ? '' : ` via ${route.via}`}`;
  return { type, flags, body: Buffer.concat(parts), subject };
}

/** Of all tables. */
export function getRoutes(family: 'ipv4' | 'ipv6'): Request {
  const body = Buffer.alloc(routeHeader);
  body.writeUInt8(family === 'ipv4' ? AF_INET : AF_INET6, 0);
  return { type: c.RTM_GETROUTE, flags: NLM_F_DUMP, body, subject: `routes of ${family}` };
}

/** undefined for other messages and families. */
export function decodeRoute({ type, body }: Message): Route | undefined {
  if (type !== c.RTM_NEWROUTE || body.length < routeHeader) return undefined;
  const family = body.readUInt8(0);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const attributes = decodeAttributes(body.subarray(routeHeader));
  const bytes = attributes.get(c.RTA_DST) ?? Buffer.alloc(family === AF_INET ? 4 : 16);
  return {
    family,
    destination: prefixText({ family, bytes, length: body.readUInt8(1) }),
    via: ipText(attributes.get(c.RTA_GATEWAY) ?? Buffer.alloc(0)),
    index: u32Of(attributes.get(c.RTA_OIF)) ?? firstHop(attributes.get(c.RTA_MULTIPATH)),
    table: u32Of(attributes.get(c.RTA_TABLE)) ?? body.readUInt8(4),
    protocol: body.readUInt8(5),
    type: body.readUInt8(7),
    cloned: (body.readUInt32LE(8) & c.RTM_F_CLONED) !== 0,
  };
}

/** struct rtnexthop: length, flags, hops, index. */
function firstHop(hops: Buffer | undefined): number {
  return hops === undefined || hops.length < 8 ? 0 : hops.readInt32LE(4);
}
