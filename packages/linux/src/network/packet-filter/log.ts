import { UnavailableError } from '@wharf/core';
import type { Refusal } from '@wharf/engine/ports';
import {
  AF_NETLINK,
  NETLINK_NETFILTER,
  SOCK_RAW,
  type Native,
  type NetworkNamespace,
} from '@wharf/linux/native';
import { decodeLogged, encodeBind } from './log-message.js';

const patienceMs = 5000;
/** Of each message: its attributes, and as much of the packet as `copyRange`. */
const messageBytes = 1024;

export interface LogOptions {
  readonly native: Native;
  readonly namespace: NetworkNamespace | null;
  readonly group: number;
  readonly told: (refusals: readonly Refusal[], lost: number) => void;
}

/** Takes a group of nfnetlink_log for itself. unavailable when somebody has it, or the kernel has none. */
export async function listenToLog(options: LogOptions): Promise<{ close(): Promise<void> }> {
  const { native, namespace, group, told } = options;
  const fd = await native.socketInNetns(namespace, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  try {
    const { refusals } = await native.netlinkExchange(fd, encodeBind(group), patienceMs);
    const [refused] = refusals;
    if (refused !== undefined) throw refused.error;
    let closed = false;
    const heard = (messages: Uint8Array | null): void => {
      if (closed) return;
      if (messages === null) told([], 1);
      else told(decodeLogged(messages), 0);
    };
    const listener = native.netlinkListen(fd, [], heard, messageBytes);
    return {
      close: () => {
        closed = true;
        native.netlinkUnlisten(listener);
        return Promise.resolve();
      },
    };
  } catch (cause) {
    throw new UnavailableError(`the packet filter's log group ${group} cannot be read`, { cause });
  } finally {
    native.close(fd);
  }
}
