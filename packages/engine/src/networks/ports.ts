import type { CallOptions } from '@wharf/core';

/** CIDR or address in the kernel's usual text. */
export interface HostRoute {
  readonly destination: string;
  readonly interfaceName: string;
}

export interface BridgeSpec {
  /** Interface name, at most 15 bytes. */
  readonly name: string;
  readonly mtu: number;
  /** Addresses with prefix length, of the gateway; none for `inhibit_ipv4` and layer-2 networks. */
  readonly addresses: readonly string[];
  /** Its ports do not talk to each other (icc=false): the kernel's `isolated` flag on each. */
  readonly isolated: boolean;
  /** Taken as an alias (ifalias), so that the kernel's objects can be found without the records (R5, R6). */
  readonly owner: string;
  readonly ipv6: boolean;
}

/** One more bridge of a network that has more containers than one bridge has ports. */
export interface SegmentSpec {
  readonly bridge: BridgeSpec;
  /** The network's first bridge, which has its addresses. */
  readonly first: string;
  /** The pair between them: a port of the first bridge, and one of this. */
  readonly up: string;
  readonly down: string;
}

/** One interface inside a container's network namespace. */
export interface InterfaceSpec {
  readonly kind: 'bridge' | 'macvlan' | 'ipvlan';
  /** The bridge, or the parent interface of the host. */
  readonly parent: string;
  /** macvlan: bridge, private, vepa, passthru; ipvlan: l2, l3, l3s. */
  readonly mode: string;
  /** Inside: eth0. */
  readonly name: string;
  /** Of the host's end of a veth pair, at most 15 bytes; carries the container's id in its ifalias. */
  readonly hostName: string;
  /** The ifalias of the host's end; without it the container's id (of `addInterface`: the file name of its path). */
  readonly alias?: string;
  readonly macAddress: string;
  readonly mtu: number;
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly isolated: boolean;
  readonly ipv6: boolean;
  readonly sysctls: Readonly<Record<string, string>>;
}

export interface SandboxRoute {
  /** 'default' or CIDR. */
  readonly destination: string;
  /** '' is on link. */
  readonly via: string;
  readonly interfaceName: string;
}

/** A whole network namespace as a container shall find it. */
export interface SandboxSpec {
  readonly containerId: string;
  readonly interfaces: readonly InterfaceSpec[];
  readonly routes: readonly SandboxRoute[];
}

/**
 * Policy routing that closes what the packet filter would close, also while somebody has flushed it: packets for one of
 * our subnets, or from a closed bridge, are prohibited unless the filter has marked them.
 */
export interface RouteRule {
  readonly family: 'ipv4' | 'ipv6';
  readonly priority: number;
  readonly from?: string;
  readonly to?: string;
  readonly incoming?: string;
  readonly invert?: boolean;
  /** Mark and mask. */
  readonly mark?: readonly [number, number];
  /** Look up in main, or refuse with prohibit. */
  readonly action: 'main' | 'prohibit';
}

/** Which rules are ours: those of our protocol number (FRA_PROTOCOL) whose priority is in our range. */
export interface RuleOwner {
  readonly protocol: number;
  readonly firstPriority: number;
  readonly lastPriority: number;
}

/** Tracked connections that were sent to a port, before any translation. */
export interface FlowFilter {
  readonly family: 'ipv4' | 'ipv6';
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly port: number;
}

/** What the networks need of Linux. Everything is idempotent: done already is done. */
export interface NetworkPort {
  /** Whether the kernel has it: bridge, macvlan, ipvlan, ipv6, sctp, nft. */
  readonly features: ReadonlySet<string>;
  /** Addresses and routes of the host that a new subnet must not overlap with. */
  hostRoutes(options: CallOptions): Promise<readonly HostRoute[]>;
  ensureBridge(spec: BridgeSpec, options: CallOptions): Promise<void>;
  /** Both bridges are one link then: what is isolated on one is so from the other. */
  ensureSegment(spec: SegmentSpec, options: CallOptions): Promise<void>;
  removeInterface(name: string, options: CallOptions): Promise<void>;
  /** Interfaces whose ifalias begins with `owner`: name and alias. */
  ownInterfaces(
    owner: string,
    options: CallOptions,
  ): Promise<readonly { readonly name: string; readonly alias: string }[]>;
  /** Replaces all rules of the owner by these, without a gap. */
  setRules(owner: RuleOwner, rules: readonly RouteRule[], options: CallOptions): Promise<void>;
  /** A namespace made ready before anybody asks for it. */
  prepare(): void;
  /** Makes and pins the namespace at `path`, loopback up, interfaces, addresses, routes; one batched exchange where it can. */
  createSandbox(path: string, spec: SandboxSpec, options: CallOptions): Promise<void>;
  /** Of a live sandbox. Routes are those that it shall have afterwards. */
  addInterface(
    path: string,
    spec: InterfaceSpec,
    routes: readonly SandboxRoute[],
    options: CallOptions,
  ): Promise<void>;
  removeSandboxInterface(
    path: string,
    name: string,
    routes: readonly SandboxRoute[],
    options: CallOptions,
  ): Promise<void>;
  /** Unpins; the kernel drops the interfaces once the last process has gone. A missing one is fine. */
  removeSandbox(path: string, options: CallOptions): Promise<void>;
  /** Whether a namespace is pinned at `path`. */
  sandboxExists(path: string): boolean;
  /** Reads a port's holder for error messages: true if the address can be bound now. */
  canBind(address: string, port: number, protocol: 'tcp' | 'udp' | 'sctp'): Promise<boolean>;
  setSysctl(key: string, value: string): Promise<void>;
  /** Flows that are tracked already follow the old translation until they are forgotten: datagrams without end, say. */
  forgetFlows(filters: readonly FlowFilter[], options: CallOptions): Promise<void>;
}

/** nftables; each call is one transaction, in process, off the main thread. */
export interface PacketFilterPort {
  /** Script in nft's language. internal with the kernel's and nft's words when it does not apply; then nothing has changed. */
  apply(script: string, options: CallOptions): Promise<void>;
  /** `nft -j list table FAMILY NAME`, parsed; undefined when there is none. */
  list(family: string, table: string, options: CallOptions): Promise<unknown>;
  /** Called after tables of these names, in any family, were changed by somebody else, at most some times a second. */
  watch(tables: readonly string[], changed: () => void): { close(): Promise<void> };
  /**
   * What rules log to a group (libnetfilter_log(3)), as it comes; `lost` is how many datagrams could not be read at least.
   * Rejects when somebody else has the group.
   */
  listen(
    group: number,
    told: (refusals: readonly Refusal[], lost: number) => void,
  ): Promise<{ close(): Promise<void> }>;
}

/** One packet that the packet filter refused and told of. */
export interface Refusal {
  /** Of the rule that told, without blanks around it. */
  readonly prefix: string;
  readonly source: string;
  readonly destination: string;
  /** tcp, udp, icmp, or the protocol's number. */
  readonly protocol: string;
  /** 0 where the protocol has none. */
  readonly port: number;
}

/** A container as the resolver knows it. */
export interface NameSandbox {
  readonly containerId: string;
  /** Of its network namespace: its resolver listens there at 127.0.0.11:53, UDP and TCP. */
  readonly path: string;
  readonly networks: readonly {
    readonly networkId: string;
    readonly internal: boolean;
    /** Lower case; the first is the answer of a reverse look-up. */
    readonly names: readonly string[];
    readonly addresses: readonly string[];
    /** Below wharf.internal, for programs of the host; absent where these may not ask. */
    readonly hostNames?: readonly string[];
  }[];
  /** Names that it alone has for others: another of their names for each, both in lower case. */
  readonly links?: readonly { readonly alias: string; readonly name: string }[];
  /** For names that are not ours; empty: those of the host, followed as they change. */
  readonly upstream: readonly string[];
  /** Answers of these are added to nft sets: who denies egress resolves allowed names only. */
  readonly egress?: {
    readonly denied: boolean;
    readonly names: readonly { readonly pattern: string; readonly port: number }[];
    /** nft set elements are address . port, with a timeout. */
    readonly table: string;
    readonly set4: string;
    readonly set6: string;
    /** Addresses alone, of names that may be reached at every port. */
    readonly any4: string;
    readonly any6: string;
  };
}

/** Names that a container was refused within a second. */
export interface RefusedNames {
  readonly containerId: string;
  readonly names: readonly string[];
  /** How many more there were. */
  readonly dropped: number;
}

/** The resolver process: it outlives the daemon, and is started with the first container that needs it. */
export interface NamePort {
  /** Answers once the resolver listens in the namespace (when `path` is not ''). */
  put(sandbox: NameSandbox, options: CallOptions): Promise<void>;
  remove(containerId: string, options: CallOptions): Promise<void>;
  /** After a start of the daemon: these and no others. Does not start a process for an empty list. */
  sync(sandboxes: readonly NameSandbox[], options: CallOptions): Promise<void>;
  /** Why programs of the host cannot ask although they should be able to, since the last sync. */
  readonly hostFault?: string | undefined;
  /** What egress policies keep containers from looking up; at most once a second, and not while the daemon is dead. */
  watchRefused(told: (refused: readonly RefusedNames[]) => void): void;
  close(): Promise<void>;
}
