import type { CallOptions, Filters } from './call.js';

/** One range of addresses of a network. */
export interface IpamPool {
  /** CIDR. */
  readonly subnet: string;
  /** CIDR inside the subnet from which addresses are given; '' is all of it. */
  readonly ipRange: string;
  /** '' takes the first usable address. */
  readonly gateway: string;
  /** Name to address: never given to a container. */
  readonly auxAddresses: Readonly<Record<string, string>>;
}

export interface IpamSpec {
  /** 'default' or 'none'. */
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
  /** Empty: one pool for each wanted family, from the daemon's address pools. */
  readonly pools: readonly IpamPool[];
}

/** What leaves a container or network for elsewhere. Names are looked up by the resolver, addresses and CIDRs are fixed. */
export interface EgressPolicy {
  readonly default: 'allow' | 'deny';
  /** HOST[:PORT], *.DOMAIN[:PORT], ADDRESS[:PORT] or CIDR[:PORT]; what a denying policy lets through all the same. */
  readonly allow: readonly string[];
}

export interface NetworkSpec {
  readonly name: string;
  /** bridge | macvlan | ipvlan; '' is bridge. */
  readonly driver: string;
  /** Neither forwards nor resolves beyond itself. */
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Docker's com.docker.network.* keys, parent, macvlan_mode, ipvlan_mode. */
  readonly options: Readonly<Record<string, string>>;
  readonly ipam: IpamSpec;
  readonly egress?: EgressPolicy;
}

/** A container in a network, as both `inspect`s show it. */
export interface NetworkEndpoint {
  readonly networkId: string;
  readonly networkName: string;
  readonly containerId: string;
  readonly containerName: string;
  readonly endpointId: string;
  /** Addresses are '' while the container does not run. */
  readonly macAddress: string;
  readonly ipv4Address: string;
  readonly ipv4PrefixLength: number;
  readonly gateway: string;
  readonly ipv6Address: string;
  readonly ipv6PrefixLength: number;
  readonly ipv6Gateway: string;
  readonly interfaceName: string;
  readonly aliases: readonly string[];
  /** All names under which other containers of the network find it. */
  readonly dnsNames: readonly string[];
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly gatewayPriority: number;
  /** What was asked for, not what was given. */
  readonly asked: EndpointSpec;
}

export interface Network {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly createdAt: Date;
  /** With its pools filled in. */
  readonly spec: NetworkSpec;
  readonly scope: 'local';
  /** bridge, host and none: always there. */
  readonly builtIn: boolean;
  /** Of the interface on the host; '' where it has none. */
  readonly bridgeName: string;
  /** Of running containers. */
  readonly endpoints: readonly NetworkEndpoint[];
}

/** How a container takes part in one network. */
export interface EndpointSpec {
  /** Name or id; '' is the daemon's default network. */
  readonly network: string;
  readonly aliases: readonly string[];
  /** Fixed addresses; '' are given by the network. */
  readonly ipv4Address: string;
  readonly ipv6Address: string;
  readonly linkLocalAddresses: readonly string[];
  readonly macAddress: string;
  readonly driverOptions: Readonly<Record<string, string>>;
  /** The default route goes through the network with the highest; equal ones by name. */
  readonly gatewayPriority: number;
}

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** From which side a published port is reached; 'default' is the daemon's. */
export type PublishScope = 'default' | 'loopback' | 'lan' | 'any';

/** One -p. */
export interface PortSpec {
  readonly containerPort: number;
  readonly protocol: PortProtocol;
  /** Address of the host; '' are all of both families. */
  readonly hostAddress: string;
  /** 0 is any free one; with `hostPortEnd` the first free one of the range. */
  readonly hostPort: number;
  readonly hostPortEnd: number;
}

/** A port as it is bound, or (without `hostPort`) exposed. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: PortProtocol;
  /** '' for exposed ones. */
  readonly hostAddress: string;
  /** 0 for exposed ones. */
  readonly hostPort: number;
}

export interface DnsSpec {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** The network part of a container's spec. */
export interface NetworkingSpec {
  /** Empty: the network that namespaces.network names, with nothing particular asked for. */
  readonly endpoints: readonly EndpointSpec[];
  readonly ports: readonly PortSpec[];
  readonly publishAll: boolean;
  readonly publishScope: PublishScope;
  /** PORT[-PORT][/PROTOCOL] beside those of the image. */
  readonly exposed: readonly string[];
  readonly dns: DnsSpec;
  /** NAME:ADDRESS or NAME:host-gateway. */
  readonly extraHosts: readonly string[];
  /** CONTAINER:ALIAS: in this container alone ALIAS is another name of that one. */
  readonly links?: readonly string[];
  readonly egress?: EgressPolicy;
}

export const noNetworking: NetworkingSpec = {
  endpoints: [],
  ports: [],
  publishAll: false,
  publishScope: 'default',
  exposed: [],
  dns: { servers: [], search: [], options: [] },
  extraHosts: [],
};

export interface CreatedNetwork {
  readonly id: string;
  readonly warnings: readonly string[];
}

export interface UnusedNetworks {
  readonly removed: readonly string[];
}

/** The networks of one daemon. `ref` is a name, a full id, or an unambiguous prefix of an id, in this order. */
export interface Networks {
  /** already-exists when the name is taken, invalid-argument for pools that overlap with another network or a route of the host. */
  create(spec: NetworkSpec, options: CallOptions): Promise<CreatedNetwork>;
  get(ref: string, options: CallOptions): Promise<Network>;
  /** Filters: driver, id, label, name, scope, type (builtin, custom), dangling. */
  list(options: CallOptions & { readonly filters?: Filters }): Promise<readonly Network[]>;
  /** failed-precondition while containers are connected (that run, or with `force` absent any), or for a built-in one. */
  remove(ref: string, options: CallOptions & { readonly force?: boolean }): Promise<string>;
  /** Those that no container uses. Filters: label, label!, until. */
  prune(options: CallOptions & { readonly filters?: Filters }): Promise<UnusedNetworks>;
  /** Of a running container too: interface, routes, names and hosts file follow. */
  connect(container: string, endpoint: EndpointSpec, options: CallOptions): Promise<void>;
  disconnect(
    container: string,
    network: string,
    options: CallOptions & { readonly force?: boolean },
  ): Promise<void>;
  /** Other upstream servers for its containers, without a restart. */
  update(
    ref: string,
    change: { readonly addDns: readonly string[]; readonly removeDns: readonly string[] },
    options: CallOptions,
  ): Promise<void>;
}
