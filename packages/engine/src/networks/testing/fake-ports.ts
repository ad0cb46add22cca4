import type { NetworkPorts } from '../context.js';
import type {
  BridgeSpec,
  FlowFilter,
  HostRoute,
  InterfaceSpec,
  NameSandbox,
  RefusedNames,
  Refusal,
  RouteRule,
  SandboxRoute,
  SandboxSpec,
} from '../ports.js';

/** A kernel and a resolver in memory. */
export class FakePorts {
  readonly bridges = new Map<string, BridgeSpec>();
  readonly sandboxes = new Map<string, SandboxSpec>();
  readonly names = new Map<string, NameSandbox>();
  readonly scripts: string[] = [];
  readonly sysctls = new Map<string, string>();
  readonly forgotten: FlowFilter[] = [];
  routes: HostRoute[] = [];
  rules: readonly RouteRule[] = [];
  /** PROTOCOL:PORT that a process of the host has. */
  readonly taken = new Set<string>();
  failSandbox: Error | undefined;
  failFilter: Error | undefined;
  failRemoval: Error | undefined;
  listing: unknown;
  watched: readonly string[] = [];
  changed: (() => void) | undefined;
  toldNames: ((refused: readonly RefusedNames[]) => void) | undefined;
  told: ((refusals: readonly Refusal[], lost: number) => void) | undefined;

  get ports(): NetworkPorts {
    return { network: this.#network(), filter: this.#filter(), names: this.#nameServer() };
  }

  #network(): NetworkPorts['network'] {
    return {
      features: new Set(['bridge', 'ipv6', 'macvlan', 'nft']),
      hostRoutes: () => Promise.resolve(this.routes),
      ensureBridge: (spec) => {
        this.bridges.set(spec.name, spec);
        return Promise.resolve();
      },
      ensureSegment: ({ bridge }) => {
        this.bridges.set(bridge.name, bridge);
        return Promise.resolve();
      },
      removeInterface: (name) => {
        if (this.failRemoval !== undefined) return Promise.reject(this.failRemoval);
        this.bridges.delete(name);
        for (const [path, { interfaces, routes }] of this.sandboxes)
          this.#change(path, () => interfaces.filter(({ hostName }) => hostName !== name), routes);
        return Promise.resolve();
      },
      ownInterfaces: (owner) =>
        Promise.resolve(
          [...this.bridges.values()]
            .map((spec) => ({ name: spec.name, alias: spec.owner }))
            .concat(
              [...this.sandboxes.values()]
                .flatMap(({ interfaces }) => interfaces)
                .map(({ hostName, alias = '' }) => ({ name: hostName, alias })),
            )
            .filter(({ alias }) => alias.startsWith(owner)),
        ),
      setRules: (_owner, rules) => {
        this.rules = rules;
        return Promise.resolve();
      },
      prepare: () => undefined,
      createSandbox: (path, spec) => {
        if (this.failSandbox !== undefined) return Promise.reject(this.failSandbox);
        this.sandboxes.set(path, spec);
        return Promise.resolve();
      },
      addInterface: (path, spec, routes) => {
        this.#change(path, (interfaces) => [...interfaces, spec], routes);
        return Promise.resolve();
      },
      removeSandboxInterface: (path, name, routes) => {
        this.#change(path, (interfaces) => interfaces.filter((each) => each.name !== name), routes);
        return Promise.resolve();
      },
      removeSandbox: (path) => {
        this.sandboxes.delete(path);
        return Promise.resolve();
      },
      sandboxExists: (path) => this.sandboxes.has(path),
      canBind: (_address, port, protocol) =>
        Promise.resolve(!this.taken.has(`${protocol}:${port}`)),
      forgetFlows: (filters) => {
        this.forgotten.push(...filters);
        return Promise.resolve();
      },
      setSysctl: (key, value) => {
        this.sysctls.set(key, value);
        return Promise.resolve();
      },
    };
  }

  #change(
    path: string,
    change: (interfaces: readonly InterfaceSpec[]) => readonly InterfaceSpec[],
    routes: readonly SandboxRoute[],
  ): void {
    const before = this.sandboxes.get(path);
    if (before !== undefined)
      this.sandboxes.set(path, { ...before, interfaces: change(before.interfaces), routes });
  }

  #filter(): NetworkPorts['filter'] {
    return {
      apply: (script) => {
        if (this.failFilter !== undefined) return Promise.reject(this.failFilter);
        this.scripts.push(script);
        return Promise.resolve();
      },
      list: (family) => Promise.resolve(family === 'inet' ? this.listing : undefined),
      watch: (tables, changed) => {
        this.watched = tables;
        this.changed = changed;
        return { close: () => Promise.resolve() };
      },
      listen: (_group, told) => {
        this.told = told;
        return Promise.resolve({ close: () => Promise.resolve() });
      },
    };
  }

  #nameServer(): NetworkPorts['names'] {
    return {
      watchRefused: (told) => {
        this.toldNames = told;
      },
      put: (sandbox) => {
        this.names.set(sandbox.containerId, sandbox);
        return Promise.resolve();
      },
      remove: (id) => {
        this.names.delete(id);
        return Promise.resolve();
      },
      sync: (sandboxes) => {
        this.names.clear();
        for (const sandbox of sandboxes) this.names.set(sandbox.containerId, sandbox);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
  }
}
