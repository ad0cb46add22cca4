/** One network as the packet filter sees it. */
export interface FilterNetwork {
  readonly bridge: string;
  /** Further bridges; the packet filter sees them where br_netfilter is loaded. */
  readonly segments?: readonly string[];
  /** Nothing leaves it but to its own subnets. */
  readonly closed: boolean;
  readonly icc: boolean;
  /** Interfaces of the host from which published ports are reached without translation. */
  readonly trusted: readonly string[];
  readonly subnets: readonly {
    readonly family: 4 | 6;
    readonly subnet: string;
    readonly masquerade: boolean;
    /** Source address for what leaves, instead of masquerading. */
    readonly snat: string;
    /** Every port can be reached by who has a route. */
    readonly unprotected: boolean;
  }[];
}

/** One published port of a running container. */
export interface FilterPort {
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Address of the host; 0.0.0.0 or :: is every one. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly target: string;
  readonly targetPort: number;
  /** Reached from private and link-local addresses alone. */
  readonly lanOnly: boolean;
  /** gateway_mode routed: no translation, open at the container's own address. */
  readonly direct: boolean;
}

/** A denying egress policy and the addresses that it governs. */
export interface FilterPolicy {
  /** Letters and digits; part of names in the table. */
  readonly id: string;
  readonly addresses: readonly string[];
  /** Port 0 is every one. */
  readonly allow: readonly {
    readonly family: 4 | 6;
    readonly cidr: string;
    readonly port: number;
  }[];
  readonly logGroup: number;
}

export interface FilterInput {
  readonly table: string;
  readonly networks: readonly FilterNetwork[];
  readonly ports: readonly FilterPort[];
  readonly policies: readonly FilterPolicy[];
}
