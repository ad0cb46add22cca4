import type { DatabaseSync } from 'node:sqlite';
import type { Event } from '@wharf/core';

export type NewEvent = Pick<Event, 'type' | 'action' | 'actorId' | 'attributes'>;

/** One write transaction. Events become visible, in order, when it commits. */
export interface Transaction {
  readonly db: DatabaseSync;
  /** Appends to the event log and returns the sequence number. */
  emit(event: NewEvent): bigint;
}

export interface TransactionOptions {
  readonly frees?: boolean;
  /** Default true. */
  readonly lasting?: boolean;
}

/** A noun's tables. Migrations run once, in order, at open; `version` is their count. */
export interface Schema {
  readonly noun: string;
  readonly migrations: readonly string[];
}

/** Where what a database does not know may be of another one. */
export type StrangerPlace = 'snapshots' | 'blobs';

/**
 * The daemon's records: SQLite, WAL, synchronous=FULL. What a call acknowledged survives a power cut.
 * Writes are synchronous and short; each noun owns its tables and nobody reads another's.
 */
export interface State {
  readonly db: DatabaseSync;
  /**
   * Names that were in a place below the data root before this database was: another one knew them, and is lost or will be put
   * back. Of these no record can say whether anybody needs them.
   */
  strangers(place: StrangerPlace): ReadonlySet<string>;
  /** What is in a place; counts once, when the database is new. */
  noteStrangers(place: StrangerPlace, names: readonly string[]): void;
  /**
   * BEGIN IMMEDIATE ... COMMIT; a throw rolls back. Not nestable. What `frees` room does its work a second time, with that of
   * the ballast, when the disk is full: it must be able to. With `lasting: false` nobody waits for the disk: a power cut may
   * take it, and all such that came after it, but for what a later transaction that lasts has brought to the disk.
   */
  transaction<T>(work: (tx: Transaction) => T, options?: TransactionOptions): T;
  close(): void;
}
