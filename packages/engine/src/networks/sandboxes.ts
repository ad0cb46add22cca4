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
  /** Path of the pinned network namespace; it is there once `ready` has resolved. */
  readonly path: string;
  /** Contents for the files in etc that are mounted into the container. */
  readonly hosts: string;
  readonly resolvConf: string;
  /** Interfaces, ports and names work. When it rejects, everything was undone. */
  readonly ready: Promise<void>;
}

/** A container as its own record has it. */
export interface NetworkedContainer {
  readonly id: ContainerId;
  readonly name: string;
  readonly spec: ContainerSpec;
  /** --network, or the daemon's default. */
  readonly mode: string;
  readonly hostname: string;
  /** Of the image; the spec's come to them. */
  readonly exposed: readonly string[];
  /** Others see nothing of it: neither names, events nor endpoints of networks. Its `name` is for messages. */
  readonly hidden?: boolean;
}

/** What containers/ asks of networks/; nothing here knows shims or images. */
export interface Sandboxes {
  /** Whether a network mode is one of ours (bridge or user-defined), not none, host or container:REF. */
  manages(networkMode: string): boolean;
  /**
   * At create: networks exist, addresses and ports are well-formed and fit, names are legal. Gives the network mode
   * (canonical name of the first network) and warnings. Undo: `forget`.
   */
  register(container: NetworkedContainer): {
    readonly networkMode: string;
    readonly warnings: readonly string[];
  };
  /** At start: leases, interfaces, ports, names. What it gives at once is enough to spawn; wait for `ready` before the first process. */
  open(id: ContainerId, options: CallOptions): Promise<OpenedSandbox>;
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
  connect(id: ContainerId, endpoint: EndpointSpec, options: CallOptions): Promise<void>;
  disconnect(id: ContainerId, network: string, options: CallOptions): Promise<void>;
  /**
   * After a start of the daemon, before containers are adopted: what the records say of `active` ones is kept and made
   * so in the kernel, the rest goes. `known` are all containers.
   */
  adopt(
    known: readonly NetworkedContainer[],
    active: ReadonlySet<ContainerId>,
    options: CallOptions,
  ): Promise<readonly string[]>;
}
