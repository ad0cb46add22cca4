import { InternalError, printable } from '@wharf/core';
import type { NewEvent } from '../state/state.js';
import type { NetworkContext } from './context.js';
import { egressLogGroup, policyId, tableName } from './filter-records.js';
import type { RefusedNames, Refusal } from './ports.js';
import { egressLogPrefix } from './ruleset.js';

/** Events of one container in a second, and then one more that counts the rest (R24). */
const mostPerSecond = 5;
const secondMs = 1000;

interface Second {
  told: number;
  dropped: number;
  last: Refusal;
}

/** Turns refused packets into events, bounded for each container. */
export class EgressLog {
  readonly #context: NetworkContext;
  readonly #seconds = new Map<string, Second>();
  #timer: NodeJS.Timeout | undefined;
  #opening: Promise<{ close(): Promise<void> } | undefined> | undefined;

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** Idempotent. Without a log nothing is less refused; `info` says so. */
  open(): void {
    const { ports, daemonId, degraded, logger } = this.#context;
    ports.names.watchRefused((refused) =>
      this.#publish(refused.flatMap((each) => this.#names(each))),
    );
    const group = egressLogGroup(tableName(daemonId));
    this.#opening ??= ports.filter
      .listen(group, (refusals, lost) => this.#hear(refusals, lost))
      .catch((error: unknown) => {
        degraded.push({ what: 'events of denied egress', why: String(error) });
        logger.warn('denied egress makes no events', { error });
        return undefined;
      });
  }

  async close(): Promise<void> {
    const log = await this.#opening;
    await log?.close();
    this.#endSecond();
  }

  #hear(refusals: readonly Refusal[], lost: number): void {
    const events = refusals.flatMap((refusal) => this.#event(refusal) ?? []);
    this.#publish(events);
    if (lost > 0) this.#context.logger.warn('reports of denied egress were lost', { lost });
  }

  #event(refusal: Refusal): NewEvent | undefined {
    if (!refusal.prefix.startsWith(egressLogPrefix)) return undefined;
    this.#timer ??= setTimeout(() => this.#endSecond(), secondMs).unref();
    const key = refusal.prefix.slice(egressLogPrefix.length);
    const second = this.#seconds.get(key) ?? { told: 0, dropped: 0, last: refusal };
    this.#seconds.set(key, second);
    second.last = refusal;
    if (second.told >= mostPerSecond) {
      second.dropped += 1;
      return undefined;
    }
    second.told += 1;
    return this.#describe(key, refusal, 0);
  }

  /** A name that may not be looked up; the last tells how many more there were. */
  #names({ containerId, names, dropped }: RefusedNames): readonly NewEvent[] {
    const key = containerId.slice(0, 12);
    const refusals = names.map((destination) => ({
      ...{ prefix: '', source: '', protocol: 'dns', port: 0 },
      destination: printable(destination),
    }));
    return refusals.flatMap((refusal, index) => {
      const more = index === refusals.length - 1 ? dropped : 0;
      return this.#describe(key, refusal, more) ?? [];
    });
  }

  #endSecond(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = [...this.#seconds].flatMap(([key, { dropped, last }]) =>
      dropped === 0 ? [] : (this.#describe(key, last, dropped) ?? []),
    );
    this.#seconds.clear();
    this.#publish(events);
  }

  #describe(key: string, refusal: Refusal, dropped: number): NewEvent | undefined {
    const { records } = this.#context;
    const sandbox = records.sandboxes().find((each) => policyId(each) === key);
    if (sandbox === undefined) return undefined;
    const { source, destination, port, protocol } = refusal;
    const endpoint =
      sandbox.endpoints.find(
        ({ lease }) => lease?.ipv4Address === source || lease?.ipv6Address === source,
      ) ?? sandbox.endpoints[0];
    return {
      type: 'network',
      action: 'egress-denied',
      actorId: endpoint?.networkId ?? '',
      attributes: {
        name: endpoint?.networkName ?? '',
        container: sandbox.containerId,
        containerName: sandbox.containerName,
        destination,
        port: String(port),
        protocol,
        ...(dropped === 0 ? {} : { dropped: String(dropped) }),
      },
    };
  }

  #publish(events: readonly NewEvent[]): void {
    try {
      this.#context.records.publish(events);
    } catch (error) {
      this.#context.logger.error('denied egress could not be recorded', {
        error: new InternalError('events of denied egress', { cause: error }),
      });
    }
  }
}
