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
/** Of every message of nf_tables about a change the first attribute: NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE and so on. */
const tableAttribute = 1;
/** struct nlmsghdr and struct nfgenmsg; then struct nlattr and a name. */
const [headerSize, nfHeaderSize, attributeSize, longestName] = [16, 4, 4, 256];
const messageBytes = headerSize + nfHeaderSize + attributeSize + longestName;
const debounceMs = 100;

export interface WatchOptions {
  readonly native: Native;
  readonly namespace: NetworkNamespace | null;
  /** Names of those that count, in any family. */
  readonly tables: ReadonlySet<string>;
  /** By the netlink port of who made a change. */
  readonly ours: (port: number) => boolean;
  readonly changed: () => void;
}

/**
 * Tells, at most ten times a second, that somebody else changed one of the tables. Additions of elements to sets alone are not told:
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
  { native, namespace, tables, ours }: WatchOptions,
  tell: () => void,
  isClosed: () => boolean,
): Promise<() => void> {
  const fd = await native.socketInNetns(namespace, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
  try {
    const heard = (messages: Uint8Array | null): void => {
      if (!isClosed() && (messages === null || isForeign(messages, tables, ours))) tell();
    };
    const listener = native.netlinkListen(fd, [NFNLGRP_NFTABLES], heard, messageBytes);
    return () => native.netlinkUnlisten(listener);
  } finally {
    native.close(fd);
  }
}

/** Whether any of the messages, each cut to `messageBytes`, is a change of one of the tables that is not ours. */
export function isForeign(
  messages: Uint8Array,
  tables: ReadonlySet<string>,
  ours: (port: number) => boolean,
): boolean {
  const bytes = Buffer.from(messages.buffer, messages.byteOffset, messages.byteLength);
  for (let at = 0; at + headerSize <= bytes.length;) {
    const length = Math.max(headerSize, Math.min(bytes.readUInt32LE(at), messageBytes));
    const message = bytes.subarray(at, at + length);
    at += align(length);
    // The upper byte is the subsystem; a new generation comes after each change, of elements too.
    const type = message.readUInt16LE(4) & 0xff;
    if (type === NFT_MSG_NEWGEN || type === NFT_MSG_NEWSETELEM) continue;
    if (ours(message.readUInt32LE(12))) continue;
    const table = tableOf(message);
    if (table === undefined || tables.has(table)) return true;
  }
  return false;
}

function tableOf(message: Buffer): string | undefined {
  const at = headerSize + nfHeaderSize;
  if (message.length < at + attributeSize) return undefined;
  const length = message.readUInt16LE(at);
  if (message.readUInt16LE(at + 2) !== tableAttribute || at + length > message.length) {
    return undefined;
  }
  return message.toString(
    'latin1',
    at + attributeSize,
    Math.max(at + attributeSize, at + length - 1),
  );
}

const align = (length: number): number => (length + 3) & ~3;
