import type { CallOptions } from '@wharf/core';
import type { FlowFilter } from '@wharf/engine/ports';
import {
  AF_INET,
  AF_INET6,
  NETLINK_NETFILTER,
  type Native,
  type NetworkNamespace,
} from '@wharf/linux/native';
import { attribute, nested, u32, u8 } from '../netlink/attributes.js';
import { RouteChannel } from '../netlink/channel.js';
import type { Request } from '../netlink/message.js';

/** linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h. */
const NFNL_SUBSYS_CTNETLINK = 1;
const IPCTNL_MSG_CT_DELETE = 2;
const CTA_TUPLE_ORIG = 1;
const CTA_FILTER = 25;
const CTA_TUPLE_PROTO = 2;
const CTA_PROTO_NUM = 1;
const CTA_PROTO_DST_PORT = 3;
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_REPLY_FLAGS = 2;
/** include/net/netfilter/nf_conntrack_core.h and nf_conntrack_netlink.c: which parts of a tuple count. */
const byProtocolAndPort = (1 << 3) | (1 << 5);

const protocols = { tcp: 6, udp: 17, sctp: 132 } as const;

/**
 * The kernel forgets how it translated some flows, so that their next packet is looked at anew; the filter is the
 * kernel's (since 6.8). One without it, or without connection tracking, has forgotten nothing.
 */
export async function forgetFlows(
  native: Native,
  namespace: NetworkNamespace | null,
  filters: readonly FlowFilter[],
  options: CallOptions,
): Promise<void> {
  using channel = await RouteChannel.open(native, namespace, NETLINK_NETFILTER);
  const tolerated = ['ENOENT', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL'];
  await channel.run(filters.map(request), { ...options, tolerated });
}

function request(filter: FlowFilter): Request {
  const family = filter.family === 'ipv4' ? AF_INET : AF_INET6;
  // struct nfgenmsg: with version 0 a deletion is of any family.
  const header = Buffer.from([family, 1, 0, 0]);
  return {
    type: (NFNL_SUBSYS_CTNETLINK << 8) | IPCTNL_MSG_CT_DELETE,
    flags: 0,
    body: Buffer.concat([header, ...sentTo(filter)]),
    subject: 'tracked connections',
  };
}

function sentTo({ protocol, port }: FlowFilter): readonly Uint8Array[] {
  const network = Buffer.alloc(2);
  network.writeUInt16BE(port);
  const proto = nested(
    CTA_TUPLE_PROTO,
    u8(CTA_PROTO_NUM, protocols[protocol]),
    attribute(CTA_PROTO_DST_PORT, network),
  );
  return [
    nested(CTA_TUPLE_ORIG, proto),
    nested(
      CTA_FILTER,
      u32(CTA_FILTER_ORIG_FLAGS, byProtocolAndPort),
      u32(CTA_FILTER_REPLY_FLAGS, 0),
    ),
  ];
}
