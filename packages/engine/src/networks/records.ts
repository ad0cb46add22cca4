import {
  AlreadyExistsError,
  InvalidArgumentError,
  isFullId,
  isHexPrefix,
  NotFoundError,
  type ContainerId,
  type NetworkSpec,
} from '@wharf/core';
import { decodeRecord, encodeRecord } from '../state/json.js';
import type { NewEvent, State, Transaction } from '../state/state.js';
import type { SandboxRecord } from './sandbox-record.js';

export interface NetworkRecord {
  readonly id: string;
  readonly createdAt: Date;
  /** With its pools filled in. */
  readonly spec: NetworkSpec;
  readonly builtIn: boolean;
  /** '' for networks without one. */
  readonly bridgeName: string;
  /** Upstream servers of `network update`. */
  readonly dns: readonly string[];
}

/**
 * The tables of networks and of containers' parts in them, and their image in memory. A container's row is written when
 * it differs from what its own record says: while it runs, or after connect and disconnect.
 */
export class NetworkRecords {
  readonly #state: State;
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #sandboxes = new Map<ContainerId, SandboxRecord>();
  /** Containers with a row on disk. */
  readonly #written = new Set<ContainerId>();
  /** Rows to be deleted together with the next write. */
  readonly #stale = new Set<ContainerId>();
  readonly quarantined: readonly string[];

  constructor(state: State) {
    this.#state = state;
    const quarantined: string[] = [];
    const read = <T>(row: { readonly record: string }, what: string): T | undefined => {
      try {
        return decodeRecord<T>(row.record);
      } catch {
        quarantined.push(`${what} has a record that cannot be read`);
        return undefined;
      }
    };
    for (const row of state.db.prepare('SELECT * FROM networks').all() as unknown as Row[]) {
      const network = read<NetworkRecord>(row, `network ${row.name ?? ''}`);
      if (network !== undefined) this.#networks.set(network.id, network);
    }
    for (const row of state.db.prepare('SELECT * FROM endpoints').all() as unknown as Row[]) {
      const sandbox = read<SandboxRecord>(row, `container ${row.container_id ?? ''}`);
      if (sandbox === undefined) continue;
      this.#sandboxes.set(sandbox.containerId, sandbox);
      this.#written.add(sandbox.containerId);
    }
    this.quarantined = quarantined;
  }

  /** What `noteFilter` was told last; '' before. */
  seenFilter(): string {
    const row = this.#state.db.prepare('SELECT structure FROM seen_filter').get();
    return row === undefined ? '' : String(row['structure']);
  }

  /** Of no worth after a reboot: nobody waits for the disk. */
  noteFilter(structure: string): void {
    this.#state.transaction(
      ({ db }) => {
        db.prepare('DELETE FROM seen_filter').run();
        db.prepare('INSERT INTO seen_filter (structure) VALUES (?)').run(structure);
      },
      { lasting: false },
    );
  }

  /** By name. */
  networks(): readonly NetworkRecord[] {
    return [...this.#networks.values()].sort((a, b) => compare(a.spec.name, b.spec.name));
  }

  sandboxes(): readonly SandboxRecord[] {
    return [...this.#sandboxes.values()];
  }

  /** By name, full id, or unambiguous beginning of an id. */
  lookup(ref: string): NetworkRecord {
    const exact = this.find(ref);
    if (exact !== undefined) return exact;
    const matches = isHexPrefix(ref)
      ? [...this.#networks.values()].filter(({ id }) => id.startsWith(ref))
      : [];
    if (matches.length > 1)
      throw new InvalidArgumentError(`network ${ref} is ambiguous, give more of its digits`);
    const [only] = matches;
    if (only === undefined) throw new NotFoundError('network', ref, { facts: { network: ref } });
    return only;
  }

  /** By name or full id. */
  find(ref: string): NetworkRecord | undefined {
    if (isFullId(ref) && this.#networks.has(ref)) return this.#networks.get(ref);
    for (const network of this.#networks.values()) if (network.spec.name === ref) return network;
    return undefined;
  }

  byId(id: string): NetworkRecord | undefined {
    return this.#networks.get(id);
  }

  insert(network: NetworkRecord, events: readonly NewEvent[]): void {
    const holder = this.find(network.spec.name);
    if (holder !== undefined)
      throw new AlreadyExistsError(`network with name ${network.spec.name} already exists`, {
        facts: { name: network.spec.name, holder: holder.id },
      });
    this.#write((tx) => {
      tx.db
        .prepare('INSERT INTO networks (id, name, record) VALUES (?, ?, ?)')
        .run(network.id, network.spec.name, encodeRecord(network));
      for (const event of events) tx.emit(event);
    });
    this.#networks.set(network.id, network);
  }

  update(network: NetworkRecord): void {
    this.#write((tx) => {
      tx.db
        .prepare('UPDATE networks SET record = ? WHERE id = ?')
        .run(encodeRecord(network), network.id);
    });
    this.#networks.set(network.id, network);
  }

  remove(id: string, events: readonly NewEvent[]): void {
    this.#write((tx) => {
      tx.db.prepare('DELETE FROM networks WHERE id = ?').run(id);
      for (const event of events) tx.emit(event);
    });
    this.#networks.delete(id);
  }

  sandbox(id: ContainerId): SandboxRecord | undefined {
    return this.#sandboxes.get(id);
  }

  /** In memory alone: for what the container's own record says as well, or the next daemon finds out by itself. */
  remember(sandbox: SandboxRecord): void {
    this.#sandboxes.set(sandbox.containerId, sandbox);
  }

  save(sandbox: SandboxRecord, events: readonly NewEvent[] = []): void {
    this.#write((tx) => {
      tx.db
        .prepare(
          'INSERT INTO endpoints (container_id, record) VALUES (?, ?) ON CONFLICT (container_id) DO UPDATE SET record = excluded.record',
        )
        .run(sandbox.containerId, encodeRecord(sandbox));
      for (const event of events) tx.emit(event);
    });
    this.#written.add(sandbox.containerId);
    this.#sandboxes.set(sandbox.containerId, sandbox);
  }

  /** Its row goes with the next write; a daemon that finds one of a container that is not there drops it. */
  forget(id: ContainerId): void {
    this.#sandboxes.delete(id);
    if (this.#written.delete(id)) this.#stale.add(id);
  }

  publish(events: readonly NewEvent[]): void {
    if (events.length === 0) return;
    this.#write((tx) => {
      for (const event of events) tx.emit(event);
    });
  }

  #write(work: (tx: Transaction) => void): void {
    const stale = [...this.#stale];
    this.#state.transaction((tx) => {
      for (const id of stale) tx.db.prepare('DELETE FROM endpoints WHERE container_id = ?').run(id);
      work(tx);
    });
    for (const id of stale) this.#stale.delete(id);
  }
}

interface Row {
  readonly name?: string;
  readonly container_id?: string;
  readonly record: string;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
