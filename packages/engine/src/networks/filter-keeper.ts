import { createHash } from 'node:crypto';
import { InternalError, type CallOptions, type Degradation } from '@wharf/core';
import type { Logger } from '../containers/dependencies.js';
import { allOf } from './all-of.js';
import { foreignTable, letThrough, withdraw } from './foreign-forward.js';
import { differs, learnedElements, structureOf } from './listing.js';
import type { FilterInput } from './filter-input.js';
import type { NetworkPort, PacketFilterPort, RuleOwner } from './ports.js';
import { routeRules } from './route-rules.js';
import { buildRuleset, type Ruleset } from './ruleset.js';
import { changeScript, fullScript } from './script.js';

export interface KeeperDependencies {
  readonly filter: PacketFilterPort;
  readonly network: NetworkPort;
  /** Number under which the rules of routing are ours. */
  readonly owner: RuleOwner;
  readonly input: () => FilterInput;
  /** Outlives the daemon. */
  readonly seen: { read(): string; write(text: string): void };
  readonly logger: Logger;
  readonly degraded: (degradation: Degradation) => void;
  /** After a table that somebody else had changed was written anew: what others put there may be missing. */
  readonly restored?: () => Promise<void>;
}

const limitMs = 20_000;

/**
 * Keeps the kernel's packet filter equal to the records. Calls at the same time share one transaction; after a change
 * by somebody else the table is compared and, where it differs, written anew.
 */
export class FilterKeeper {
  readonly #deps: KeeperDependencies;
  #applied: Ruleset | undefined;
  #rules = '';
  #structure = '';
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #watch: { close(): Promise<void> } | undefined;
  #closed = false;

  constructor(deps: KeeperDependencies) {
    this.#deps = deps;
  }

  /** Resolves once the kernel has what the records said when this was called, or something newer. */
  async sync(): Promise<void> {
    this.#next ??= (async () => {
      await this.#running?.catch(() => undefined);
      this.#running = this.#next;
      this.#next = undefined;
      await this.#apply();
    })();
    return this.#next;
  }

  watch(): void {
    this.#watch ??= this.#deps.filter.watch(
      [this.wanted().table, foreignTable],
      () => void this.#verify(),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watch?.close();
    await this.#next?.catch(() => undefined);
    await this.#running?.catch(() => undefined);
  }

  /** Nothing of ours is left in the filter and in routing; the next `sync` brings all of it back. */
  async clear(options: CallOptions): Promise<void> {
    await this.#running?.catch(() => undefined);
    const { table } = this.wanted();
    this.#applied = undefined;
    this.#rules = '';
    const { filter, network, owner } = this.#deps;
    await allOf([
      () => filter.apply(`add table inet ${table}\ndelete table inet ${table}\n`, options),
      () => network.setRules(owner, [], options),
      () => withdraw(filter, { table }, options),
    ]);
  }

  /** What the table shall be, for tests and for comparisons. */
  wanted(): Ruleset {
    return buildRuleset(this.#deps.input());
  }

  async #apply(): Promise<void> {
    const input = this.#deps.input();
    const wanted = buildRuleset(input);
    const options = { signal: AbortSignal.timeout(limitMs) };
    const before = this.#applied;
    const script =
      before === undefined
        ? await this.#firstScript(wanted, options)
        : changeScript(before, wanted);
    await this.#applyRules(input, options);
    if (script === '') {
      this.#applied = wanted;
      return;
    }
    try {
      await this.#deps.filter.apply(script, options);
      this.#applied = wanted;
    } catch (error) {
      this.#applied = undefined;
      if (before === undefined) throw error;
      // Somebody may have changed our table: written anew, it fits whatever was there.
      const learned = learnedElements(await this.#listed(wanted, options));
      await this.#deps.filter.apply(fullScript(wanted, learned), options);
      this.#applied = wanted;
    }
    if (before === undefined || chainsDiffer(before, wanted)) this.#structure = '';
  }

  async #listed({ table }: Ruleset, options: CallOptions): Promise<unknown> {
    return this.#deps.filter.list('inet', table, options);
  }

  async #applyRules(input: FilterInput, options: CallOptions): Promise<void> {
    const rules = routeRules(input.networks, this.#deps.owner);
    const text = JSON.stringify(rules);
    if (text === this.#rules) return;
    await this.#deps.network.setRules(this.#deps.owner, rules, options);
    this.#rules = text;
  }

  /** After a start, and whenever the tables were changed by somebody else. */
  async verify(): Promise<boolean> {
    await this.#running?.catch(() => undefined);
    const applied = this.#applied;
    if (applied === undefined || this.#closed) return true;
    const options = { signal: AbortSignal.timeout(limitMs) };
    const listing = await this.#deps.filter.list('inet', applied.table, options);
    if (this.#applied !== applied) return true;
    const structure = structureOf(listing);
    const intact =
      (this.#structure === '' || this.#structure === structure) && isIntact(listing, applied);
    if (intact) this.#note(structure);
    else {
      this.#applied = undefined;
      this.#structure = '';
      this.#rules = '';
      await this.sync();
      await this.#deps.restored?.();
      this.#deps.logger.warn('the packet filter was changed by somebody else, it is restored', {
        table: applied.table,
      });
    }
    await letThrough(this.#deps, applied);
    return intact;
  }

  /**
   * What an earlier daemon has left is as a rule what is wanted, and stays: while a table is written anew there is a moment in
   * which a packet finds the old one empty and the other not yet filled. Its rules must be those that were seen last (R8).
   */
  async #firstScript(wanted: Ruleset, options: CallOptions): Promise<string> {
    const listing = await this.#listed(wanted, options);
    const isLeft =
      isIntact(listing, wanted) && this.#deps.seen.read() === hashOf(structureOf(listing));
    return isLeft ? '' : fullScript(wanted, learnedElements(listing));
  }

  #note(structure: string): void {
    if (this.#structure === structure) return;
    this.#structure = structure;
    const hash = hashOf(structure);
    if (this.#deps.seen.read() === hash) return;
    try {
      this.#deps.seen.write(hash);
    } catch (error) {
      // A full disk keeps no daemon from its start: the next one writes the table anew.
      this.#deps.logger.warn('what the packet filter looks like was not noted', { error });
    }
  }

  async #verify(): Promise<void> {
    try {
      await this.verify();
    } catch (error) {
      if (!this.#closed)
        this.#deps.logger.error('restoring the packet filter failed', {
          error: new InternalError('packet filter', { cause: error }),
        });
    }
  }
}

function isIntact(listing: unknown, wanted: Ruleset): boolean {
  return listing !== undefined && !differs(listing, wanted);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function chainsDiffer(a: Ruleset, b: Ruleset): boolean {
  return JSON.stringify([...a.chains]) !== JSON.stringify([...b.chains]);
}
