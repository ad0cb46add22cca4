import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolverProtocol, type ResolverCall, type ResolverResponse } from '@wharf/api/resolver';
import { UnavailableError, type CallOptions } from '@wharf/core';
import type { NamePort, NameSandbox, RefusedNames } from '@wharf/engine/ports';
import { ResolverConnection } from './connection.js';
import { collect } from '../host/spawn-ready.js';
import { startResolver, type ResolverProcessOptions } from './process.js';

const callMs = 30_000;
const farewellMs = 100;
const tries = 5;
/** Between attempts to bring back what ended. */
const againMs = 1000;
/** One that is on its way out has its lock until it is gone. */
const lockedMs = 50;

export interface NamePortOptions extends ResolverProcessOptions {
  readonly onFault: (error: unknown) => void;
  /** ADDRESS:PORT on loopback where programs of the host may ask; '' is nowhere. */
  readonly host?: string;
}

/**
 * The resolver of this daemon's networks. The process is started with the first container that needs it, found again by
 * the next daemon, and started anew with all that is known should it end.
 */
export function createNamePort(options: NamePortOptions): NamePort {
  return new Names(options);
}

class Names implements NamePort {
  readonly #options: NamePortOptions;
  readonly #known = new Map<string, NameSandbox>();
  readonly #stop = new AbortController();
  #connection: Promise<ResolverConnection> | undefined;
  #hostFault: string | undefined;
  /** Of the one that this daemon started. */
  #pid: number | undefined;
  #told: ((refused: readonly RefusedNames[]) => void) | undefined;

  constructor(options: NamePortOptions) {
    this.#options = options;
  }

  async put(sandbox: NameSandbox, options: CallOptions): Promise<void> {
    this.#known.set(sandbox.containerId, sandbox);
    try {
      await this.#call({ op: 'put', sandbox }, options);
    } catch (error) {
      this.#known.delete(sandbox.containerId);
      throw error;
    }
  }

  async remove(containerId: string, options: CallOptions): Promise<void> {
    if (!this.#known.delete(containerId)) return;
    await this.#call({ op: 'remove', containerId }, options);
  }

  async sync(sandboxes: readonly NameSandbox[], options: CallOptions): Promise<void> {
    this.#known.clear();
    for (const each of sandboxes) this.#known.set(each.containerId, each);
    if (sandboxes.length > 0 || this.#host !== undefined) {
      await this.#connected(options);
      await this.#syncAll(options);
      return;
    }
    // One that a daemon which was killed has left, with nothing that it is needed for.
    const found = await ResolverConnection.open(this.#socketPath);
    if (found === undefined) return;
    await this.#dismiss(found);
    found.close();
  }

  watchRefused(told: (refused: readonly RefusedNames[]) => void): void {
    this.#told = told;
  }

  get hostFault(): string | undefined {
    return this.#hostFault;
  }

  get #host(): string | undefined {
    const { host = '' } = this.#options;
    return host === '' ? undefined : host;
  }

  async #syncAll(options: CallOptions): Promise<void> {
    const host = this.#host;
    const sandboxes = [...this.#known.values()];
    const said = await this.#call(
      { op: 'sync', sandboxes, ...(host === undefined ? {} : { host }) },
      options,
    );
    this.#hostFault = said.hostFault;
  }

  async close(): Promise<void> {
    this.#stop.abort(new UnavailableError('the daemon stops'));
    const connection = await this.#connection?.catch(() => undefined);
    if (connection === undefined) return;
    if (this.#known.size === 0) await this.#dismiss(connection);
    connection.close();
    await connection.closed;
  }

  /** Nobody needs it any more: it does not wait for others to come. */
  async #dismiss(connection: ResolverConnection): Promise<void> {
    const signal = AbortSignal.timeout(farewellMs * 10);
    const ended = Promise.race([
      connection.closed,
      sleep(farewellMs * 10, undefined, { ref: false }),
    ]);
    await connection.call({ op: 'leave' }, { signal }).catch(() => undefined);
    await ended;
    await rm(this.#socketPath, { force: true });
  }

  get #socketPath(): string {
    return join(this.#options.directory, 'resolver.sock');
  }

  async #call(call: ResolverCall, { signal }: CallOptions): Promise<ResolverResponse> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(callMs)]);
    const connection = await this.#connected({ signal: limited });
    return connection.call(call, { signal: limited });
  }

  #connected(options: CallOptions): Promise<ResolverConnection> {
    this.#connection ??= this.#open(options).then(
      (connection) => {
        void connection.closed.then(() => {
          if (this.#pid !== undefined) collect(this.#options.native, this.#pid);
          this.#pid = undefined;
          this.#lost();
        });
        return connection;
      },
      (error: unknown) => {
        this.#connection = undefined;
        throw error;
      },
    );
    return this.#connection;
  }

  /** It ended, which nobody told it to: containers wait for their names. */
  #lost(): void {
    this.#connection = undefined;
    const needless = this.#known.size === 0 && this.#host === undefined;
    if (this.#stop.signal.aborted || needless) return;
    this.#syncAll({ signal: this.#stop.signal }).catch((error: unknown) => {
      if (this.#stop.signal.aborted) return;
      this.#options.onFault(error);
      setTimeout(() => {
        if (this.#connection === undefined) this.#lost();
      }, againMs).unref();
    });
  }

  async #open(options: CallOptions): Promise<ResolverConnection> {
    await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
    for (let attempt = 0; attempt < tries; attempt++) {
      const found = await ResolverConnection.open(this.#socketPath, (all) => this.#told?.(all));
      if (found !== undefined) {
        if (await speaksOurs(found, options)) return found;
        found.close();
        await sleep(farewellMs);
      }
      if (attempt > 1) await sleep(lockedMs * attempt);
      const pid = await startResolver(this.#options, options);
      if (pid !== undefined) this.#pid = pid;
    }
    throw new UnavailableError(
      `the resolver of the networks does not start, see ${join(this.#options.directory, 'resolver.err')}`,
    );
  }
}

/** One that does not is told to leave; one that was being killed when it took the connection says nothing. */
async function speaksOurs(found: ResolverConnection, options: CallOptions): Promise<boolean> {
  try {
    const { protocol } = await found.call({ op: 'hello' }, options);
    if (protocol === resolverProtocol) return true;
    await found.call({ op: 'leave' }, options);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
  return false;
}
