import {
  AF_NETLINK,
  NETLINK_NETFILTER,
  SOCK_RAW,
  type Native,
  type NetworkNamespace,
} from '@wharf/linux/native';

/** linux/netfilter/nfnetlink.h, nf_tables.h. */
const NFNLGRP_NFTABLES = 7;
const NFT_MSG_NEWSETELEM = 12;
const NFT_MSG_NEWGEN = 15;
const headerSize = 16;
const debounceMs = 100;

export interface WatchOptions {
  readonly native: Native;
  readonly namespace: NetworkNamespace | null;
  /** By the netlink port of who made a change. */
  readonly ours: (port: number) => boolean;
  readonly changed: () => void;
}

/**
 * Tells, at most ten times a second, that somebody else changed tables. Additions of elements to sets alone are not told:
 * that is what the resolver does. What is lost counts as changed.
 */
export function watchTables(options: WatchOptions): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const tell = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!closed) options.changed();
    }, debounceMs);
    timer.unref();
  };
  const listening = listen(options, tell, () => closed);
  // Who cannot listen looks once, and then relies on being asked.
  listening.catch(tell);
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      const stop = await listening.catch(() => undefined);
      stop?.();
    },
  };
}

async function listen(
  { native, namespace, ours }: WatchOptions,
  tell: () => void,
  isClosed: () => boolean,
): Promise<() => void> {
  const fd = await native.socketInNetns(namespace, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  try {
    const listener = native.netlinkListen(fd, [NFNLGRP_NFTABLES], (headers) => {
      if (!isClosed() && (headers === null || isForeign(headers, ours))) tell();
    });
    return () => native.netlinkUnlisten(listener);
  } finally {
    native.close(fd);
  }
}

/** Whether any of the messages, given by their struct nlmsghdr, is a change that counts. */
export function isForeign(headers: Uint8Array, ours: (port: number) => boolean): boolean {
  const view = new DataView(headers.buffer, headers.byteOffset, headers.byteLength);
  for (let offset = 0; offset + headerSize <= headers.length; offset += headerSize) {
    // The upper byte is the subsystem; a new generation comes after each change, of elements too.
    const type = view.getUint16(offset + 4, true) & 0xff;
    if (type === NFT_MSG_NEWGEN || type === NFT_MSG_NEWSETELEM) continue;
    if (!ours(view.getUint32(offset + 12, true))) return true;
  }
  return false;
}
