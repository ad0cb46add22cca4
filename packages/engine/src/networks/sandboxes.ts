import type {
  CallOptions,
  ContainerId,
  ContainerSpec,
  EndpointSpec,
  NetworkEndpoint,
  PublishedPort,
} from '@wharf/core';

/** What a container's start gets of its networks. */
export interface OpenedSandbox {
  /** Path of the pinned network namespace. */
  readonly path: string;
  /** Contents for the files in etc that are mounted into the container. */
  readonly hosts: string;
  readonly resolvConf: string;
}

/** What containers/ asks of networks/; nothing here knows shims or images. */
export interface Sandboxes {
  /** Whether a network mode is one of ours (bridge or user-defined), not none, host or container:REF. */
  manages(networkMode: string): boolean;
  /**
   * At create: networks exist, addresses and ports are well-formed and fit, names are legal. Gives the network mode
   * (canonical name of the first network) and warnings. Records the endpoints under the container's id.
   */
  register(
    id: ContainerId,
    name: string,
    spec: ContainerSpec,
    exposed: readonly string[],
    options: CallOptions,
  ): Promise<{ readonly networkMode: string; readonly warnings: readonly string[] }>;
  /** At start: leases, interfaces, ports, names. All of it is undone when it throws. */
  open(id: ContainerId, hostname: string, options: CallOptions): Promise<OpenedSandbox>;
  /** After the container has ended for good: ports, names and leases are free again. Idempotent. */
  close(id: ContainerId, options: CallOptions): Promise<void>;
  /** At removal; the records go. Idempotent. */
  forget(id: ContainerId): void;
  renamed(id: ContainerId, name: string, options: CallOptions): Promise<void>;
  describe(id: ContainerId): {
    readonly endpoints: readonly NetworkEndpoint[];
    readonly ports: readonly PublishedPort[];
    readonly sandboxKey: string;
  };
  connect(
    id: ContainerId,
    running: boolean,
    endpoint: EndpointSpec,
    options: CallOptions,
  ): Promise<void>;
  disconnect(
    id: ContainerId,
    running: boolean,
    network: string,
    options: CallOptions,
  ): Promise<void>;
  /** After a start of the daemon: the kernel becomes what the records of these running containers say; the rest goes. */
  adopt(running: readonly ContainerId[], options: CallOptions): Promise<readonly string[]>;
}
