import {
  resolverProtocol,
  type RefusedNames,
  type ResolverCall,
  type ResolverResponse,
  type ResolverSandbox,
  type ResolverState,
} from '@wharf/api/resolver';
import type { Native } from '@wharf/linux/native';
import { answer, answerHost, type Resolving } from './answer.js';
import { listenIn, listenOnHost, type Answerer, type Listener } from './listener.js';
import { Permits } from './permits.js';
import { RefusedLog } from './refused-names.js';
import { HostServers, Upstream } from './upstream.js';
import { Zones } from './zones.js';

export interface ServiceOptions {
  readonly native: Native;
  /** Keeps what is known, for the next resolver. */
  readonly save: (state: ResolverState) => void;
  readonly complain: (error: unknown) => void;
  /** Called at every question and call; must be cheap. */
  readonly active?: () => void;
  /** Told what containers were refused, at most once a second. */
  readonly refused?: (refused: readonly RefusedNames[]) => void;
}

/** What the daemon's calls do. */
export class Service {
  readonly #options: ServiceOptions;
  readonly #zones = new Zones();
  readonly #listeners = new Map<string, { readonly path: string; readonly listener: Listener }>();
  readonly #permits: Permits;
  #host: { readonly endpoint: string; readonly listener: Listener | undefined } | undefined;
  readonly #resolving: Resolving;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const host = new HostServers();
    const upstream = new Upstream();
    this.#permits = new Permits(options.native);
    const refused = new RefusedLog((all) => options.refused?.(all));
    this.#resolving = {
      zones: this.#zones,
      refused: ({ containerId }, name) => refused.add(containerId, name),
      forward: (sandbox, message, query, overTcp) => {
        const servers = sandbox.upstream.length > 0 ? sandbox.upstream : host.current();
        return upstream.ask(servers, message, query, overTcp);
      },
      permit: ({ containerId }, egress, ports, addresses) =>
        this.#permits.add(containerId, egress, ports, addresses),
    };
  }

  get isEmpty(): boolean {
    return this.#zones.all().length === 0 && this.#host === undefined;
  }

  /** What the file of the one before says; a namespace that is no more is passed over. */
  async restore({ sandboxes, host }: ResolverState): Promise<void> {
    await this.#serveHost(host);
    for (const each of sandboxes) await this.#put(each).catch(this.#options.complain);
  }

  async call(call: ResolverCall): Promise<Omit<ResolverResponse, 'id'>> {
    this.#options.active?.();
    let response = {};
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
        response = await this.#serveHost(call.host);
        await this.#sync(call.sandboxes);
        break;
      case 'leave':
        return {};
    }
    const endpoint = this.#host?.endpoint;
    this.#options.save({
      sandboxes: this.#zones.all(),
      ...(endpoint === undefined ? {} : { host: endpoint }),
    });
    return response;
  }

  /** What cannot be listened at is tried again with the next daemon. */
  async #serveHost(endpoint: string | undefined): Promise<{ readonly hostFault?: string }> {
    const known = this.#host;
    if (known?.endpoint === endpoint && known?.listener !== undefined) return {};
    known?.listener?.close();
    this.#host = undefined;
    if (endpoint === undefined) return {};
    try {
      const answerer = this.#watched((message, overTcp) =>
        answerHost(this.#zones, message, overTcp),
      );
      const listener = await listenOnHost(this.#options.native, endpoint, answerer);
      this.#host = { endpoint, listener };
      return {};
    } catch (error) {
      this.#host = { endpoint, listener: undefined };
      return { hostFault: error instanceof Error ? error.message : String(error) };
    }
  }

  #watched(answerer: Answerer): Answerer {
    const { active } = this.#options;
    if (active === undefined) return answerer;
    return (message, overTcp) => {
      active();
      return answerer(message, overTcp);
    };
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
      const answerer = this.#watched((message, overTcp) => {
        const current = this.#zones.get(containerId);
        return current === undefined
          ? undefined
          : answer(this.#resolving, current, message, overTcp);
      });
      const listener = await listenIn(this.#options.native, path, answerer);
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
