import { AlreadyExistsError, WharfError } from '@wharf/core';
import { decodeRecord, encodeRecord } from '../state/json.js';
import type { NewEvent, State, Transaction } from '../state/state.js';

/** Names of directories below .layers: what `_data` is made of, as an overlay. Volumes share frozen ones. */
export interface VolumeStack {
  /** Frozen, topmost first. */
  readonly lower: readonly string[];
  /** What is written goes there. */
  readonly upper: string;
}

/** A state that was kept: a copy in <volume>/snapshots, or frozen layers. */
export interface SnapshotRecord {
  readonly name: string;
  readonly createdAt: Date;
  /** Absent: it is a copy. */
  readonly lower?: readonly string[];
  readonly directory?: string;
}

export interface VolumeRecord {
  readonly name: string;
  readonly driver: string;
  readonly createdAt: Date;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
  readonly snapshots: readonly SnapshotRecord[];
  /** Absent: `_data` is a directory, or what the options mount there. */
  readonly stack?: VolumeStack;
  /** A move on disk that belongs to `stack`: done again at the start unless it was. From a name in the volume's directory to a layer. */
  readonly sealing?: { readonly from: string; readonly to: string };
  /** Of the quota that limits it. */
  readonly project?: number;
  /** Of a plugin's volume: whom the plugin has mounted it for. */
  readonly mountedBy?: readonly string[];
  /** Of a plugin's volume. */
  readonly scope?: 'local' | 'global';
  /** Its directory has this name already, or will: a daemon that starts goes by what is there. */
  readonly renaming?: string;
}

interface Row {
  readonly name: string;
  readonly record: string;
}

/** The table of volumes and its image in memory; the only writer of both. */
export class VolumeRecords {
  readonly #state: State;
  readonly #byName = new Map<string, VolumeRecord>();
  readonly quarantined: readonly string[];

  constructor(state: State) {
    this.#state = state;
    const quarantined: string[] = [];
    for (const row of state.db.prepare('SELECT * FROM volumes').all() as unknown as Row[]) {
      try {
        this.#byName.set(row.name, decodeRecord<VolumeRecord>(row.record));
      } catch {
        quarantined.push(row.name);
      }
    }
    this.quarantined = quarantined;
  }

  /** By name. */
  all(): readonly VolumeRecord[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): VolumeRecord | undefined {
    return this.#byName.get(name);
  }

  /** not-found in docker's words. */
  get(name: string): VolumeRecord {
    const record = this.#byName.get(name);
    if (record !== undefined) return record;
    throw new WharfError('not-found', `get ${name}: no such volume`, {
      facts: { kind: 'volume', name },
    });
  }

  /** All of them or none. */
  insert(records: readonly VolumeRecord[], events: readonly NewEvent[]): void {
    for (const { name } of records) this.#refuseTaken(name);
    this.#write(events, ({ db }) => {
      const insert = db.prepare('INSERT INTO volumes (name, record) VALUES (?, ?)');
      for (const record of records) insert.run(record.name, encodeRecord(record));
    });
    for (const record of records) this.#byName.set(record.name, record);
  }

  update(record: VolumeRecord, events: readonly NewEvent[] = []): void {
    this.#write(events, ({ db }) => {
      db.prepare('UPDATE volumes SET record = ? WHERE name = ?').run(
        encodeRecord(record),
        record.name,
      );
    });
    this.#byName.set(record.name, record);
  }

  rename(record: VolumeRecord, to: string): void {
    this.#refuseTaken(to);
    const renamed = { ...record, name: to, anonymous: false };
    this.#write([], ({ db }) => {
      db.prepare('UPDATE volumes SET name = ?, record = ? WHERE name = ?').run(
        to,
        encodeRecord(renamed),
        record.name,
      );
    });
    this.#byName.delete(record.name);
    this.#byName.set(to, renamed);
  }

  remove(names: readonly string[], events: readonly NewEvent[]): void {
    this.#write(events, ({ db }) => {
      const remove = db.prepare('DELETE FROM volumes WHERE name = ?');
      for (const name of names) remove.run(name);
    });
    for (const name of names) this.#byName.delete(name);
  }

  publish(events: readonly NewEvent[]): void {
    if (events.length > 0) this.#write(events, () => undefined);
  }

  #write(events: readonly NewEvent[], work: (tx: Transaction) => void): void {
    this.#state.transaction((tx) => {
      work(tx);
      for (const event of events) tx.emit(event);
    });
  }

  #refuseTaken(name: string): void {
    if (!this.#byName.has(name) && !this.quarantined.includes(name)) return;
    throw new AlreadyExistsError(`a volume named ${name} exists already, choose another name`, {
      facts: { name },
    });
  }
}
