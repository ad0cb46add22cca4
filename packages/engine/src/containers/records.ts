import {
  AlreadyExistsError,
  InternalError,
  InvalidArgumentError,
  isFullId,
  isHexPrefix,
  isLegalMove,
  NotFoundError,
  type ContainerId,
  type ContainerName,
  type ContainerSpec,
  type ContainerState,
  type ResolvedConfig,
} from '@wharf/core';
import { Notifier } from '../events/notifier.js';
import { decodeRecord, encodeRecord } from '../state/json.js';
import type { Schema, State, Transaction } from '../state/state.js';
import { containerEvent } from './event.js';

export const containerSchema: Schema = {
  noun: 'containers',
  migrations: [
    `CREATE TABLE containers (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       created_ms INTEGER NOT NULL,
       fixed TEXT NOT NULL,
       state TEXT NOT NULL
     ) STRICT`,
  ],
};

/** Written once, at create. */
export interface FixedPart {
  readonly spec: ContainerSpec;
  readonly resolved: ResolvedConfig;
}

/** What moves. */
export interface MovingPart {
  readonly state: ContainerState;
  readonly restartCount: number;
  /** What its user last asked for; decides whether `unless-stopped` and `always` come back after a reboot. */
  readonly desired: 'running' | 'stopped';
  /** The last entry of the shim's journal that is part of `state`. */
  readonly journalSequence: bigint;
}

export interface ContainerRecord extends FixedPart, MovingPart {
  readonly id: ContainerId;
  readonly name: ContainerName;
  readonly createdAt: Date;
}

export interface NewEventOf {
  readonly action: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface Change extends Partial<MovingPart> {
  readonly name?: ContainerName;
  readonly events?: readonly NewEventOf[];
}

/** A row that cannot be read: kept, shown, and never acted upon (R8). */
export interface Quarantined {
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

interface Row {
  readonly id: ContainerId;
  readonly name: ContainerName;
  readonly created_ms: number;
  readonly fixed: string;
  readonly state: string;
}

/**
 * The container table and its image in memory. The only writer of states: it checks the move, persists it together
 * with its events, and then wakes who waits.
 */
export class ContainerRecords {
  readonly #state: State;
  readonly #byId = new Map<ContainerId, ContainerRecord>();
  readonly #byName = new Map<string, ContainerId>();
  readonly #changed = new Notifier();
  readonly quarantined: readonly Quarantined[];

  constructor(state: State) {
    this.#state = state;
    const quarantined: Quarantined[] = [];
    for (const row of state.db.prepare('SELECT * FROM containers').all() as unknown as Row[]) {
      const record = readRow(row);
      if ('why' in record) quarantined.push(record);
      else this.#remember(record);
    }
    this.quarantined = quarantined;
  }

  /** Newest first. */
  all(): readonly ContainerRecord[] {
    return [...this.#byId.values()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  find(id: ContainerId): ContainerRecord | undefined {
    return this.#byId.get(id);
  }

  /** not-found when it is gone. */
  get(id: ContainerId): ContainerRecord {
    const record = this.#byId.get(id);
    if (record === undefined) throw new NotFoundError('container', id);
    return record;
  }

  /** By full id, name, or unambiguous beginning of an id, in this order. */
  lookup(ref: string): ContainerRecord {
    const name = ref.startsWith('/') ? ref.slice(1) : ref;
    if (isFullId(name)) {
      const exact = this.#byId.get(name as ContainerId);
      if (exact !== undefined) return exact;
    }
    const named = this.#byName.get(name);
    if (named !== undefined) return this.get(named);
    if (!isHexPrefix(name)) throw new NotFoundError('container', ref);
    const matches = [...this.#byId.keys()].filter((id) => id.startsWith(name));
    if (matches.length > 1) {
      throw new InvalidArgumentError(`container id ${ref} is ambiguous, give more of its digits`);
    }
    const [only] = matches;
    if (only === undefined) throw new NotFoundError('container', ref);
    return this.get(only);
  }

  nameHolder(name: string): ContainerId | undefined {
    return this.#byName.get(name);
  }

  insert(record: ContainerRecord): void {
    this.#refuseTakenName(record.name, record.id);
    const { spec, resolved } = record;
    this.#state.transaction((tx) => {
      tx.db
        .prepare(
          'INSERT INTO containers (id, name, created_ms, fixed, state) VALUES (?, ?, ?, ?, ?)',
        )
        .run(
          record.id,
          record.name,
          record.createdAt.getTime(),
          encodeRecord({ spec, resolved }),
          encodeMoving(record),
        );
      emit(tx, record, [{ action: 'create' }]);
    });
    this.#remember(record);
    this.#changed.notify();
  }

  /** Applies a change; an illegal move is a bug of ours and changes nothing. */
  change(id: ContainerId, change: Change): ContainerRecord {
    const before = this.get(id);
    const { events = [], ...parts } = change;
    const after: ContainerRecord = { ...before, ...parts };
    if (change.state !== undefined) refuseIllegalMove(before, change.state);
    if (after.name !== before.name) this.#refuseTakenName(after.name, id);
    const apply = (tx: Transaction): void => {
      tx.db
        .prepare('UPDATE containers SET name = ?, state = ? WHERE id = ?')
        .run(after.name, encodeMoving(after), id);
      emit(tx, after, events);
    };
    this.#state.transaction(apply, { frees: change.state?.status === 'removing' });
    this.#byName.delete(before.name);
    this.#remember(after);
    this.#changed.notify();
    return after;
  }

  /**
   * A change of state that the disk does not learn of: for where the next daemon would do the same upon what is there.
   */
  pass(id: ContainerId, state: ContainerState): void {
    const before = this.get(id);
    refuseIllegalMove(before, state);
    this.#remember({ ...before, state });
    this.#changed.notify();
  }

  /** The last step of a removal. */
  remove(id: ContainerId): void {
    const record = this.get(id);
    const forget = (tx: Transaction): void => {
      tx.db.prepare('DELETE FROM containers WHERE id = ?').run(id);
      emit(tx, record, [{ action: 'destroy' }]);
    };
    this.#state.transaction(forget, { frees: true });
    this.#byId.delete(id);
    this.#byName.delete(record.name);
    this.#changed.notify();
  }

  /** An event that changes no record (attach, exec_start, kill ...). */
  publish(id: ContainerId, event: NewEventOf): void {
    const record = this.#byId.get(id);
    if (record !== undefined) this.#state.transaction((tx) => emit(tx, record, [event]));
  }

  /** Resolves with the first value that `look` gives; looks again after every change. Rejects on abort. */
  async until<T>(look: () => T | undefined, signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const ticket = this.#changed.ticket();
      const found = look();
      if (found !== undefined) return found;
      await this.#changed.wait(ticket, { signal });
    }
  }

  #remember(record: ContainerRecord): void {
    this.#byId.set(record.id, record);
    this.#byName.set(record.name, record.id);
  }

  #refuseTakenName(name: ContainerName, id: ContainerId): void {
    const holder = this.#byName.get(name);
    if (holder === undefined || holder === id) return;
    throw new AlreadyExistsError(
      `conflict: the container name "/${name}" is already in use by container "${holder}", remove or rename that container to be able to reuse that name`,
      { facts: { name, holder } },
    );
  }
}

function refuseIllegalMove({ id, state }: ContainerRecord, next: ContainerState): void {
  if (isLegalMove(state.status, next.status)) return;
  throw new InternalError(`container ${id} cannot go from ${state.status} to ${next.status}`);
}

function encodeMoving({ state, restartCount, desired, journalSequence }: MovingPart): string {
  return encodeRecord({ state, restartCount, desired, journalSequence });
}

function emit(tx: Transaction, record: ContainerRecord, events: readonly NewEventOf[]): void {
  for (const event of events) tx.emit(containerEvent(record, event));
}

function readRow(row: Row): ContainerRecord | Quarantined {
  try {
    const fixed = decodeRecord<FixedPart>(row.fixed);
    const moving = decodeRecord<MovingPart>(row.state);
    if (typeof fixed.spec.image !== 'string' || typeof moving.state.status !== 'string') {
      return { id: row.id, name: row.name, why: 'its record lacks fields' };
    }
    return { id: row.id, name: row.name, createdAt: new Date(row.created_ms), ...fixed, ...moving };
  } catch (error) {
    return { id: row.id, name: row.name, why: `its record cannot be read: ${String(error)}` };
  }
}
