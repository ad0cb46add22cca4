import { resolverProtocol, type ResolverCall, type ResolverSandbox } from '@wharf/api/resolver';
import type { Native } from '@wharf/linux/native';
import { answer, type Resolving } from './answer.js';
import { listenIn, type Listener } from './listener.js';
import { Permits } from './permits.js';
import { HostServers, Upstream } from './upstream.js';
import { Zones } from './zones.js';

export interface ServiceOptions {
  readonly native: Native;
  /** Keeps what is known, for the next resolver. */
  readonly save: (sandboxes: readonly ResolverSandbox[]) => void;
  readonly complain: (error: unknown) => void;
}

/** What the daemon's calls do. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #zones = new Zones();
  readonly #listeners = new Map<string, { readonly path: string; readonly listener: Listener }>();
  readonly #permits: Permits;
  readonly #resolving: Resolving;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const host = new HostServers();
    const upstream = new Upstream();
    this.#permits = new Permits(options.native);
    this.#resolving = {
      zones: this.#zones,
      forward: (sandbox, message, query, overTcp) => {
        const servers = sandbox.upstream.length > 0 ? sandbox.upstream : host.current();
        return upstream.ask(servers, message, query, overTcp);
      },
      permit: ({ containerId }, egress, ports, addresses) =>
        this.#permits.add(containerId, egress, ports, addresses),
    };
  }

  get isEmpty(): boolean {
    return this.#zones.all().length === 0;
  }

  /** What the file of the one before says; a namespace that is no more is passed over. */
  async restore(sandboxes: readonly ResolverSandbox[]): Promise<void> {
    for (const each of sandboxes) await this.#put(each).catch(this.#options.complain);
  }

  async call(call: ResolverCall): Promise<{ readonly protocol?: number }> {
    switch (call.op) {
      case 'hello':
        return { protocol: resolverProtocol };
      case 'put':
        await this.#put(call.sandbox);
        break;
      case 'remove':
        this.#remove(call.containerId);
        break;
      case 'sync':
        await this.#sync(call.sandboxes);
        break;
      case 'leave':
        return {};
    }
    this.#options.save(this.#zones.all());
    return {};
  }

  async #sync(sandboxes: readonly ResolverSandbox[]): Promise<void> {
    const wanted = new Set(sandboxes.map(({ containerId }) => containerId));
    for (const { containerId } of this.#zones.all())
      if (!wanted.has(containerId)) this.#remove(containerId);
    for (const each of sandboxes) await this.#put(each).catch(this.#options.complain);
    // The daemon has come back, or has written the packet filter anew.
    for (const containerId of wanted)
      await this.#permits.restore(containerId).catch(this.#options.complain);
  }

  async #put(sandbox: ResolverSandbox): Promise<void> {
    const { containerId, path } = sandbox;
    this.#zones.put(sandbox);
    const known = this.#listeners.get(containerId);
    if (known?.path === path) return;
    this.#unlisten(containerId);
    if (path === '') return;
    try {
      const listener = await listenIn(this.#options.native, path, (message, overTcp) => {
        const current = this.#zones.get(containerId);
        return current === undefined
          ? undefined
          : answer(this.#resolving, current, message, overTcp);
      });
      this.#listeners.set(containerId, { path, listener });
    } catch (error) {
      this.#zones.remove(containerId);
      throw error;
    }
  }

  #remove(containerId: string): void {
    this.#zones.remove(containerId);
    this.#permits.forget(containerId);
    this.#unlisten(containerId);
  }

  #unlisten(containerId: string): void {
    this.#listeners.get(containerId)?.listener.close();
    this.#listeners.delete(containerId);
  }
}
