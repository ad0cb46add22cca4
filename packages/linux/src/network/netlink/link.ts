import { InvalidArgumentError } from '@wharf/core';
import { AF_INET6 } from '@wharf/linux/native';
import {
  attribute,
  decodeAttributes,
  nested,
  text,
  textOf,
  u16,
  u32,
  u32Of,
  u8,
} from './attributes.js';
import * as c from './constants.js';
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, type Message, type Request } from './message.js';

const linkHeader = 16;
/** IFNAMSIZ without its NUL. */
const longestName = 15;

/** What can be said of a link when it is made or changed; what is undefined is left alone. */
export interface LinkFields {
  readonly index?: number;
  readonly name?: string;
  readonly up?: boolean;
  readonly mac?: string;
  readonly mtu?: number;
  readonly alias?: string;
  /** Index of the bridge it is a port of. */
  readonly master?: number;
  /** Index of the interface it rides on. */
  readonly parent?: number;
  /** Descriptor of the namespace it is made in. */
  readonly namespace?: number;
  /** As port of a bridge. */
  readonly isolated?: boolean;
  /** As port of a bridge: what came from it may go back to it. */
  readonly hairpin?: boolean;
  /** No link-local address by itself. */
  readonly noLinkLocal?: boolean;
}

export interface VethFields extends LinkFields {
  readonly name: string;
  readonly peer: LinkFields;
}

/** A link as the kernel tells it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly alias: string;
  readonly kind: string;
  readonly up: boolean;
  readonly mtu: number;
  readonly mac: string;
  readonly master: number;
  /** Index of what it rides on; of a veth that of its other end, in the namespace of that. */
  readonly peer: number;
}

/** struct ifinfomsg and attributes. */
function linkBody(fields: LinkFields, ...more: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(linkHeader);
  header.writeInt32LE(fields.index ?? 0, 4);
  if (fields.up !== undefined) {
    header.writeUInt32LE(fields.up ? c.IFF_UP : 0, 8);
    header.writeUInt32LE(c.IFF_UP, 12);
  }
  const parts: Uint8Array[] = [header];
  if (fields.name !== undefined) parts.push(text(c.IFLA_IFNAME, checkedName(fields.name)));
  if (fields.mac !== undefined) parts.push(attribute(c.IFLA_ADDRESS, macBytes(fields.mac)));
  if (fields.mtu !== undefined) parts.push(u32(c.IFLA_MTU, fields.mtu));
  if (fields.parent !== undefined) parts.push(u32(c.IFLA_LINK, fields.parent));
  if (fields.master !== undefined) parts.push(u32(c.IFLA_MASTER, fields.master));
  if (fields.alias !== undefined) {
    parts.push(attribute(c.IFLA_IFALIAS, Buffer.from(fields.alias)));
  }
  if (fields.namespace !== undefined) parts.push(u32(c.IFLA_NET_NS_FD, fields.namespace));
  return Buffer.concat([...parts, ...more]);
}

function create(fields: LinkFields & { name: string }, kind: string, data: Uint8Array[]): Request {
  const info = nested(
    c.IFLA_LINKINFO,
    text(c.IFLA_INFO_KIND, kind),
    ...(data.length > 0 ? [nested(c.IFLA_INFO_DATA, ...data)] : []),
  );
  return {
    type: c.RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    body: linkBody(fields, info),
    subject: `interface ${fields.name}`,
  };
}

/** A pair of which each end may be in a namespace of its own. The kernel chooses the index of the other end. */
export function createVeth(fields: VethFields): Request {
  return create(fields, 'veth', [nested(c.VETH_INFO_PEER, linkBody(fields.peer))]);
}

/** Without spanning tree, so that a port forwards at once. */
export function createBridge(fields: LinkFields & { name: string }): Request {
  return create(fields, 'bridge', [u32(c.IFLA_BR_FORWARD_DELAY, 0), u32(c.IFLA_BR_STP_STATE, 0)]);
}

const macvlanModes: Readonly<Record<string, number>> = {
  private: 1,
  vepa: 2,
  bridge: 4,
  passthru: 8,
};
const ipvlanModes: Readonly<Record<string, number>> = { l2: 0, l3: 1, l3s: 2 };

/** `mode`: bridge, private, vepa, passthru; invalid-argument for others. */
export function createMacvlan(fields: LinkFields & { name: string }, mode: string): Request {
  return create(fields, 'macvlan', [u32(c.IFLA_MACVLAN_MODE, modeOf(macvlanModes, mode))]);
}

/** `mode`: l2, l3, l3s; invalid-argument for others. */
export function createIpvlan(fields: LinkFields & { name: string }, mode: string): Request {
  return create(fields, 'ipvlan', [u16(c.IFLA_IPVLAN_MODE, modeOf(ipvlanModes, mode))]);
}

function modeOf(modes: Readonly<Record<string, number>>, mode: string): number {
  const found = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (found !== undefined) return found;
  throw new InvalidArgumentError(
    `unknown mode ${JSON.stringify(mode)}: use one of ${Object.keys(modes).join(', ')}`,
  );
}

/** Changes a link that is named by index or, without one, by name. */
export function changeLink(fields: LinkFields): Request {
  const more: Uint8Array[] = [];
  if (fields.isolated !== undefined) {
    const flags = [
      u8(c.IFLA_BRPORT_ISOLATED, fields.isolated ? 1 : 0),
      ...(fields.hairpin === true ? [u8(c.IFLA_BRPORT_MODE, 1)] : []),
    ];
    more.push(
      nested(
        c.IFLA_LINKINFO,
        text(c.IFLA_INFO_SLAVE_KIND, 'bridge'),
        nested(c.IFLA_INFO_SLAVE_DATA, ...flags),
      ),
    );
  }
  if (fields.noLinkLocal === true) {
    const mode = u8(c.IFLA_INET6_ADDR_GEN_MODE, c.IN6_ADDR_GEN_MODE_NONE);
    more.push(nested(c.IFLA_AF_SPEC, nested(AF_INET6, mode)));
  }
  return {
    type: c.RTM_NEWLINK,
    flags: 0,
    body: linkBody(fields, ...more),
    subject: `interface ${fields.name ?? fields.index ?? ''}`,
  };
}

export function deleteLink(link: { readonly name: string } | { readonly index: number }): Request {
  const subject = `interface ${'name' in link ? link.name : link.index}`;
  return { type: c.RTM_DELLINK, flags: 0, body: linkBody(link), subject };
}

/** All links without a name, else the one of that name (ENODEV when there is none). */
export function getLinks(name?: string): Request {
  const mask = u32(c.IFLA_EXT_MASK, c.RTEXT_FILTER_SKIP_STATS);
  return {
    type: c.RTM_GETLINK,
    flags: name === undefined ? NLM_F_DUMP : 0,
    body: linkBody(name === undefined ? {} : { name }, mask),
    subject: name === undefined ? 'interfaces' : `interface ${name}`,
  };
}

/** undefined for other messages. */
export function decodeLink({ type, body }: Message): Link | undefined {
  if (type !== c.RTM_NEWLINK || body.length < linkHeader) return undefined;
  const attributes = decodeAttributes(body.subarray(linkHeader));
  const info = attributes.get(c.IFLA_LINKINFO);
  return {
    index: body.readInt32LE(4),
    name: textOf(attributes.get(c.IFLA_IFNAME)),
    alias: textOf(attributes.get(c.IFLA_IFALIAS)),
    kind: info === undefined ? '' : textOf(decodeAttributes(info).get(c.IFLA_INFO_KIND)),
    up: (body.readUInt32LE(8) & c.IFF_UP) !== 0,
    mtu: u32Of(attributes.get(c.IFLA_MTU)) ?? 0,
    mac: macText(attributes.get(c.IFLA_ADDRESS)),
    master: u32Of(attributes.get(c.IFLA_MASTER)) ?? 0,
    peer: u32Of(attributes.get(c.IFLA_LINK)) ?? 0,
  };
}

/** dev_valid_name of the kernel, and no control characters. */
function checkedName(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= longestName && !/[\s/:\0-\x1f\x7f]|^\.{1,2}$/u.test(name)) return name;
  throw new InvalidArgumentError(
    `${JSON.stringify(name)} is no name of an interface: use 1 to ${longestName} bytes without / and spaces`,
  );
}

/** Six bytes; invalid-argument otherwise. */
export function macBytes(mac: string): Buffer {
  if (/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac)) {
    return Buffer.from(mac.replaceAll(':', ''), 'hex');
  }
  throw new InvalidArgumentError(`${JSON.stringify(mac)} is not a MAC address`);
}

function macText(bytes: Buffer | undefined): string {
  return [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
