import {
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Native,
  type NetworkNamespace,
} from '@wharf/linux/native';
import { errnoOf, refusalOf } from '../netlink/errors.js';

const sockets = {
  tcp: [SOCK_STREAM, IPPROTO_TCP],
  udp: [SOCK_DGRAM, IPPROTO_UDP],
  sctp: [SOCK_STREAM, IPPROTO_SCTP],
} as const;

/**
 * False when a socket holds the port or the address is not of this host. True also for sctp on a kernel without it: nobody
 * can hold it there.
 */
export async function canBind(
  native: Native,
  namespace: NetworkNamespace | null,
  { address, port, protocol }: { address: string; port: number; protocol: 'tcp' | 'udp' | 'sctp' },
): Promise<boolean> {
  const [type, number] = sockets[protocol];
  try {
    await native.tryBind(namespace, address, port, type, number);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL') return false;
    if (protocol === 'sctp' && code === 'EPROTONOSUPPORT') return true;
    throw refusalOf(error, `${protocol} port ${port} of ${address}`);
  }
}
