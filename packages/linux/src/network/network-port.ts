import type { CallOptions } from '@wharf/core';
import type {
  BridgeSpec,
  FlowFilter,
  HostRoute,
  InterfaceSpec,
  NetworkPort,
  RouteRule,
  SandboxRoute,
  SandboxSpec,
  SegmentSpec,
  RuleOwner,
} from '@wharf/engine/ports';
import type { Native, NetworkNamespace } from '@wharf/linux/native';
import { hasIpv6, probeFeatures } from './features.js';
import { canBind } from './host/can-bind.js';
import { forgetFlows } from './host/conntrack.js';
import { ensureBridge } from './host/ensure-bridge.js';
import { ensureSegment } from './host/ensure-segment.js';
import { HostLink } from './host/host-link.js';
import { hostRoutes } from './host/host-routes.js';
import { setRules } from './host/set-rules.js';
import { settingPath } from './host/setting.js';
import { isPinned, Pins } from './namespaces/pins.js';
import { SpacePool } from './namespaces/pool.js';
import { deleteLink } from './netlink/link.js';
import { assertByteOrder } from './netlink/message.js';
import { createSandbox, type CreateContext } from './sandbox/create-sandbox.js';
import { addInterface, removeSandboxInterface } from './sandbox/live.js';

export interface NetworkPortOptions {
  readonly native: Native;
  /**
   * Where namespaces are pinned: `<exec-root>/netns`. It becomes a shared mount before the first pin, and should be one
   * before the first shim starts (`open`).
   */
  readonly directory: string;
  /** The namespace that counts as the host's; the daemon's own unless given. */
  readonly hostNamespace?: NetworkNamespace;
}

/** With what the composition root does to it. */
export interface LinuxNetworkPort extends NetworkPort {
  /** Readies the directory of pins and finds out the features; both happen once. Shims that start earlier see no pins. */
  open(): Promise<void>;
  /** Prepared namespaces and sockets go. Sandboxes stay. */
  close(): Promise<void>;
}

/** Networks of this kernel, over rtnetlink; all of it off the main thread. `features` is empty until `open` is done. */
export function createNetworkPort(options: NetworkPortOptions): LinuxNetworkPort {
  assertByteOrder();
  return new KernelNetworks(options);
}

class KernelNetworks implements LinuxNetworkPort {
  readonly #native: Native;
  readonly #hostNamespace: NetworkNamespace | null;
  readonly #context: CreateContext;
  #features: ReadonlySet<string> = new Set();
  #opened: Promise<void> | undefined;

  constructor({ native, directory, hostNamespace }: NetworkPortOptions) {
    this.#native = native;
    this.#hostNamespace = hostNamespace ?? null;
    this.#context = {
      native,
      host: new HostLink(native, this.#hostNamespace),
      ipv6: hasIpv6(),
      pins: new Pins(native, directory),
      pool: new SpacePool(native),
    };
  }

  get features(): ReadonlySet<string> {
    return this.#features;
  }

  async open(): Promise<void> {
    this.#context.pins.ready();
    this.#opened ??= probeFeatures(this.#native).then((features) => {
      this.#features = features;
    });
    await this.#opened;
  }

  async close(): Promise<void> {
    await this.#context.pool.close();
    await this.#context.host.close();
    this.#context.pins.release();
  }

  prepare(): void {
    this.#context.pool.fill();
  }

  async hostRoutes(options: CallOptions): Promise<readonly HostRoute[]> {
    return hostRoutes(this.#context.host, options);
  }

  async ensureBridge(spec: BridgeSpec, options: CallOptions): Promise<void> {
    await ensureBridge(this.#context.host, spec, options);
  }

  async ensureSegment(spec: SegmentSpec, options: CallOptions): Promise<void> {
    await ensureSegment(this.#context, spec, options);
  }

  async removeInterface(name: string, options: CallOptions): Promise<void> {
    this.#context.host.forget(name);
    await this.#context.host.run([deleteLink({ name })], { ...options, tolerated: ['ENODEV'] });
  }

  async ownInterfaces(
    owner: string,
    options: CallOptions,
  ): Promise<readonly { readonly name: string; readonly alias: string }[]> {
    const links = await this.#context.host.links(options);
    return links
      .filter(({ alias }) => alias !== '' && alias.startsWith(owner))
      .map(({ name, alias }) => ({ name, alias }));
  }

  async setRules(
    owner: RuleOwner,
    rules: readonly RouteRule[],
    options: CallOptions,
  ): Promise<void> {
    await setRules(this.#context.host, owner, rules, options);
  }

  async createSandbox(path: string, spec: SandboxSpec, options: CallOptions): Promise<void> {
    await createSandbox(this.#context, path, spec, options);
  }

  async addInterface(
    path: string,
    spec: InterfaceSpec,
    routes: readonly SandboxRoute[],
    options: CallOptions,
  ): Promise<void> {
    await addInterface(this.#context, path, { spec, routes }, options);
  }

  async removeSandboxInterface(
    path: string,
    name: string,
    routes: readonly SandboxRoute[],
    options: CallOptions,
  ): Promise<void> {
    await removeSandboxInterface(this.#context, path, { name, routes }, options);
  }

  async removeSandbox(path: string, { signal }: CallOptions): Promise<void> {
    signal.throwIfAborted();
    await this.#context.pins.unpin(path);
  }

  sandboxExists(path: string): boolean {
    return isPinned(path);
  }

  async canBind(address: string, port: number, protocol: 'tcp' | 'udp' | 'sctp'): Promise<boolean> {
    return canBind(this.#native, this.#hostNamespace, { address, port, protocol });
  }

  async forgetFlows(filters: readonly FlowFilter[], options: CallOptions): Promise<void> {
    if (filters.length > 0) await forgetFlows(this.#native, this.#hostNamespace, filters, options);
  }

  async setSysctl(key: string, value: string): Promise<void> {
    await this.#context.host.settings([[settingPath(key), value]]);
  }
}
